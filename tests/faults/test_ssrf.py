"""A4: nothing is ever connected to that pictures may not come from, whatever an address, a name or a redirect says.

Everything that is dialled here ends in a trap: a listening socket of the test's own, which counts beside the network.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import reduce

import httpcore
import msgspec
import pytest
from PIL import Image

from app.errors import ImageDownloadFailed, ImageUrlRefused
from app.ingest import Allowed, Downloads, GuardedNetwork
from app.limits import Limits
from tests.faults.matrix import cell
from tests.support.addresses import NEVER, NO_ADDRESS, spellings
from tests.support.between import Fault
from tests.support.dialling import Dialling
from tests.support.faulty_world import FaultyWorld
from tests.support.raw_server import RawServer, Script, answer, json_answer, raw_server

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"]
ELSEWHERE = "93.184.216.35"
NAME = "img.example.com"
PICTURE = answer(200, b"bytes")
CLOSED: Script = [b""]


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    return file.getvalue()


def moved(to: str) -> Script:
    return [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to.encode() + b"\r\n\r\n"]


class Names:
    """A name server. Each look-up of a name gets the next of its answers, and the last one from then on."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers
        self.told: list[list[str]] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        """What the name is now; numbers are what they are."""
        known = self._answers.get(host.partition(".")[0])
        if known is None:
            raise httpcore.ConnectError(host)
        self.told.append(known.pop(0) if len(known) > 1 else known[0])
        return self.told[-1]


class Caught(msgspec.Struct, frozen=True):
    """Downloads whose every connection ends in the trap."""

    downloads: Downloads
    network: Dialling
    trap: RawServer


@asynccontextmanager
async def caught(*scripts: Script, hosts: tuple[str, ...] = (), names: Names | None = None) -> AsyncIterator[Caught]:
    """Downloads in a trap that plays these scripts. Numbers are looked up for real, names only among these."""
    async with raw_server(*(scripts or [PICTURE])) as trap:
        network = Dialling(trap.port)
        guarded = GuardedNetwork(Allowed(hosts, []), names.resolve if names else None, network)
        downloads = Downloads(guarded, max_bytes=1000, seconds=20, limits=Limits(second_try_seconds=(0, 0)))
        yield Caught(downloads, network, trap)


@pytest.mark.parametrize("number", PUBLIC)
async def test_the_trap_catches_what_is_dialled(number: str) -> None:
    async with caught(names=Names(img=[[number]])) as here:
        with await here.downloads.fetch(f"https://{NAME}/a.png") as file:
            assert file.read() == b"bytes"
    assert here.network.dialled == [number]
    assert here.trap.connections == 1
    assert here.trap.requests[0].header("Host") == NAME


@pytest.mark.parametrize("spelling", range(3), ids=["as it is", "in one piece", "in another way"])
@pytest.mark.parametrize("number", [cell(f"A4-02 {number}", number) for number in NEVER])
async def test_an_address_that_is_not_public_is_never_dialled_however_it_is_written(number: str, spelling: int) -> None:
    address = f"https://{spellings(number)[spelling]}/a.png"
    async with caught() as here:
        with pytest.raises(ImageUrlRefused):
            await here.downloads.fetch(address)
    assert (here.network.dialled, here.trap.connections) == ([], 0)


@pytest.mark.parametrize("number", [cell(f"A4-02 behind a name {number}", number) for number in NEVER])
async def test_a_name_with_an_address_that_is_not_public_is_never_dialled(number: str) -> None:
    async with caught(names=Names(img=[[number]])) as here:
        with pytest.raises(ImageUrlRefused, match=rf"{NAME} has an address that is not public"):
            await here.downloads.fetch(f"https://{NAME}/a.png")
    assert (here.network.dialled, here.trap.connections) == ([], 0)


@pytest.mark.parametrize("number", [cell(f"A4-03 {number}", number) for number in NEVER])
async def test_a_name_with_a_bad_address_among_good_ones_is_never_dialled(number: str) -> None:
    for numbers in itertools.permutations([number, *PUBLIC[:2]]):
        async with caught(names=Names(img=[list(numbers)])) as here:
            with pytest.raises(ImageUrlRefused, match=rf"{NAME} has an address that is not public"):
                await here.downloads.fetch(f"https://{NAME}/a.png")
        assert (here.network.dialled, here.trap.connections) == ([], 0)


@pytest.mark.parametrize("hosts", [(), (NAME,), ("*.example.com",)], ids=["any host", "listed", "listed by a star"])
@pytest.mark.parametrize(
    ("scripts", "times"),
    [
        cell("A4-04 one connection", [PICTURE], 1),
        cell("A4-04 a second try", [CLOSED, PICTURE], 1),
        cell("A4-04 a redirect to itself", [moved("/b.png"), PICTURE], 1),
    ],
)
async def test_a_name_that_changes_after_it_was_checked_leads_nowhere_else(
    scripts: list[Script], times: int, hosts: tuple[str, ...]
) -> None:
    names = Names(img=[PUBLIC[:1], ["127.0.0.1"]])
    async with caught(*scripts, hosts=hosts, names=names) as here:
        if len(scripts) == 1:
            (await here.downloads.fetch(f"https://{NAME}/a.png")).close()
        else:
            with pytest.raises(ImageUrlRefused):
                await here.downloads.fetch(f"https://{NAME}/a.png")
    assert here.network.dialled == PUBLIC[:1]
    assert here.trap.connections == times
    assert len(names.told) == len(scripts)  # each connection is looked up once, and goes where that look-up said


@pytest.mark.parametrize(
    "answers", [cell(f"A4-04 {''.join(answers)}", answers) for answers in itertools.product("pim", repeat=3)]
)
async def test_what_is_dialled_was_found_good_in_the_same_look_up(answers: tuple[str, ...]) -> None:
    said = {"p": PUBLIC[:1], "i": ["10.0.0.1"], "m": [*PUBLIC[1:2], "169.254.169.254"]}
    names = Names(img=[said[one] for one in answers])
    async with caught(moved(f"https://{NAME}/b.png"), moved("/c.png"), PICTURE, names=names) as here:
        with suppress(ImageUrlRefused):
            (await here.downloads.fetch(f"https://{NAME}/a.png")).close()
    good = list(itertools.takewhile(lambda one: one == "p", answers))
    assert here.network.dialled == PUBLIC[:1] * len(good)
    assert here.trap.connections == len(good)


def leading_astray() -> Iterator[str]:
    """Where a redirect must not lead to."""
    yield from (f"https://{spelling}/a.png" for number in NEVER for spelling in spellings(number))
    # What turns a line is encoded in a redirect, as by a browser: its bytes are not characters yet.
    otherwise = set("\r\n\t\ud800\u202e\u2028")
    yield from (one for one in NO_ADDRESS if re.match(r"\w+://[^/]", one) and not set(one) & otherwise)
    yield from ("https://inside.example.com/", "https://evil-img.example.com/", f"http://{NAME}/", f"//{NAME}:8443/")


@pytest.mark.parametrize("hops", [1, 3])
@pytest.mark.parametrize("address", [cell(f"A4-05 {ascii(one)[1:60]}", one) for one in leading_astray()])
async def test_a_redirect_leads_nowhere_that_an_address_may_not(address: str, hops: int) -> None:
    names = Names(img=[PUBLIC[:1]], inside=[["10.0.0.1"]])
    on_the_way = [moved(f"/{hop}.png") for hop in range(1, hops)]
    hosts = (NAME, "inside.example.com")
    async with caught(*on_the_way, moved(address), PICTURE, hosts=hosts, names=names) as here:
        with pytest.raises(ImageUrlRefused):
            await here.downloads.fetch(f"https://{NAME}/a.png")
    assert here.network.dialled == PUBLIC[:1] * hops
    assert here.trap.connections == hops


@pytest.mark.parametrize("count", [cell(f"A4-06 {count}", count) for count in (1, 2, 3, 4)])
async def test_up_to_three_redirects_are_followed_to_public_hosts_each_of_them_checked(count: int) -> None:
    names = Names(img=[PUBLIC[:1]], a=[[ELSEWHERE]], b=[PUBLIC[1:2]])
    hops = [moved("https://a.example.com/1"), moved("/2"), moved("https://b.example.com/3"), moved("/4")]
    dialled = [PUBLIC[0], ELSEWHERE, ELSEWHERE, PUBLIC[1]]
    async with caught(*hops[:count], PICTURE, names=names) as here:
        if count <= 3:
            (await here.downloads.fetch(f"https://{NAME}/a.png")).close()
        else:
            with pytest.raises(ImageDownloadFailed, match="redirected more than 3 times"):
                await here.downloads.fetch(f"https://{NAME}/a.png")
    assert here.network.dialled == dialled[: count + 1]
    assert len(names.told) == here.trap.connections == min(count + 1, 4)


LIBRARY, TRAP = "127.0.0.1:{library}", "127.0.0.1:{trap}"
AT_THE_TRAP = [
    f"http://{TRAP}/a.png",
    f"https://{TRAP}/a.png",
    f"//{TRAP}/b.png",
    f"ftp://{TRAP}/a.png",
    f"gopher://{TRAP}/",
    f"http:/\\{TRAP}/a.png",
    f"\\\\{TRAP}\\a.png",
    f" http://{TRAP}/c.png",
    f"http://user:secret@{TRAP}/a.png",
    f"http://{LIBRARY}@{TRAP}/a.png",
    f"http://{LIBRARY}\\@{TRAP}/a.png",
    f"http://{LIBRARY}#@{TRAP}/../a.png" + "\\",
    f"http://{TRAP}\\@{LIBRARY}/a.png",
    f"http://{TRAP}&@{LIBRARY}#@{LIBRARY}/",
    f"http://{TRAP}\r\nX-Evil: 1/a.png",
    f"http://{TRAP}/a\r\n\r\nGET / HTTP/1.1",
    f"http://{TRAP}/d\t.png",
    "http://localhost:{trap}/a.png",
    "https://localhost/a.png",
    "https://localhost:{trap}/a.png",
    "http://localhost.:{trap}/a.png",
    "http://LOCALHOST:{trap}/a.png",
    "http://2130706433:{trap}/a.png",
    "https://2130706433/a.png",
    "http://017700000001:{trap}/a.png",
    "http://0x7f.1:{trap}/a.png",
    "http://127.1:{trap}/a.png",
    "http://0.0.0.0:{trap}/a.png",
    "http://0:{trap}/a.png",
    "http://[::1]:{trap}/a.png",
    "http://[::ffff:127.0.0.1]:{trap}/a.png",
    "http://[::ffff:7f00:1]:{trap}/a.png",
    "http://[64:ff9b::7f00:1]:{trap}/a.png",
    "http://127\uff0e0\uff0e0\uff0e1:{trap}/a.png",
    "http://127\u30020\u30020\u30021:{trap}/a.png",
    "http://\u2460\u2461\u2466.0.0.1:{trap}/a.png",
    "http://\uff11\uff12\uff17.0.0.1:{trap}/a.png",
    "http://%31%32%37.0.0.1:{trap}/a.png",
    "http://127.0.0.1%00:{trap}/a.png",
    "http://127.0.0.1:0{trap}/a.png",
    "http://127.0.0.1:{trap}0/a.png",
    "http://127.0.0.1:99999/a.png",
    "http://xn--/a.png",
    "http://127.0.0.1 {library}:{trap}/a.png",
    "file:///etc/passwd",
    "data:image/png;base64,iVBORw0KGgo=",
    "http://" + "a" * 300 + ".test:{trap}/a.png",
    "http://127.0.0.1:{trap}/" + "a" * 8192,
]


@pytest.mark.parametrize("at_once", [cell("A4-01 in an answer", True), cell("A4-05 in a redirect", False)])
async def test_no_address_that_the_library_answers_leads_into_a_trap(world: FaultyWorld, at_once: bool) -> None:
    character, before = await world.character(), await world.media_count()
    async with raw_server(answer(200, picture())) as trap:
        ports = {"{trap}": str(trap.port), "{library}": str(world.library.port)}
        bad = [reduce(lambda one, port: one.replace(*port), ports.items(), address) for address in AT_THE_TRAP]
        moving = {f"/hop/{index}": address for index, address in enumerate(bad) if address.isascii()}
        asked = bad if at_once else [world.library.url + path for path in moving]
        for path, address in moving.items():
            world.library.order(Fault(method="GET", path=f"{path}$", instead=moved(address)))
        world.library.order(Fault(method="GET", path="/good$", instead=answer(200, picture())))
        made = json_answer(200, {"images": [f"{world.library.url}/good", *asked]})
        world.library.order(Fault(method="POST", path="generate-360-set", instead=made))
        async with world.api() as api:
            told = await api.post(character.url("generate-360-set"), json={})
    assert trap.connections == 0
    assert told.status_code == 207, told.text
    assert len(told.json()["images"]) == 1
    assert len(told.json()["failures"]) == len(asked)
    assert [failure for failure in told.json()["failures"] if failure["code"] != "image_url_refused"] == []
    assert len(world.library.asked("GET", "/(good|hop)")) == (1 if at_once else 1 + len(asked))
    assert await world.media_count() == before + 1
