"""Pictures are fetched over real connections that are short, slow, broken, too large or lead elsewhere."""

from __future__ import annotations

import gzip
import io
import ssl
import time
import zlib
from typing import IO, Any

import pytest
from PIL import Image

from app import __version__
from app.decoding.formats import inspect
from app.decoding.parts import Unfit
from app.errors import ImageDownloadFailed, ImageError, ImageTooLarge, ImageTruncated, ImageUrlRefused
from app.ingest import Allowed, Downloads, GuardedNetwork
from app.limits import Limits
from tests.support.dialling import Dialling
from tests.support.pictures import zeros
from tests.support.raw_server import (
    HANG,
    NO_RECORD,
    Beneath,
    Drip,
    Pause,
    RawServer,
    Reset,
    Script,
    answer,
    nobody_listening,
    raw_server,
)
from tests.support.tls import Tls

MOST = 100_000


def png() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    return file.getvalue()


PICTURE = png()


def downloading(
    origin: str,
    *,
    seconds: float = 20,
    hosts: tuple[str, ...] = (),
    pause: tuple[float, float] = (0, 0),
    tls: ssl.SSLContext | None = None,
) -> tuple[Downloads, Dialling]:
    """Downloads from that library and these hosts, and what they dial."""
    network = Dialling()
    guarded = GuardedNetwork(Allowed(hosts, [origin]), network=network)
    limits = Limits(second_try_seconds=pause)
    return Downloads(guarded, max_bytes=MOST, seconds=seconds, limits=limits, tls=tls), network


async def fetch(server: RawServer, path: str = "/a.png", **options: Any) -> IO[bytes]:
    """Fetch from the server, which is the library here and therefore trusted."""
    downloads, _ = downloading(server.url, **options)
    return await downloads.fetch(f"{server.url}{path}")


def moved(to: str, status: int = 302) -> Script:
    return answer(status, b"", f"Location: {to}")


async def test_a_picture_arrives_whole_and_ready_to_be_read() -> None:
    async with raw_server(answer(200, PICTURE, "Content-Type: image/png")) as server:
        with await fetch(server) as file:
            assert file.tell() == 0
            assert file.read() == PICTURE
            assert inspect(file, 100_000).mime_type == "image/png"
    assert len(server.requests) == 1


async def test_a_picture_in_chunks_arrives_whole() -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (PICTURE[:100], PICTURE[100:])) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    async with raw_server([head, chunks]) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE


async def test_the_address_is_asked_for_as_it_is_given_and_nothing_else_is_told() -> None:
    async with raw_server(answer(200, PICTURE)) as server:
        (await fetch(server, "/m%20%C3%BC/a.png?X-Sig=a%2Fb&e=1#part")).close()
        [request] = server.requests
    assert request.line == "GET /m%20%C3%BC/a.png?X-Sig=a%2Fb&e=1 HTTP/1.1"
    assert request.header("Host") == f"127.0.0.1:{server.port}"
    assert request.header("Accept-Encoding") == "identity"
    assert request.header("Accept") == "image/*,*/*;q=0.8"
    assert request.header("User-Agent") == f"character-images/{__version__}"
    assert request.header("Cookie") is None
    assert request.header("Authorization") is None


async def test_a_picture_of_the_largest_size_is_taken() -> None:
    async with raw_server(answer(200, b"x" * MOST)) as server:
        with await fetch(server) as file:
            assert len(file.read()) == MOST


async def test_a_picture_that_is_declared_too_large_is_not_read() -> None:
    head = answer(200, b"", length=MOST + 1)
    async with raw_server([*head, HANG]) as server:
        with pytest.raises(ImageTooLarge, match=r"100,000 bytes"):
            await fetch(server)
    assert len(server.requests) == 1


async def test_a_picture_that_turns_out_too_large_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    async with raw_server([head, b"x" * (MOST + 1), HANG]) as server:
        with pytest.raises(ImageTooLarge, match=r"127\.0\.0\.1"):
            await fetch(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_a_picture_that_is_not_there_is_gone(status: int) -> None:
    async with raw_server(answer(status)) as server:
        with pytest.raises(ImageDownloadFailed, match=str(status)) as caught:
            await fetch(server)
    assert caught.value.gone
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 401, 403])
async def test_an_answer_that_is_no_picture_is_refused_at_once(status: int) -> None:
    body = b"" if status in (204, 304) else PICTURE
    async with raw_server(answer(status, body, length=len(body))) as server:
        with pytest.raises(ImageDownloadFailed, match=f"answered {status} instead of the picture") as caught:
            await fetch(server)
    assert not caught.value.gone
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_failure_that_may_pass_is_tried_once_more(status: int) -> None:
    async with raw_server(answer(status), answer(200, PICTURE)) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE
    assert len(server.requests) == 2


async def test_a_failure_that_does_not_pass_is_told_after_the_second_try() -> None:
    async with raw_server(answer(503)) as server:
        with pytest.raises(ImageDownloadFailed, match="answered 503") as caught:
            await fetch(server)
    assert not caught.value.gone
    assert len(server.requests) == 2


CUT: dict[str, Script] = {
    "reset in the middle": [*answer(200, PICTURE[:200], length=len(PICTURE)), Reset()],
    "closed before the declared end": answer(200, PICTURE, length=len(PICTURE) + 1),
    "chunks without an end": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"],
    "reset before any answer": [Reset()],
    "closed without an answer": [b""],
    "not HTTP": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    "a header without an end": [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000],
    "a length that is no number": [b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nab"],
}


@pytest.mark.parametrize("script", CUT.values(), ids=CUT)
async def test_a_connection_that_breaks_twice_is_a_truncated_picture(script: Script) -> None:
    async with raw_server(script) as server:
        with pytest.raises(ImageTruncated, match=r"connection to 127\.0\.0\.1 broke"):
            await fetch(server)
    assert len(server.requests) == 2


@pytest.mark.parametrize("script", CUT.values(), ids=CUT)
async def test_a_connection_that_breaks_once_is_mended_by_the_second_try(script: Script) -> None:
    async with raw_server(script, answer(200, PICTURE)) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE


async def test_a_picture_without_a_length_that_is_cut_off_is_found_out_by_the_gate() -> None:
    async with raw_server([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", PICTURE[:-20]]) as server:
        with await fetch(server) as file, pytest.raises(Unfit):
            inspect(file, 100_000)


async def test_a_connection_that_breaks_beneath_its_encryption_is_a_truncated_picture(tls: Tls) -> None:
    script: Script = [*answer(200, PICTURE[:200], length=len(PICTURE)), Beneath(NO_RECORD)]
    async with raw_server(script, answer(200, PICTURE), tls=tls.server) as server:
        with await fetch(server, tls=tls.client) as file:
            assert file.read() == PICTURE
    async with raw_server(script, tls=tls.server) as server:
        with pytest.raises(ImageTruncated, match=r"connection to 127\.0\.0\.1 broke"):
            await fetch(server, tls=tls.client)
    assert len(server.requests) == 2


async def test_a_certificate_that_nobody_vouches_for_is_a_host_that_cannot_be_reached(tls: Tls) -> None:
    async with raw_server(answer(200, PICTURE), tls=tls.server) as server:
        with pytest.raises(ImageDownloadFailed, match="could not be reached"):
            await fetch(server)
    assert server.requests == []


async def test_the_second_try_comes_after_a_moment_and_there_is_no_third() -> None:
    started = time.monotonic()
    async with raw_server(answer(503)) as server:
        with pytest.raises(ImageDownloadFailed, match="answered 503"):
            await fetch(server, pause=(0.2, 0.25))
    assert 0.2 <= time.monotonic() - started < 5
    assert len(server.requests) == 2


async def test_the_second_try_is_inside_of_the_deadline() -> None:
    async with raw_server(answer(503)) as server:
        with pytest.raises(ImageDownloadFailed, match=r"did not deliver the picture within"):
            await fetch(server, seconds=0.2, pause=(30, 30))
    assert len(server.requests) == 1


async def test_a_host_that_refuses_connections_cannot_be_reached() -> None:
    async with nobody_listening() as origin:
        downloads, network = downloading(origin)
        with pytest.raises(ImageDownloadFailed, match="could not be reached"):
            await downloads.fetch(f"{origin}/a.png")
    assert network.dialled == ["127.0.0.1"] * 2


SLOW: dict[str, Script] = {
    "says nothing": [HANG],
    "drips its header": [Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, 0.02)],
    "drips its body": [*answer(200, b"", length=1000), Drip(PICTURE, 0.02)],
    "never gets to the point": [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5,
        Drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.02),
    ],
    "moves for ever": [Drip(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n" * 100, 0.02)],
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
async def test_a_slow_host_is_given_up_at_the_deadline(script: Script) -> None:
    started = time.monotonic()
    async with raw_server(script) as server:
        with pytest.raises(ImageDownloadFailed, match="did not deliver the picture within") as caught:
            await fetch(server, seconds=0.2)
    assert time.monotonic() - started < 5
    assert not caught.value.gone
    assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "gzip, gzip", "compress"])
async def test_a_picture_in_an_encoding_that_is_not_unpacked_is_refused(encoding: str) -> None:
    async with raw_server(answer(200, PICTURE, f"Content-Encoding: {encoding}")) as server:
        with pytest.raises(ImageDownloadFailed, match="encoding"):
            await fetch(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "header", ["aws-chunked", "Identity", "IDENTITY", "utf-8", "UTF-8, identity", "none", "binary", "", "image/png"]
)
async def test_an_encoding_that_packs_nothing_is_read_as_it_is(header: str) -> None:
    async with raw_server(answer(200, PICTURE, f"Content-Encoding: {header}")) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE


PACKED = {
    "gzip": gzip.compress(PICTURE),
    "X-GZip": gzip.compress(PICTURE),
    "aws-chunked, gzip": gzip.compress(PICTURE),
    "deflate": zlib.compress(PICTURE),
    "Deflate": zlib.compress(PICTURE, wbits=-15),
}


@pytest.mark.parametrize(("header", "body"), PACKED.items())
async def test_a_picture_that_is_packed_is_unpacked(header: str, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {header}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with raw_server([head + body[:1], Pause(0.01), body[1:100], Pause(0.01), body[100:]]) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE


async def test_what_unpacks_to_more_than_is_taken_is_not_unpacked_to_its_end() -> None:
    async with raw_server(answer(200, zeros(200, gzipped=True), "Content-Encoding: gzip")) as server:
        with pytest.raises(ImageTooLarge, match="100,000 bytes"):
            await fetch(server)


async def test_a_packed_picture_that_is_cut_off_is_fetched_once_more() -> None:
    packed = gzip.compress(PICTURE)
    cut, whole = (answer(200, body, "Content-Encoding: gzip") for body in (packed[:-9], packed))
    async with raw_server(cut, whole) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE
    async with raw_server(cut) as server:
        with pytest.raises(ImageTruncated, match="in the middle"):
            await fetch(server)


async def test_what_is_not_packed_as_it_says_is_refused() -> None:
    async with raw_server(answer(200, PICTURE, "Content-Encoding: gzip")) as server:
        with pytest.raises(ImageDownloadFailed, match="encoding"):
            await fetch(server)


FORGIVEN = {
    "a blank before a colon": ["Access-Control-Allow-Origin : *", "Content-Length : {length}"],
    "a line without a colon": ["this is no field", "Content-Length: {length}"],
    "a line without a name": [": nothing", "Content-Length: {length}"],
    "a name with a blank in it": ["X Powered By: somebody", "Content-Length: {length}"],
    "a name that is no ASCII": ["X-\u00c4: somebody", "Content-Length: {length}"],
    "a control in a value": ["X-Cache: HIT\x01", "Content-Length: {length}"],
    "a folded line": ["X-Cache: HIT,", "  from somewhere", "Content-Length: {length}"],
    "a folded line at first": [" nothing before", "Content-Length: {length}"],
    "no coding of the transfer": ["Transfer-Encoding: identity", "Content-Length: {length}"],
    "a length twice": ["Content-Length: {length}", "Content-Length: {length}"],
}


@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("lines", FORGIVEN.values(), ids=FORGIVEN)
async def test_a_head_that_a_browser_forgives_is_read(lines: list[str], end: str) -> None:
    told = [line.format(length=len(PICTURE)) for line in lines]
    head = end.join(["HTTP/1.1 200 OK", *told, "", ""]).encode("latin-1")
    for script in ([head + PICTURE], [head[:20], Pause(0.01), head[20:], Pause(0.01), PICTURE]):
        async with raw_server([b"HTTP/1.1 103 Early Hints\r\nLink : x\r\n\r\n", *script]) as server:
            with await fetch(server) as file:
                assert file.read() == PICTURE


@pytest.mark.parametrize("status", ["200", "200 ", "200 Ganz gut, \u00e4h \x01", "203 Non-Authoritative Information"])
async def test_whatever_a_status_is_called_it_is_that_status(status: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(PICTURE)}\r\n\r\n".encode("latin-1")
    async with raw_server([head + PICTURE]) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE


async def test_a_head_is_forgiven_beneath_encryption_as_well(tls: Tls) -> None:
    async with raw_server(answer(200, PICTURE, "X-Odd : yes"), tls=tls.server) as server:
        downloads, _ = downloading(server.url, tls=tls.client)
        with await downloads.fetch(f"{server.url}/a.png") as file:
            assert file.read() == PICTURE


ENCODED = {
    "/Mara Quill 01.png": "/Mara%20Quill%2001.png",
    "/肖像/Zoë.png?who=Zoë": "/%E8%82%96%E5%83%8F/Zo%C3%AB.png?who=Zo%C3%AB",
    "/👩\u200d🎨.png": "/%F0%9F%91%A9%E2%80%8D%F0%9F%8E%A8.png",
    "/a\u00a0b\u3000c.png": "/a%C2%A0b%E3%80%80c.png",
    '/"<`{}>.png?"<`{}>': "/%22%3C%60%7B%7D%3E.png?%22%3C`{}%3E",
    "/100%.png": "/100%.png",
    "/a%2Fb.png?sig=a%2Fb+c": "/a%2Fb.png?sig=a%2Fb+c",
    "/m.png?token=" + "Ab9%2FzK" * 1000: "/m.png?token=" + "Ab9%2FzK" * 1000,
}


@pytest.mark.parametrize(("path", "wired"), ENCODED.items())
async def test_an_address_is_encoded_as_browsers_encode_it(path: str, wired: str) -> None:
    async with raw_server(answer(200, PICTURE)) as server:
        (await fetch(server, path)).close()
    assert server.requests[0].target == wired


@pytest.mark.parametrize(
    ("location", "wired"),
    [
        ("/肖像/Zoë.png".encode(), "/%E8%82%96%E5%83%8F/Zo%C3%AB.png"),
        ("/Zoë.png".encode("latin-1"), "/Zo%EB.png"),
        (b"/Mara Quill 01.png", "/Mara%20Quill%2001.png"),
        (b"b.png?a=b c", "/b.png?a=b%20c"),
    ],
)
async def test_a_redirect_is_encoded_as_browsers_encode_it(location: bytes, wired: str) -> None:
    moved_to: Script = [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"]
    async with raw_server(moved_to, answer(200, PICTURE)) as server:
        (await fetch(server)).close()
    assert [request.target for request in server.requests] == ["/a.png", wired]


@pytest.mark.parametrize("status", [202, 403, 404, 425, 429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", 0), ("Retry-After: 7", 7), ("Retry-After: soon", 0), ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
async def test_it_is_told_when_a_host_may_have_a_new_picture(status: int, header: str, seconds: float) -> None:
    async with raw_server(answer(status, b"", *filter(None, [header]))) as server:
        with pytest.raises(ImageDownloadFailed) as caught:
            await fetch(server)
    assert caught.value.again_after == seconds
    assert len(server.requests) == (2 if status in (429, 503) and not header else 1)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_up_to_three_redirects_are_followed(status: int, count: int) -> None:
    hops = [moved(f"/hop{index}?x=1", status) for index in range(count)]
    async with raw_server(*hops, answer(200, PICTURE)) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE
        asked = [request.line for request in server.requests]
    assert asked == ["GET /a.png HTTP/1.1", *(f"GET /hop{index}?x=1 HTTP/1.1" for index in range(count))]


async def test_a_fourth_redirect_is_not_followed() -> None:
    async with raw_server(moved("/again")) as server:
        with pytest.raises(ImageDownloadFailed, match="redirected more than 3 times"):
            await fetch(server)
    assert len(server.requests) == 4


async def test_a_redirect_without_a_location_leads_nowhere() -> None:
    async with raw_server(answer(302)) as server:
        with pytest.raises(ImageError):
            await fetch(server)


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:1/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a.png",
        "https://localhost/a.png",
        "//127.0.0.1:1/a.png",
        "file:///etc/passwd",
        "https://evil.example:8443/a.png",
        "http://[",
        "https://[::1/",
        "https://ex\u00e2\u0084\u0080.example/",
    ],
)
async def test_a_redirect_to_where_no_picture_may_come_from_is_refused_and_not_dialled(to: str) -> None:
    script: Script = [b"HTTP/1.1 302 Found\r\nLocation: " + to.encode("latin-1") + b"\r\n\r\n"]
    async with raw_server(script) as server:
        downloads, network = downloading(server.url)
        with pytest.raises(ImageUrlRefused):
            await downloads.fetch(f"{server.url}/a.png")
    assert network.dialled == ["127.0.0.1"]
    assert len(server.requests) == 1


async def test_a_redirect_leads_to_another_host_only_where_that_one_is_listed() -> None:
    async with raw_server(answer(200, PICTURE)) as target, raw_server(moved(f"{target.url}/b.png")) as server:
        with await fetch(server, hosts=(f"127.0.0.1:{target.port}",)) as file:
            assert file.read() == PICTURE
        with pytest.raises(ImageUrlRefused):
            await fetch(server)
    assert len(target.requests) == 1
    assert target.requests[0].header("Host") == f"127.0.0.1:{target.port}"


async def test_each_download_has_a_connection_of_its_own() -> None:
    kept_open: Script = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", HANG]
    async with raw_server(kept_open) as server:
        downloads, _ = downloading(server.url)
        for _ in range(3):
            (await downloads.fetch(f"{server.url}/a.png")).close()
    assert server.connections == 3


async def test_nothing_of_a_first_try_that_broke_is_in_the_file() -> None:
    longer, whole = answer(200, PICTURE + b"more than comes later", length=100_000), answer(200, PICTURE)
    async with raw_server(longer, whole) as server:
        with await fetch(server) as file:
            assert file.read() == PICTURE
    assert len(server.requests) == 2
