"""Bad inputs, as data: what is sent, and what the answer must be.

`:id` in an address is a character that could be drawn at once, `:site` our own origin, `:token` the editor's session.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote, urlencode

import msgspec

Headers = list[tuple[str, str]]


class Told(msgspec.Struct, frozen=True):
    """What must be answered. `code` is None for a page; `shows`: text that is in the answer."""

    status: int
    code: str | None = None
    shows: str = ""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `who` sends it: a program with the editor's token, a browser with their cookie, or nobody.

    `raw` is all of it where no such parts can be told apart; `told` has what may be answered, one of few.
    """

    name: str
    method: str = "GET"
    target: str = "/"
    headers: Headers = []
    body: bytes = b""
    who: Literal["program", "browser", "nobody"] = "program"
    raw: bytes | None = None
    told: tuple[Told, ...]


MALFORMED = Told(400, "invalid_request")
NOBODY = Told(401, "unauthenticated")
FORGED = Told(403, "cross_site_request")
NO_CHARACTER = Told(404, "character_not_found")
NO_IMAGE = Told(404, "image_not_found")
NO_ROUTE = Told(404, "not_found")
NO_METHOD = Told(405, "method_not_allowed")
TOO_LARGE = Told(413, "request_too_large")
HEADER_TOO_LARGE = Told(431, "request_too_large")
NOT_JSON = Told(415, "unsupported_media_type")
NOT_HTTP = Told(400, "")  # the server's own words, in plain text: it has not even a request to hand on
PAGE_MALFORMED = Told(400)
PAGE_NOWHERE = Told(404)
HOME = 'name="next" value="/screenplay/characters"'

GENERATING = ("generate-initial-image", "generate-360-set", "generate-scene-image", "recover-images")

# --- Ids: no document has one of these, whatever Payload makes of it -------------------------------------------------

SET = "01JD0000000000000000000000"
IDS = {
    "zero": "0",
    "negative": "-1",
    "plus sign": "+1",
    "leading zero": "01",
    "hexadecimal": "0x1",
    "exponent": "1e0",
    "fraction": "1.0",
    "underscore": "1_0",
    "comma": "1,2",
    "semicolon": "1;x",
    "space behind": "1%20",
    "space before": "%201",
    "tab": "1%09",
    "CR and LF": "1%0d%0aX-Evil:%201",
    "NUL": "%00",
    "NUL behind": "1%00",
    "dots": "%2e%2e",
    "one dot": "%2e",
    "a query in it": "1%3Fdepth=2",
    "a fragment in it": "1%23x",
    "a percent sign": "%2525",
    "bad percent escape": "1%zz",
    "backslashes": "..%5c..%5cusers",
    "SQL": "1%20OR%201=1",
    "SQL with a quote": "1'%20--",
    "a where clause": "where[id][equals]=1",
    "boolean": "true",
    "null": "null",
    "not a number": "NaN",
    "an object id": "64b7f3c2e1d4a5b6c7d8e9f0",
    "a uuid": "00000000-0000-4000-8000-000000000000",
    "arabic digit": "%D9%A1",
    "superscript digit": "%C2%B2",
    "full-width digit": "%EF%BC%91",
    "digit and combining mark": "1%CC%81",
    "emoji": "%F0%9F%98%80",
    "not UTF-8": "%ff%fe",
    "overlong UTF-8": "%c0%af",
    "lone surrogate": "%ed%a0%80",
    "beyond 53 bits": "9007199254740993",
    "beyond 64 bits": "18446744073709551616",
    "300 characters": "a" * 300,
    "300 digits": "9" * 300,
    "10,000 characters": "a" * 10_000,
    "markup": "%3Cscript%3E",
    "template": "%7B%7B7*7%7D%7D",
    "prototype": "__proto__",
}


def _ids() -> Iterator[Input]:
    for name, odd in IDS.items():
        told, page = (NO_CHARACTER,), (PAGE_NOWHERE,)
        yield Input(name=f"id {name}: list", target=f"/v1/characters/{odd}/images", told=told)
        yield Input(name=f"id {name}: runs", target=f"/v1/characters/{odd}/runs", told=told)
        generate = f"/v1/characters/{odd}/generate-initial-image"
        yield Input(name=f"id {name}: generate", method="POST", target=generate, told=told)
        yield Input(
            name=f"id {name}: delete", method="DELETE", target=f"/v1/characters/:id/images/{odd}", told=(NO_IMAGE,)
        )
        yield Input(name=f"id {name}: page", target=f"/screenplay/characters/{odd}/images", who="browser", told=page)
        taken = {"zip": f"{odd}/images/sheet.zip?set={SET}", "set": f":id/images/sheet.zip?set={odd}"}
        for what, path in (taken | {"image": f":id/images/sheet.png?image={odd}"}).items():
            yield Input(name=f"id {name}: {what}", target=f"/screenplay/characters/{path}", who="browser", told=page)
    for name, odd in {"slash": "1%2F2", "parent": "%2e%2e%2f1", "empty": ""}.items():
        yield Input(name=f"id {name}: list", target=f"/v1/characters/{odd}/images", told=(NO_ROUTE,))


# --- JSON bodies -----------------------------------------------------------------------------------------------------

NO_JSON_OBJECT = {
    "cut off": b"{",
    "bare word": b"prompt",
    "form": b"prompt=x",
    "two objects": b"{} {}",
    "comma behind": b"{},",
    "comma inside": b'{"prompt": "x",}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-32": "{}".encode("utf-32"),
    "invalid UTF-8 in a text": b'{"prompt": "\xff"}',
    "invalid UTF-8 in a name": b'{"\xff": 1}',
    "overlong UTF-8": b'{"prompt": "\xc0\xaf"}',
    "surrogate as UTF-8": b'{"prompt": "\xed\xa0\x80"}',
    "raw line feed in a text": b'{"prompt": "a\nb"}',
    "raw NUL": b"{}\x00",
    "gzip": gzip.compress(b"{}", mtime=0),
    "single quotes": b"{'prompt': 'x'}",
    "comment": b'{/* */"prompt": "x"}',
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "XML": b"<prompt>x</prompt>",
    "spaces": b"   ",
    "array": b"[]",
    "array of objects": b"[{}]",
    "null": b"null",
    "true": b"true",
    "number": b"5",
    "text": b'"prompt"',
    "empty text": b'""',
    "nested 5,000 arrays": b"[" * 5_000,
    "nested 100,000 arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested 20,000 objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "number of 5,000 digits": b"9" * 5_000,
    "number beyond floats": b"1e400",
    "unknown member": b'{"promt": "x"}',
    "member in another case": b'{"Prompt": "x"}',
    "empty member": b'{"": 1}',
    "prototype": b'{"__proto__": {"prompt": "x"}}',
    "success": b'{"success": true}',
    "nested unknown member": b'{"a":' * 500 + b"1" + b"}" * 500,
}
TOO_LONG = {"one byte too long": b" " * (256 * 1024 - 1) + b"{}", "a megabyte": b'{"prompt": "' + b"x" * 1_000_000}

FIELDS: dict[str, dict[str, bytes]] = {
    "generate-initial-image": {
        "prompt number": b'{"prompt": 5}',
        "prompt boolean": b'{"prompt": true}',
        "prompt array": b'{"prompt": ["x"]}',
        "prompt object": b'{"prompt": {"$ne": null}}',
        "prompt number of 5,000 digits": b'{"prompt": ' + b"9" * 5_000 + b"}",
        "prompt beyond floats": b'{"prompt": 1e400}',
        "prompt lone high surrogate": b'{"prompt": "\\ud800"}',
        "prompt lone low surrogate": b'{"prompt": "x\\udc00x"}',
        "prompt surrogates the wrong way round": b'{"prompt": "\\udc00\\ud800"}',
        "prompt bad escape": b'{"prompt": "\\x41"}',
        "prompt NUL": b'{"prompt": "a\\u0000b"}',
        "prompt bell": b'{"prompt": "a\\u0007b"}',
        "prompt backspace": b'{"prompt": "a\\bb"}',
        "prompt vertical tab": b'{"prompt": "a\\u000bb"}',
        "prompt form feed": b'{"prompt": "a\\fb"}',
        "prompt escape sequence": b'{"prompt": "\\u001b[2J"}',
        "prompt DEL": b'{"prompt": "a\\u007fb"}',
        "prompt 10,001 characters": b'{"prompt": "' + b"x" * 10_001 + b'"}',
        "prompt 10,001 characters of four bytes": b'{"prompt": "' + "😀".encode() * 10_001 + b'"}',
        "prompt 10,001 combining marks": b'{"prompt": "' + "\u0301".encode() * 10_001 + b'"}',
        "prompt with an unknown member": b'{"prompt": "x", "seed": 1}',
        "prompt twice, the second a number": b'{"prompt": "x", "prompt": 5}',
        "prompt of a set": b'{"prompt": "x", "imageCount": 8}',
        "prompt twice": b'{"prompt": "x", "prompt": "y"}',
        "prompt twice, the same": b'{"prompt": "x", "prompt": "x"}',
        "prompt twice, once escaped": b'{"prompt": "x", "\\u0070rompt": "y"}',
    },
    "generate-360-set": {
        "count zero": b'{"imageCount": 0}',
        "count twice": b'{"imageCount": 1, "imageCount": 1}',
        "count negative": b'{"imageCount": -1}',
        "count too large": b'{"imageCount": 65}',
        "count a billion": b'{"imageCount": 1000000000}',
        "count beyond 64 bits": b'{"imageCount": 18446744073709551617}',
        "count of 5,000 digits": b'{"imageCount": ' + b"9" * 5_000 + b"}",
        "count fraction": b'{"imageCount": 1.5}',
        "count whole, as a fraction": b'{"imageCount": 8.0}',
        "count beyond floats": b'{"imageCount": 1e400}',
        "count text": b'{"imageCount": "8"}',
        "count boolean": b'{"imageCount": true}',
        "count array": b'{"imageCount": [8]}',
        "count leading zero": b'{"imageCount": 08}',
        "count plus sign": b'{"imageCount": +8}',
        "count hexadecimal": b'{"imageCount": 0x8}',
        "count NaN": b'{"imageCount": NaN}',
        "reference boolean": b'{"referenceImageId": true}',
        "reference fraction": b'{"referenceImageId": 1.5}',
        "reference array": b'{"referenceImageId": [1]}',
        "reference object": b'{"referenceImageId": {"id": 1}}',
        "reference lone surrogate": b'{"referenceImageId": "\\ud800"}',
        "reference in snake case": b'{"reference_image_id": 1}',
    },
    "generate-scene-image": {
        "scene missing": b"{}",
        "scene missing, mood there": b'{"mood": "calm"}',
        "scene twice": b'{"sceneContext": "x", "sceneContext": "y"}',
        "scene null": b'{"sceneContext": null}',
        "scene empty": b'{"sceneContext": ""}',
        "scene blank": b'{"sceneContext": " \\t\\n "}',
        "scene number": b'{"sceneContext": 5}',
        "scene array": b'{"sceneContext": ["x"]}',
        "scene NUL": b'{"sceneContext": "a\\u0000b"}',
        "scene DEL": b'{"sceneContext": "a\\u007fb"}',
        "scene lone surrogate": b'{"sceneContext": "\\ud800"}',
        "scene 10,001 characters": b'{"sceneContext": "' + b"x" * 10_001 + b'"}',
        "scene in snake case": b'{"scene_context": "x"}',
        "type unknown": b'{"sceneContext": "x", "sceneType": "musical"}',
        "type in another case": b'{"sceneContext": "x", "sceneType": "Dialogue"}',
        "type empty": b'{"sceneContext": "x", "sceneType": ""}',
        "type null": b'{"sceneContext": "x", "sceneType": null}',
        "type number": b'{"sceneContext": "x", "sceneType": 0}',
        "type array": b'{"sceneContext": "x", "sceneType": ["dialogue"]}',
        "mood number": b'{"sceneContext": "x", "mood": 5}',
        "mood NUL": b'{"sceneContext": "x", "mood": "\\u0000"}',
        "mood 10,001 characters": b'{"sceneContext": "x", "mood": "' + b"x" * 10_001 + b'"}',
        "light object": b'{"sceneContext": "x", "lightingStyle": {}}',
        "light escape sequence": b'{"sceneContext": "x", "lightingStyle": "\\u001b[1m"}',
        "light lone surrogate": b'{"sceneContext": "x", "lightingStyle": "\\udfff"}',
    },
    "recover-images": {
        "ids twice": b'{"externalIds": [], "externalIds": ["x"]}',
        "ids text": b'{"externalIds": "x"}',
        "ids number": b'{"externalIds": 5}',
        "ids object": b'{"externalIds": {"0": "x"}}',
        "ids numbers": b'{"externalIds": [1]}',
        "ids nulls": b'{"externalIds": [null]}',
        "ids nested": b'{"externalIds": [["x"]]}',
        "ids mixed": b'{"externalIds": ["x", 1]}',
        "id lone surrogate": b'{"externalIds": ["\\ud800"]}',
        "id 201 characters": b'{"externalIds": ["' + b"x" * 201 + b'"]}',
        "501 ids": b'{"externalIds": [' + b",".join([b'"x"'] * 501) + b"]}",
    },
}
NO_REFERENCES = {
    "unknown": b"999999",
    "negative": b"-1",
    "beyond 64 bits": b"18446744073709551617",
    "empty": b'""',
    "blank": b'" "',
    "a word": b'"nope"',
    "up": b'"../1"',
    "NUL": b'"1\\u0000"',
    "line feed": b'"1\\n"',
    "SQL": b'"1 OR 1=1"',
    "arabic digit": '"١"'.encode(),
    "emoji": '"😀"'.encode(),
    "10,000 characters": b'"' + b"x" * 10_000 + b'"',
}


def _bodies() -> Iterator[Input]:
    for name, body in {**NO_JSON_OBJECT, **TOO_LONG}.items():
        told = (TOO_LARGE,) if name in TOO_LONG else (MALFORMED,)
        for route in GENERATING:
            yield _json(f"body {name}: {route}", route, body, told)
    for route, fields in FIELDS.items():
        for name, body in fields.items():
            yield _json(f"body {name}", route, body, (MALFORMED,))
    for name, reference in NO_REFERENCES.items():
        body = b'{"referenceImageId": ' + reference + b"}"
        yield _json(f"body reference {name}", "generate-360-set", body, (NO_IMAGE,))


def _json(name: str, route: str, body: bytes, told: tuple[Told, ...]) -> Input:
    kind = [("Content-Type", "application/json")]
    return Input(name=name, method="POST", target=f"/v1/characters/:id/{route}", headers=kind, body=body, told=told)


# --- Headers ---------------------------------------------------------------------------------------------------------

TYPES = {
    "none": [],
    "empty": [""],
    "blank": [" "],
    "text": ["text/plain"],
    "text in UTF-8": ["text/plain; charset=utf-8"],
    "form": ["application/x-www-form-urlencoded"],
    "multipart": ["multipart/form-data; boundary=x"],
    "multipart without boundary": ["multipart/form-data"],
    "msgpack": ["application/msgpack"],
    "XML": ["application/xml"],
    "JSON as text": ["text/json"],
    "JavaScript": ["application/javascript"],
    "another JSON": ["application/merge-patch+json"],
    "problem": ["application/problem+json"],
    "longer": ["application/jsonp"],
    "anything": ["*/*"],
    "no slash": ["json"],
    "two in one": ["application/json, text/plain"],
    "UTF-16": ["application/json; charset=utf-16"],
    "UTF-7": ["application/json; charset=utf-7"],
    "unknown charset": ["application/json; charset=nonsense"],
    "not ASCII": ["application/json\xe9"],
    "10,000 characters": ["x/" + "y" * 10_000],
    "text, then JSON": ["text/plain", "application/json"],
}
CREDENTIALS = {
    "nothing": "",
    "scheme alone": "JWT",
    "no token": "JWT ",
    "one part": "JWT abc",
    "two parts": "JWT a.b",
    "four parts": "JWT a.b.c.d",
    "empty parts": "JWT ..",
    "no space": "JWT:token",
    "a space in it": "JWT a.b .c",
    "two tokens": "JWT :token :token",
    "another character": "JWT a.b.c=",
    "not ASCII": "JWT \xe9.\xe9.\xe9",
    "signature of another": "JWT eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl",
    "no algorithm": "JWT eyJhbGciOiJub25lIn0.eyJpZCI6MX0.x",
    "9,000 characters": "JWT " + "a" * 3_000 + "." + "b" * 3_000 + "." + "c" * 3_000,
    "lower case": "jwt :token",
    "bearer of nothing": "Bearer",
    "basic": "Basic YTpi",
    "digest": 'Digest username="x"',
    "wrong key": "users API-Key wrong",
    "no key": "users API-Key ",
    "key with a space": "users API-Key a b",
    "key not ASCII": "users API-Key caf\xe9",
    "key of C1 controls": "users API-Key \x80\x9f",
    "key of another collection": "media API-Key wrong",
    "collection with a path": "../users API-Key wrong",
    "key of 9,000 characters": "users API-Key " + "k" * 9_000,
}
COOKIES = {
    "empty": "payload-token=",
    "no value": "payload-token",
    "a word": "payload-token=abc",
    "another name": "payload-tokens=:token",
    "another case": "Payload-Token=:token",
    "a prefix": "__Host-payload-token=:token",
    "quoted": 'payload-token=":token"',
    "half quoted": 'payload-token=":token',
    "percent-encoded": "payload-token=a%2Eb%2Ec",
    "a space in it": "payload-token=a.b .c",
    "a comma behind": "payload-token=:token,x",
    "not ASCII": "payload-token=\xe9.\xe9.\xe9",
    "9,000 characters": "payload-token=" + "a" * 3_000 + "." + "b" * 3_000 + "." + "c" * 3_000,
    "forged": "payload-token=eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl",
    "no algorithm": "payload-token=eyJhbGciOiJub25lIn0.eyJpZCI6MX0.x",
    "two tokens": "payload-token=:token; payload-token=a.b.c",
    "two tokens, the real one last": "payload-token=a.b.c; payload-token=:token",
    "the same token twice": "payload-token=:token; payload-token=:token",
    "a thousand others": "; ".join(f"c{number}=x" for number in range(1_000)),
    "separators alone": ";;;==;;",
}
FROM_ELSEWHERE: dict[str, Headers] = {
    "cross-site": [("Sec-Fetch-Site", "cross-site")],
    "same-site": [("Sec-Fetch-Site", "same-site")],
    "none": [("Sec-Fetch-Site", "none")],
    "empty": [("Sec-Fetch-Site", "")],
    "another case": [("Sec-Fetch-Site", "Same-Origin")],
    "two in one": [("Sec-Fetch-Site", "same-origin, cross-site")],
    "twice, first cross-site": [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-origin")],
    "twice, last cross-site": [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    "cross-site with our origin": [("Sec-Fetch-Site", "cross-site"), ("Origin", ":site")],
    "origin null": [("Origin", "null")],
    "origin empty": [("Origin", "")],
    "origin of another": [("Origin", "https://evil.example")],
    "origin with a slash": [("Origin", ":site/")],
    "origin with a longer port": [("Origin", ":site0")],
    "origin with our name before": [("Origin", ":site.evil.example")],
    "origin with our name as user": [("Origin", ":site@evil.example")],
    "origin on another port": [("Origin", "http://127.0.0.1")],
    "origin by another name": [("Origin", "http://localhost")],
    "two origins in one": [("Origin", ":site https://evil.example")],
    "two origins": [("Origin", ":site"), ("Origin", "https://evil.example")],
    "two origins, ours last": [("Origin", "https://evil.example"), ("Origin", ":site")],
    "referer alone": [("Origin", "null"), ("Referer", ":site/login")],
}


def _headers() -> Iterator[Input]:
    generate, listed = "/v1/characters/:id/generate-initial-image", "/v1/characters/:id/images"
    for name, kinds in TYPES.items():
        given = [("Content-Type", kind) for kind in kinds]
        body = b'{"prompt": "x"}'
        told = (NOT_JSON if len(kinds) < 2 else MALFORMED,)
        yield Input(name=f"type {name}", method="POST", target=generate, headers=given, body=body, told=told)
    text = [("Content-Type", "text/plain")]
    delete = "/v1/characters/:id/images/1"
    yield Input(name="type text: delete", method="DELETE", target=delete, headers=text, body=b"x", told=(NOT_JSON,))
    for name, value in CREDENTIALS.items():
        given = [("Authorization", value)]
        yield Input(name=f"credentials {name}", target=listed, headers=given, who="nobody", told=(NOBODY,))
        yield Input(
            name=f"credentials {name}: generate",
            method="POST",
            target=generate,
            headers=given,
            who="nobody",
            told=(NOBODY,),
        )
    for name, value in COOKIES.items():
        given = [("Cookie", value)]
        login = (Told(303, None, "/login?next="),)
        yield Input(name=f"cookie {name}", target=listed, headers=given, who="nobody", told=(NOBODY,))
        yield Input(
            name=f"cookie {name}: page", target="/screenplay/characters", headers=given, who="nobody", told=login
        )
    for name, given in FROM_ELSEWHERE.items():
        cookie = [*given, ("Cookie", "payload-token=:token")]
        refused = FORGED if len(dict(given)) == len(given) else MALFORMED
        yield Input(
            name=f"forged {name}", method="POST", target=generate, headers=cookie, who="nobody", told=(refused,)
        )
        form = "/screenplay/characters/:id/images/reference"
        sent = [*cookie, ("Content-Type", "application/x-www-form-urlencoded")]
        told = (Told(refused.status),)
        yield Input(
            name=f"forged {name}: form",
            method="POST",
            target=form,
            headers=sent,
            body=b"prompt=x",
            who="nobody",
            told=told,
        )
        credentials = b"email=nobody%40example.com&password=x"
        yield Input(
            name=f"forged {name}: login",
            method="POST",
            target="/login",
            headers=sent,
            body=credentials,
            who="nobody",
            told=told,
        )


# --- Queries ---------------------------------------------------------------------------------------------------------

LISTS = {
    "page zero": "page=0",
    "page negative": "page=-1",
    "page too large": "page=1000001",
    "page exponent": "page=1e9",
    "page beyond 64 bits": "page=18446744073709551617",
    "page of 5,000 digits": "page=" + "9" * 5_000,
    "page fraction": "page=1.5",
    "page a word": "page=abc",
    "page not a number": "page=nan",
    "page infinite": "page=inf",
    "page empty": "page=",
    "page bare": "page",
    "page blank": "page=%20",
    "page boolean": "page=true",
    "page NUL": "page=%00",
    "page not UTF-8": "page=%ff",
    "page arabic digit": "page=%D9%A1",
    "page hexadecimal": "page=0x1",
    "page underscore": "page=1_0",
    "page SQL": "page=1;drop",
    "page twice": "page=1&page=2",
    "page twice the same": "page=1&page=1",
    "kind unknown": "kind=portrait",
    "kind empty": "kind=",
    "kind in another case": "kind=Reference",
    "kind twice": "kind=reference&kind=scene",
    "kind array": "kind=%5B%22scene%22%5D",
    "kind NUL": "kind=scene%00",
    "status unknown": "status=running",
    "status empty": "status=",
    "status not UTF-8": "status=%ff",
    "status CR and LF": "status=failed%0d%0aX-Evil:%201",
}
LIMITS = {
    "limit zero": "limit=0",
    "limit negative": "limit=-1",
    "limit too large": "limit=501",
    "limit fraction": "limit=1.5",
    "limit a word": "limit=all",
    "limit empty": "limit=",
    "limit twice": "limit=1&limit=500",
}
OTHERS = {
    "source unknown": ("/v1/characters/:id/initial-image-prompt?source=baml", MALFORMED),
    "source empty": ("/v1/characters/:id/initial-image-prompt?source=", MALFORMED),
    "source NUL": ("/v1/characters/:id/initial-image-prompt?source=character-data%00", MALFORMED),
    "deleted unknown": ("/screenplay/characters/:id/images?deleted=everything", PAGE_MALFORMED),
    "deleted a word": ("/screenplay/characters/:id/images?deleted=many", PAGE_MALFORMED),
    "deleted negative": ("/screenplay/characters/:id/images?deleted=-1", PAGE_MALFORMED),
    "deleted more than can be": ("/screenplay/characters/:id/images?deleted=201", PAGE_MALFORMED),
    "characters page zero": ("/screenplay/characters?page=0", PAGE_MALFORMED),
    "characters page a word": ("/screenplay/characters?page=x", PAGE_MALFORMED),
    "characters page not UTF-8": ("/screenplay/characters?page=%ff", PAGE_MALFORMED),
}
# What is not for the caller to say is not passed on to Payload: the answer is as if it were not there.
IGNORED = {
    "sort": "sort=-prompt",
    "depth": "depth=10",
    "select": "select[prompt]=true",
    "populate": "populate[users][email]=true",
    "where": "where[characterReference][exists]=true",
    "or": "where[or][0][id][exists]=true",
    "overrideAccess": "overrideAccess=true",
    "trash": "trash=true",
    "draft": "draft=true",
    "locale": "locale=*",
    "method": "_method=DELETE",
    "percent alone": "%",
    "separators": "&&&==&",
    "500 names": "&".join(f"n{number}=x" for number in range(500)),
    "a page beyond the end": "page=1000000",
}


def _queries() -> Iterator[Input]:
    for name, query in {**LISTS, **LIMITS}.items():
        yield Input(name=f"query {name}", target=f"/v1/characters/:id/images?{query}", told=(MALFORMED,))
    for name, query in LISTS.items():
        page = f"/screenplay/characters/:id/images?{query}"
        yield Input(name=f"query {name}: page", target=page, who="browser", told=(PAGE_MALFORMED,))
    for name, (target, told) in OTHERS.items():
        who: Literal["program", "browser"] = "program" if told.code else "browser"
        yield Input(name=f"query {name}", target=target, who=who, told=(told,))
    for name, query in IGNORED.items():
        nothing = Told(200, "", '"count":0')
        yield Input(name=f"query ignored {name}", target=f"/v1/characters/:id/images?{query}", told=(nothing,))


# --- Where to go after signing in ------------------------------------------------------------------------------------

NEXT = {
    "another site": "https://evil.example/",
    "no scheme": "//evil.example",
    "three slashes": "///evil.example",
    "slash and backslash": "/\\evil.example",
    "backslashes": "\\\\evil.example",
    "scheme without slashes": "https:evil.example",
    "JavaScript": "javascript:alert(1)",
    "JavaScript in capitals": "JaVaScRiPt:alert(1)",
    "data": "data:text/html,x",
    "tab before": "\t//evil.example",
    "space before": " /screenplay/characters/1",
    "tab inside": "/\t/evil.example",
    "encoded tab": "/%09/evil.example",
    "encoded backslash": "/%5cevil.example",
    "encoded slashes": "/%2f%2fevil.example",
    "encoded twice": "/screenplay/%252f%252fevil.example",
    "two slashes behind ours": "/screenplay//evil.example",
    "backslash behind ours": "/screenplay/\\evil.example",
    "encoded backslash behind ours": "/screenplay/%5cevil.example",
    "out of ours": "/screenplay/../logout",
    "out of ours, encoded": "/screenplay/%2e%2e/logout",
    "out of ours, encoded twice": "/screenplay/%252e%252e/logout",
    "CR and LF": "/screenplay/characters\r\nX-Evil: 1",
    "encoded CR and LF": "/screenplay/characters%0d%0aX-Evil: 1",
    "NUL": "/screenplay/characters\x00",
    "DEL": "/screenplay/\x7f",
    "not ASCII": "/screenplay/é",
    "full-width slashes": "\uff0f\uff0fevil.example",
    "right-to-left override": "/screenplay/\u202egpj",
    "lone surrogate": "%ed%a0%80",
    "user and host": "/screenplay@evil.example",
    "our name as a prefix": "/screenplayed",
    "the API": "/v1/characters/1/images",
    "signing out": "/logout",
    "signing in": "/login?next=//evil.example",
    "a query": "?next=1",
    "a fragment": "#x",
    "markup": '"><script>alert(1)</script>',
}


def _next() -> Iterator[Input]:
    for name, address in NEXT.items():
        yield Input(
            name=f"next {name}", target=f"/login?next={quote(address)}", who="nobody", told=(Told(200, None, HOME),)
        )
        form = {"email": f"{name} next@example.com", "password": "x", "next": address}
        yield _form(f"next {name}: form", "/login", urlencode(form).encode(), (Told(401, None, HOME),), who="nobody")


# --- Forms -----------------------------------------------------------------------------------------------------------

_CREDENTIALS = b"email=nobody%40example.com&password=x"
SIGN_INS = {
    "nothing": (b"", Told(401)),
    "no password": (b"email=nobody%40example.com", Told(401)),
    "no e-mail": (b"password=x", Told(401)),
    "empty": (b"email=&password=", Told(401)),
    "e-mail without an at": (b"email=nobody&password=x", Told(401)),
    "e-mail with CR and LF": (b"email=nobody%40example.com%0d%0aBcc:x&password=x", Told(401)),
    "e-mail with NUL": (b"email=nobody%00%40example.com&password=x", Told(401)),
    "e-mail not UTF-8": (b"email=%ff%fe&password=x", Told(401)),
    "e-mail lone surrogate": (b"email=%ed%a0%80&password=x", Told(401)),
    "e-mail of 321 characters": (b"email=" + b"x" * 321 + b"&password=x", PAGE_MALFORMED),
    "e-mail with a query": (b"email%5B%24ne%5D=x&password%5B%24ne%5D=x", Told(401)),
    "e-mail with SQL": (b"email=%27%20OR%201%3D1--&password=x", Told(401)),
    "e-mail with markup": (b"email=%3Cscript%3E&password=x", Told(401, None, "&lt;script&gt;")),
    "e-mail twice": (b"email=a%40example.com&email=b%40example.com&password=x", PAGE_MALFORMED),
    "password of one character": (b"email=a%40example.com&password=x", Told(401)),
    "password of 4,096 characters": (b"email=a%40example.com&password=" + b"x" * 4_096, Told(401)),
    "password of 4,097 characters": (b"email=a%40example.com&password=" + b"x" * 4_097, PAGE_MALFORMED),
    "password with NUL": (b"email=a%40example.com&password=%00", Told(401)),
    "password not UTF-8": (b"email=a%40example.com&password=%ff", Told(401)),
    "password twice": (b"email=a%40example.com&password=x&password=y", PAGE_MALFORMED),
    "next twice": (_CREDENTIALS + b"&next=/screenplay/a&next=/screenplay/b", PAGE_MALFORMED),
    "another field": (_CREDENTIALS + b"&role=admin", Told(401)),
    "JSON": (b'{"email": "nobody@example.com", "password": "x"}', Told(401)),
    "bad percent escapes": (b"email=%zz&password=%", Told(401)),
    "raw bytes": (bytes(range(256)), Told(401)),
    "separators": (b"&&&===&&&", Told(401)),
    "5,000 fields": (b"&".join(b"f%d=x" % number for number in range(5_000)), Told(401)),
    "10,000 bytes": (b"email=a%40example.com&password=x&x=" + b"x" * 10_000, Told(401)),
    "a body too large": (b"email=" + b"x" * (256 * 1024), Told(413)),
}
PANELS = {
    "reference prompt NUL": ("reference", b"prompt=a%00b", PAGE_MALFORMED),
    "reference prompt escape": ("reference", b"prompt=%1b%5b2J", PAGE_MALFORMED),
    "reference prompt DEL": ("reference", b"prompt=%7f", PAGE_MALFORMED),
    "reference prompt of 10,001 characters": ("reference", b"prompt=" + b"x" * 10_001, PAGE_MALFORMED),
    "reference prompt of 30,001 characters": ("reference", b"prompt=" + b"x" * 30_001, PAGE_MALFORMED),
    "texts: suggest a word": ("", b"suggest=perhaps", PAGE_MALFORMED),
    "texts: prompt of 30,001 characters": ("", b"prompt=" + b"x" * 30_001, PAGE_MALFORMED),
    "texts: prompt twice": ("", b"prompt=x&prompt=y", PAGE_MALFORMED),
    "texts: scene type unknown": ("", b"scene_type=opera", PAGE_MALFORMED),
    "reference prompt twice": ("reference", b"prompt=x&prompt=y", PAGE_MALFORMED),
    "reference too large": ("reference", b"prompt=" + b"x" * (256 * 1024), Told(413)),
    "portfolio count zero": ("portfolio", b"count=0", PAGE_MALFORMED),
    "portfolio count negative": ("portfolio", b"count=-1", PAGE_MALFORMED),
    "portfolio count 65": ("portfolio", b"count=65", PAGE_MALFORMED),
    "portfolio count a word": ("portfolio", b"count=many", PAGE_MALFORMED),
    "portfolio count fraction": ("portfolio", b"count=1.5", PAGE_MALFORMED),
    "portfolio count exponent": ("portfolio", b"count=1e1", PAGE_MALFORMED),
    "portfolio count superscript": ("portfolio", b"count=%C2%B2", PAGE_MALFORMED),
    "portfolio count of 5,000 digits": ("portfolio", b"count=" + b"9" * 5_000, PAGE_MALFORMED),
    "portfolio count NUL": ("portfolio", b"count=%00", PAGE_MALFORMED),
    "portfolio reference unknown": ("portfolio", b"reference=999999&count=1", PAGE_NOWHERE),
    "portfolio reference a word": ("portfolio", b"reference=nope&count=1", PAGE_NOWHERE),
    "portfolio reference up": ("portfolio", b"reference=../1&count=1", PAGE_NOWHERE),
    "portfolio reference NUL": ("portfolio", b"reference=1%00&count=1", PAGE_NOWHERE),
    "portfolio reference arabic digit": ("portfolio", b"reference=%D9%A1&count=1", PAGE_NOWHERE),
    "scene missing": ("scene", b"", PAGE_MALFORMED),
    "scene blank": ("scene", b"scene=%20%0d%0a", PAGE_MALFORMED),
    "scene NUL": ("scene", b"scene=a%00b", PAGE_MALFORMED),
    "scene of 10,001 characters": ("scene", b"scene=" + b"x" * 10_001, PAGE_MALFORMED),
    "scene type unknown": ("scene", b"scene=x&scene_type=musical", PAGE_MALFORMED),
    "scene type empty": ("scene", b"scene=x&scene_type=", PAGE_MALFORMED),
    "scene mood NUL": ("scene", b"scene=x&mood=%00", PAGE_MALFORMED),
    "scene light escape": ("scene", b"scene=x&lighting=%1b", PAGE_MALFORMED),
    "delete of nothing": ("delete", b"image=999999", PAGE_NOWHERE),
    "delete of a word": ("delete", b"image=nope", PAGE_NOWHERE),
    "delete up": ("delete", b"image=../1", PAGE_NOWHERE),
    "delete NUL": ("delete", b"image=1%00", PAGE_NOWHERE),
    "delete of none": ("delete", b"", PAGE_MALFORMED),
    "delete of a blank": ("delete", b"image=", PAGE_MALFORMED),
    "delete of 201": ("delete", b"&".join(b"image=%d" % one for one in range(900_000, 900_201)), PAGE_MALFORMED),
    "delete of what has an endless name": ("delete", b"image=" + b"9" * 101, PAGE_MALFORMED),
    "delete on a page that is none": ("delete", b"image=999999&page=0", PAGE_MALFORMED),
    "a panel that is none": ("sculpture/carve", b"", PAGE_NOWHERE),
}
_PARTS = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\nx\r\n'
FORM_TYPES = {
    "multipart without boundary": ("multipart/form-data", _PARTS % b"prompt"),
    "multipart with an empty boundary": ("multipart/form-data; boundary=", _PARTS % b"prompt"),
    "multipart cut off": ("multipart/form-data; boundary=x", _PARTS % b"prompt"),
    "multipart of 1,001 parts": ("multipart/form-data; boundary=x", _PARTS % b"prompt" * 1_001 + b"--x--\r\n"),
    "multipart file": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="prompt"; filename="../x"\r\n\r\nx\r\n--x--\r\n',
    ),
    "JSON": ("application/json", b'{"prompt": "x"}'),
    "text": ("text/plain", b"prompt=x"),
    "XML": ("application/xml", b"<prompt/>"),
    "a type that is none": ("x" * 1_000, b"prompt=x"),
}


def _forms() -> Iterator[Input]:
    for name, (body, told) in SIGN_INS.items():
        # Some have no account of their own, and one account is not tried often.
        also = (Told(429),) if told.status == 401 else ()
        yield _form(f"login {name}", "/login", body, (told, *also), who="nobody")
    for name, (panel, body, told) in PANELS.items():
        yield _form(f"form {name}", f"/screenplay/characters/:id/images/{panel}".rstrip("/"), body, (told,))
    for name, (kind, body) in FORM_TYPES.items():
        panel = "/screenplay/characters/:id/images/reference"
        yield _form(f"form as {name}", panel, body, (Told(415),), kind=kind)
        yield _form(f"login as {name}", "/login", body, (Told(415),), kind=kind, who="nobody")


def _form(
    name: str,
    target: str,
    body: bytes,
    told: tuple[Told, ...],
    *,
    kind: str = "application/x-www-form-urlencoded",
    who: Literal["browser", "nobody"] = "browser",
) -> Input:
    ours = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", kind)]
    return Input(name=name, method="POST", target=target, headers=ours, body=body, who=who, told=told)


# --- Methods, paths, and what is hardly HTTP -------------------------------------------------------------------------

PATHS = {
    "no scheme": ("//evil.com/", PAGE_NOWHERE),
    "no scheme, no slash": ("//evil.com", PAGE_NOWHERE),
    "no scheme before a page": ("//evil.com/screenplay/characters", PAGE_NOWHERE),
    "no scheme before the API": ("//evil.com/v1/characters/1/images", PAGE_NOWHERE),
    "NUL": ("/%00", PAGE_NOWHERE),
    "dots and a semicolon": ("/..;/", PAGE_NOWHERE),
    "encoded slashes": ("/%2f%2fevil.com", PAGE_NOWHERE),
    "encoded backslash": ("/%5cevil.com", PAGE_NOWHERE),
    "not UTF-8": ("/%ff", PAGE_NOWHERE),
    "CR and LF": ("/%0d%0aX-Evil:%201", PAGE_NOWHERE),
    "out of static": ("/static/../app/settings.py", PAGE_NOWHERE),
    "out of static, encoded": ("/static/%2e%2e/settings.py", PAGE_NOWHERE),
    "out of static, encoded slash": ("/static/..%2fsettings.py", PAGE_NOWHERE),
    "out of static, backslash": ("/static/..%5csettings.py", PAGE_NOWHERE),
    "out of static, absolute": ("/static//etc/passwd", PAGE_NOWHERE),
    "static NUL": ("/static/%00", PAGE_NOWHERE),
    "static NUL behind": ("/static/base.css%00.txt", PAGE_NOWHERE),
    "static folder": ("/static/", PAGE_NOWHERE),
    "static of 5,000 characters": (f"/static/{'x' * 5_000}", PAGE_NOWHERE),
    "secrets": ("/.env", PAGE_NOWHERE),
    "repository": ("/.git/config", PAGE_NOWHERE),
    "Payload's own": ("/api/users", PAGE_NOWHERE),
    "another document": ("/schema/swagger", PAGE_NOWHERE),
    "another health": ("/health/dead", NO_ROUTE),
    "another version": ("/v2/characters/1/images", PAGE_NOWHERE),
    "no such route": ("/v1/characters/:id/images.json", NO_ROUTE),
    "60,000 characters": (f"/{'x' * 60_000}", PAGE_NOWHERE),
    "another case": ("/V1/characters/1/images", PAGE_NOWHERE),
}
METHODS = {
    "PUT": NO_METHOD,
    "PATCH": NO_METHOD,
    "POST": NO_METHOD,
    "TRACE": NO_METHOD,
    "CONNECT": NO_METHOD,
    "PROPFIND": NO_METHOD,
    "M-SEARCH": NO_METHOD,
    "FOO": NOT_HTTP,
    "get": NOT_HTTP,
    "PRI": NOT_HTTP,
    "G" * 5_000: NOT_HTTP,
}
_POST = b"POST /v1/characters/:id/generate-initial-image HTTP/1.1\r\nHost: x\r\nAuthorization: JWT :token\r\n"
_JSON = _POST + b"Content-Type: application/json\r\n"
_FORM = (
    b"POST /screenplay/characters/:id/images/reference HTTP/1.1\r\nCookie: payload-token=:token\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n"
)
_GET = b"GET /v1/characters/:id/images HTTP/1.1\r\n"
_END = b"\r\n"
RAW = {
    "two Content-Length": (_JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n" + _END + b"{}", NOT_HTTP),
    "two Content-Length, the same": (_JSON + b"Content-Length: 2\r\nContent-Length: 2\r\n" + _END + b"{}", NOT_HTTP),
    "Content-Length negative": (_JSON + b"Content-Length: -1\r\n" + _END, NOT_HTTP),
    "Content-Length plus sign": (_JSON + b"Content-Length: +2\r\n" + _END + b"{}", NOT_HTTP),
    "Content-Length a word": (_JSON + b"Content-Length: two\r\n" + _END + b"{}", NOT_HTTP),
    "Content-Length hexadecimal": (_JSON + b"Content-Length: 0x2\r\n" + _END + b"{}", NOT_HTTP),
    "Content-Length beyond 64 bits": (_JSON + b"Content-Length: 99999999999999999999\r\n" + _END, NOT_HTTP),
    "Content-Length list": (_JSON + b"Content-Length: 2, 2\r\n" + _END + b"{}", NOT_HTTP),
    "Content-Length too large": (_JSON + b"Content-Length: 300000\r\n" + _END + b"x" * 300_000, TOO_LARGE),
    "Transfer-Encoding and Content-Length": (
        _JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n" + _END + b"0\r\n\r\n",
        NOT_HTTP,
    ),
    "Transfer-Encoding unknown": (_JSON + b"Transfer-Encoding: gzip\r\n" + _END + b"{}", NOT_HTTP),
    "Transfer-Encoding chunked, then another": (
        _JSON + b"Transfer-Encoding: chunked, identity\r\n" + _END + b"0\r\n\r\n",
        NOT_HTTP,
    ),
    "chunk size a word": (_JSON + b"Transfer-Encoding: chunked\r\n" + _END + b"two\r\n{}\r\n0\r\n\r\n", NOT_HTTP),
    "chunk size negative": (_JSON + b"Transfer-Encoding: chunked\r\n" + _END + b"-2\r\n{}\r\n0\r\n\r\n", NOT_HTTP),
    "chunk longer than told": (_JSON + b"Transfer-Encoding: chunked\r\n" + _END + b"2\r\n{}}\r\n0\r\n\r\n", NOT_HTTP),
    "chunks too large": (
        _JSON + b"Transfer-Encoding: chunked\r\n" + _END + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 9 + b"0\r\n\r\n",
        TOO_LARGE,
    ),
    "two Host": (_GET + b"Host: x\r\nHost: y\r\nAuthorization: JWT :token\r\n" + _END, MALFORMED),
    "two Host, the same": (_GET + b"Host: x\r\nHost: x\r\nAuthorization: JWT :token\r\n" + _END, MALFORMED),
    "space before a colon": (_GET + b"Host : x\r\n" + _END, NOT_HTTP),
    "folded header": (_GET + b"Host: x\r\nX-Folded: a\r\n b\r\n" + _END, NOT_HTTP),
    "header without a name": (_GET + b": x\r\n" + _END, NOT_HTTP),
    "header without a colon": (_GET + b"Host\r\n" + _END, NOT_HTTP),
    "header with NUL": (_GET + b"Host: x\r\nX-Odd: a\x00b\r\n" + _END, NOT_HTTP),
    "header with a bare CR": (_GET + b"Host: x\r\nX-Odd: a\rb\r\n" + _END, NOT_HTTP),
    "header name not ASCII": (_GET + b"Host: x\r\nX-\xff: a\r\n" + _END, NOT_HTTP),
    "space before the first header": (_GET + b" Host: x\r\n" + _END, NOT_HTTP),
    "70,000 bytes in a header": (_GET + b"Host: x\r\nX-Long: " + b"x" * 70_000 + b"\r\n" + _END, HEADER_TOO_LARGE),
    "1,000 headers": (
        _GET + b"Host: x\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(1_000)) + _END,
        HEADER_TOO_LARGE,
    ),
    "100 headers": (_GET + b"Host: x\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(99)) + _END, NOBODY),
    "101 headers": (_GET + b"Host: x\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(100)) + _END, HEADER_TOO_LARGE),
    "32,768 bytes in headers": (_GET + b"Host: x\r\n" + (b"X: " + b"x" * 16_380 + b"\r\n") * 2 + _END, NOBODY),
    "header without an end": (_GET + b"Host: x\r\nX-Long: " + b"x" * 400_000, HEADER_TOO_LARGE),
    "address of 65,536 bytes": (b"GET /" + b"x" * 65_535 + b" HTTP/1.1\r\nHost: x\r\n" + _END, HEADER_TOO_LARGE),
    "address without an end": (b"GET /" + b"x" * 400_000, HEADER_TOO_LARGE),
    "Host that names a route of the API": (_FORM + b"Host: x/v1/\r\n" + _END + b"prompt=x", PAGE_MALFORMED),
    "Host that names a file": (b"GET /static/nothing HTTP/1.1\r\nHost: x/static/base.css?\r\n" + _END, PAGE_MALFORMED),
    "Host that names a page": (_GET + b"Host: x/screenplay/\r\n" + _END, MALFORMED),
    "Host that is no address": (_GET + b"Host: [x\r\n" + _END, NOBODY),
    "Host that is no address: page": (_FORM + b"Host: [x\r\n" + _END + b"prompt=x", Told(403)),
    "Host that is empty": (_GET + b"Host:\r\n" + _END, NOBODY),
    "no version": (b"GET /v1/characters/1/images\r\n\r\n", NOBODY),
    "unknown version": (b"GET / HTTP/9.9\r\nHost: x\r\n" + _END, NOT_HTTP),
    "HTTP/2 by guess": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NOT_HTTP),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", NOT_HTTP),
    "space in the target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n" + _END, NOT_HTTP),
    "no target": (b"GET  HTTP/1.1\r\nHost: x\r\n" + _END, NOT_HTTP),
    "target without a slash": (b"GET screenplay HTTP/1.1\r\nHost: x\r\n" + _END, NOT_HTTP),
    "raw bytes in the target": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n" + _END, NOT_HTTP),
    "NUL in the target": (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n" + _END, NOT_HTTP),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + _END, PAGE_NOWHERE),
    "another site's address": (b"GET http://evil.com/nothing HTTP/1.1\r\nHost: evil.com\r\n" + _END, PAGE_NOWHERE),
    "upgrade to WebSocket": (
        _GET + b"Host: x\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nConnection: Upgrade\r\n\r\n",
        NOBODY,
    ),
    "upgrade to HTTP/2": (
        _GET + b"Host: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n",
        NOBODY,
    ),
}


def _wire() -> Iterator[Input]:
    for name, (target, told) in PATHS.items():
        yield Input(name=f"path {name}", target=target, told=(told,))
    for method, told in METHODS.items():
        yield Input(name=f"method {method[:10]}", method=method, target="/v1/characters/:id/images", told=(told,))
        page = NOT_HTTP if told is NOT_HTTP else Told(405)
        yield Input(name=f"method {method[:10]}: page", method=method, target="/screenplay/characters", told=(page,))
    for name, (content, told) in RAW.items():
        yield Input(name=f"raw {name}", raw=content, told=(told,))


INPUTS = [*_ids(), *_bodies(), *_headers(), *_queries(), *_next(), *_forms(), *_wire()]
