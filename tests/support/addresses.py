"""Addresses that no picture may be fetched from."""

from __future__ import annotations

import ipaddress
from pathlib import Path

NEVER = [
    line for line in (Path(__file__).parent / "never_dialled.txt").read_text().splitlines() if line and line[0] != "#"
]

# Refused whatever the list of hosts is.
NO_ADDRESS = [
    "",
    "/pictures/a.png",
    "//x/y",
    "https://",
    "https:///a.png",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "ftp://img.example.com/a.png",
    "gopher://img.example.com/",
    "http://img.example.com/a.png",
    "http://img.example.com:443/a.png",
    "ftp://img.example.com:443/a.png",
    "https://img.example.com:8443/a.png",
    "https://img.example.com:80/a.png",
    "https://img.example.com:0/a.png",
    "https://img.example.com:99999/a.png",
    "https://img.example.com./a.png",
    "https://user@img.example.com/a.png",
    "https://user:secret@img.example.com/a.png",
    "https://127.0.0.1\\@img.example.com/",
    "https://img.example.com\\@127.0.0.1/",
    "http://1.1.1.1&@2.2.2.2#@3.3.3.3/",
    "https://a b/",
    "https://img.example.com/a\x7f.png",
    "https://img.example.com/a\t.png",
    "https://img.example.com/\u202egnp.a",
    "https://img.example.com/a\u2028b.png",
    "https://img.example.com/a\r\nX-Evil: 1",
    "https://%31%32%37.0.0.1/",
    "https://img.example%2ecom/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::1",
    "https://[v1.a]/",
    "https://１２７.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://ｉmg.example.com/",
    "https://img\u00ad.example.com/",
    "http://xn--/",
    "https://xn--/",
    "https://xn--a.example/",
    "https://a..b/",
    "https://.example.com/",
    "https://*.example.com/",
    "https://img.example.com;x/",
    "https://" + "a" * 300 + ".com/",
    "https://img.example.com/" + "a" * 8192,
    "https://img.example.com/\ud800",
]
# Numbers in other spellings; with no list of hosts they are names like any other until they are resolved.
DISGUISED = ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://017700000001/", "https://localhost/"]


def spellings(number: str) -> list[str]:
    """Three ways to write an address into a URL, brackets included."""
    bare, _, zone = number.partition("%")
    address = ipaddress.ip_address(bare)
    if isinstance(address, ipaddress.IPv4Address):
        return [number, str(int(address)), hex(int(address))]
    whole = address.exploded + (f"%25{zone}" if zone else "")
    tail = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return [f"[{number}]", f"[{whole}]", f"[{address.exploded[:30].upper()}{tail}]"]
