"""No picture is fetched from where it must not be: judged by name before, and by number at, every connection."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import httpcore
import pytest

from app.errors import ImageDownloadFailed, ImageUrlRefused
from app.ingest import Allowed, Downloads
from app.ingest.egress import GuardedBackend, is_public
from tests.raw_server import answer, raw_server

LIBRARY = "http://library.test:3000/base"

NEVER = [
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "::127.0.0.1",
    "::10.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "100.64.0.1",
    "100.100.100.200",
    "198.18.0.1",
    "192.0.0.170",
    "192.0.0.192",
    "192.0.2.1",
    "203.0.113.1",
    "198.51.100.7",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.0",  # noqa: S104 - data, nothing binds to it
    "0.1.2.3",
    "224.0.0.1",
    "ff02::1",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "192.88.99.1",
    "5f00::1",
    "2001:db8::1",
    "3fff::1",
    "fec0::1",
    "::",
    "100::1",
    "::ffff:0:7f00:1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
]
IPV4_NEVER = [number for number in NEVER if ":" not in number]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "93.184.216.34", "::ffff:8.8.8.8", "172.15.255.255"]

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
    "https://img.example.com/a b.png",
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
    "https://img.example.com/" + "a" * 2048,
    "https://img.example.com/\ud800",
]
# Numbers in other spellings; with no list of hosts they are names like any other until they are resolved.
DISGUISED = ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://017700000001/", "https://localhost/"]
LITERAL = [f"https://[{number}]/" if ":" in number else f"https://{number}/" for number in NEVER if "%" not in number]

Resolve = Callable[[str, int], Awaitable[list[str]]]


def always(*numbers: str) -> Resolve:
    """A resolver that knows one answer."""

    async def resolve(host: str, port: int) -> list[str]:
        return list(numbers)

    return resolve


async def refused(address: str, allowed: Allowed) -> list[str]:
    """What was dialled on the way to the refusal."""
    downloads = Downloads(allowed, max_bytes=1000, seconds=5)
    with pytest.raises(ImageUrlRefused):
        await downloads.fetch(address)
    await downloads.aclose()
    return list(downloads.backend.dialled)


@pytest.mark.parametrize("number", NEVER)
def test_an_address_that_is_not_public_is_known_as_such(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", IPV4_NEVER)
@pytest.mark.parametrize("wrapping", ["::ffff:{}", "64:ff9b::{}", "::{}", "::ffff:0:{}"])
def test_wrapping_an_address_does_not_make_it_public(number: str, wrapping: str) -> None:
    assert not is_public(wrapping.format(number))


@pytest.mark.parametrize("number", PUBLIC)
def test_a_public_address_is_known_as_such(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("entries", [[], ["img.example.com", "*.example.com"]], ids=["any host", "listed hosts"])
@pytest.mark.parametrize("address", NO_ADDRESS, ids=ascii)
async def test_an_odd_address_is_refused_and_nothing_is_dialled(address: str, entries: list[str]) -> None:
    assert await refused(address, Allowed(entries, [LIBRARY])) == []


@pytest.mark.parametrize("address", LITERAL + DISGUISED)
async def test_what_leads_to_a_private_address_is_refused_as_such_and_not_dialled(address: str) -> None:
    assert await refused(address, Allowed([], [LIBRARY])) == []


@pytest.mark.parametrize("host", ["img.example.com", "93.184.216.34", "[2606:4700:4700::1111]", "a_b.example"])
def test_an_empty_list_allows_any_host_over_https(host: str) -> None:
    url, target = Allowed([], []).target(f"https://{host}/a.png?b=c")
    assert (url.raw_path, target.host, target.port, target.trusted) == (b"/a.png?b=c", host.strip("[]"), 443, False)


@pytest.mark.parametrize("address", ["https://IMG.Example.COM/a.png", "https://img.example.com:443/a.png"])
def test_a_listed_host_is_allowed_however_it_is_written(address: str) -> None:
    _, target = Allowed(["Img.example.com"], []).target(address)
    assert target.host == "img.example.com"


@pytest.mark.parametrize("entry", ["xn--bcher-kva.example", "*.xn--bcher-kva.example"])
@pytest.mark.parametrize("spelling", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"])
def test_an_international_name_is_listed_in_punycode_and_met_in_any_spelling(entry: str, spelling: str) -> None:
    address = f"https://{'img.' if entry.startswith('*') else ''}{spelling}/"
    assert not Allowed([entry], []).target(address)[1].trusted


@pytest.mark.parametrize(
    "host",
    ["example.com", "img.example.com.evil.net", "evil-img.example.com", "img.example.org", "xn--mg-xja.example.com"],
)
def test_a_host_that_only_looks_like_a_listed_one_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(ImageUrlRefused, match=rf"{host}.*IMAGE_HOSTS"):
        Allowed(["img.example.com"], [LIBRARY]).target(f"https://{host}/a.png")


@pytest.mark.parametrize("host", ["a.example.com", "a.b.example.com"])
def test_a_star_allows_what_is_below_it(host: str) -> None:
    assert Allowed(["*.example.com"], []).target(f"https://{host}/")[1].host == host


@pytest.mark.parametrize("host", ["example.com", "evil-example.com", "a.example.com.evil.net", "example.com.evil.net"])
def test_a_star_does_not_allow_the_domain_itself_nor_its_lookalikes(host: str) -> None:
    with pytest.raises(ImageUrlRefused):
        Allowed(["*.example.com"], []).target(f"https://{host}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_entry_with_a_port_is_trusted_on_exactly_that_port(scheme: str) -> None:
    allowed = Allowed(["MinIO:9000", "[::1]:9001"], [])
    assert allowed.target(f"{scheme}://minio:9000/a.png")[1].trusted
    assert allowed.target(f"{scheme}://[::1]:9001/a.png")[1].trusted
    for elsewhere in ("minio:9001", "minio", "other:9000", "[::1]:9000"):
        with pytest.raises(ImageUrlRefused):
            allowed.target(f"{scheme}://{elsewhere}/a.png")


def test_an_entry_with_a_port_is_no_leave_for_another_scheme() -> None:
    with pytest.raises(ImageUrlRefused):
        Allowed(["minio:9000"], []).target("ftp://minio:9000/a.png")


@pytest.mark.parametrize("entries", [[], ["img.example.com"], ["minio:9000"]])
def test_the_origin_of_the_library_is_always_allowed(entries: list[str]) -> None:
    assert Allowed(entries, [LIBRARY]).target("http://library.test:3000/api/media/file/a.jpg")[1].trusted


def test_the_librarys_host_is_not_trusted_on_another_port() -> None:
    with pytest.raises(ImageUrlRefused):
        Allowed([], [LIBRARY]).target("http://library.test:3001/a.jpg")


@pytest.mark.parametrize("origin", ["http://library.test", "https://library.test"])
def test_a_library_without_a_port_is_trusted_on_its_schemes_own(origin: str) -> None:
    assert Allowed([], [origin]).target(f"{origin}/a.jpg")[1].trusted


def test_where_only_hosts_with_ports_are_listed_no_other_is_allowed() -> None:
    with pytest.raises(ImageUrlRefused):
        Allowed(["minio:9000"], []).target("https://img.example.com/a.png")


@pytest.mark.parametrize("bad", ["10.0.0.1", "::1", "169.254.169.254"])
async def test_a_name_with_one_bad_address_among_good_ones_is_refused(bad: str) -> None:
    for numbers in ([bad, "8.8.8.8"], ["8.8.8.8", bad]):
        backend = GuardedBackend(Allowed([], []), always(*numbers))
        with pytest.raises(ImageUrlRefused, match=r"img\.example\.com.*not public"):
            await backend.connect_tcp("img.example.com", 443)
        assert list(backend.dialled) == []


async def test_a_trusted_host_may_be_private_and_its_number_is_what_is_dialled() -> None:
    async with raw_server(answer(200)) as server:
        backend = GuardedBackend(Allowed([f"minio:{server.port}"], []), always("127.0.0.1"))
        stream = await backend.connect_tcp("minio", server.port)
        await stream.aclose()
        assert list(backend.dialled) == ["127.0.0.1"]
        assert server.connections == 1


async def test_where_one_address_of_a_host_does_not_answer_the_next_one_is_dialled() -> None:
    async with raw_server(answer(200)) as server:
        backend = GuardedBackend(Allowed([f"minio:{server.port}"], []), always("127.0.0.2", "127.0.0.1"))
        stream = await backend.connect_tcp("minio", server.port)
        await stream.aclose()
        assert list(backend.dialled) == ["127.0.0.2", "127.0.0.1"]


async def test_a_host_none_of_whose_addresses_answers_cannot_be_reached() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        backend = GuardedBackend(Allowed([f"minio:{port}"], []), always("127.0.0.1", "127.0.0.1"))
        with pytest.raises(httpcore.ConnectError):
            await backend.connect_tcp("minio", port)
        assert list(backend.dialled) == ["127.0.0.1"]


async def test_a_name_that_nobody_knows_is_a_failed_download_and_no_refusal() -> None:
    downloads = Downloads(Allowed([], []), max_bytes=1000, seconds=30)
    with pytest.raises(ImageDownloadFailed, match=r"pictures\.invalid could not be reached"):
        await downloads.fetch("https://pictures.invalid/a.png")
    await downloads.aclose()
    assert list(downloads.backend.dialled) == []


async def test_a_socket_file_is_never_opened() -> None:
    with pytest.raises(ImageUrlRefused):
        await GuardedBackend(Allowed([], [])).connect_unix_socket("/run/docker.sock")
