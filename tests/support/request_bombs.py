"""Requests with the largest and oddest values."""

from __future__ import annotations

import json

LARGEST = 256 * 1024


FORMS = {
    "fields": b"&".join(b"f%d=x" % number for number in range(28_000)),
    "names alone": b"&".join(b"%x" % number for number in range(50_000)),
    "one field over and over": b"a=x&" * 65_000,
    "separators": b"&" * LARGEST,
    "percent signs": b"prompt=" + b"%41" * 87_000,
    "bad percent signs": b"prompt=" + b"%" * 262_000,
    "blanks": b"scene=" + b"+" * 29_000 + b"%00",
    "line breaks": b"prompt=" + b"%0d%0a" * 43_000,
}


BODIES = {
    "keys": json.dumps({f"k{number}": 1 for number in range(20_000)}).encode(),
    "one key over and over": b"{" + b'"prompt":1,' * 23_000 + b'"prompt":1}',
    "blanks": json.dumps({"sceneContext": " " * 9_999 + "\x7f"}).encode(),
    "ids": json.dumps({"externalIds": ["x" * 200] * 500}).encode(),
    "arrays": b'{"externalIds":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "digits": b'{"imageCount": ' + b"9" * 262_000 + b"}",
    "escapes": b'{"prompt": "' + b"\\u0041" * 43_000 + b'"}',
}


QUERIES = {
    "parameters": "&".join(f"p{number}=x" for number in range(7_000)),
    "images": "&".join(f"image={number}" for number in range(5_000)),
    "notes": "deleted=200&" + "&".join(f"left={number}:kept_in_use:failed:deleted" for number in range(1_700)),
    "percent signs": "prompt=" + "%41" * 20_000,
    "separators": "&" * 60_000,
}
