"""No picture is fetched from where it must not be: judged by name before, and by number at, every connection."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore
import pytest

from app.errors import ImageDownloadFailed, ImageUrlRefused
from app.ingest import Allowed, Downloads, GuardedNetwork
from app.ingest.egress import is_public
from app.limits import Limits
from tests.support.addresses import DISGUISED, NEVER, NO_ADDRESS
from tests.support.dialling import Dialling
from tests.support.raw_server import answer, nobody_listening, raw_server

LIBRARY = "http://library.test:3000/base"

IPV4_NEVER = [number for number in NEVER if ":" not in number]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "93.184.216.34", "::ffff:8.8.8.8", "172.15.255.255"]

LITERAL = [f"https://[{number}]/" if ":" in number else f"https://{number}/" for number in NEVER if "%" not in number]

Resolve = Callable[[str, int], Awaitable[list[str]]]


def always(*numbers: str) -> Resolve:
    """A resolver that knows one answer."""

    async def resolve(host: str, port: int) -> list[str]:
        return list(numbers)

    return resolve


def through(entry: str, *numbers: str) -> tuple[GuardedNetwork, Dialling]:
    """A network that trusts one host, which has these addresses, and what it dials."""
    network = Dialling()
    return GuardedNetwork(Allowed([entry], []), always(*numbers), network), network


async def refused(address: str, allowed: Allowed) -> list[str]:
    """What was dialled on the way to the refusal."""
    network = Dialling()
    downloads = Downloads(GuardedNetwork(allowed, network=network), max_bytes=1000, seconds=5)
    with pytest.raises(ImageUrlRefused):
        await downloads.fetch(address)
    return network.dialled


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


async def test_a_trusted_host_may_be_private_and_its_number_is_what_is_dialled() -> None:
    async with raw_server(answer(200)) as server:
        guarded, network = through(f"minio:{server.port}", "127.0.0.1")
        stream = await guarded.connect_tcp("minio", server.port)
        await stream.aclose()
    assert network.dialled == ["127.0.0.1"]
    assert server.connections == 1


async def test_where_one_address_of_a_host_does_not_answer_the_next_one_is_dialled() -> None:
    async with raw_server(answer(200)) as server:
        guarded, network = through(f"minio:{server.port}", "127.0.0.2", "127.0.0.1")
        stream = await guarded.connect_tcp("minio", server.port)
        await stream.aclose()
    assert network.dialled == ["127.0.0.2", "127.0.0.1"]


async def test_a_host_none_of_whose_addresses_answers_cannot_be_reached() -> None:
    async with nobody_listening() as origin:
        port = int(origin.rpartition(":")[2])
        guarded, network = through(f"minio:{port}", "127.0.0.1", "127.0.0.1")
        with pytest.raises(httpcore.ConnectError):
            await guarded.connect_tcp("minio", port)
    assert network.dialled == ["127.0.0.1"]


async def test_a_name_that_nobody_knows_is_a_failed_download_and_no_refusal() -> None:
    network = Dialling()
    guarded, at_once = GuardedNetwork(Allowed([], []), network=network), Limits(second_try_seconds=(0, 0))
    downloads = Downloads(guarded, max_bytes=1000, seconds=30, limits=at_once)
    with pytest.raises(ImageDownloadFailed, match=r"pictures\.invalid could not be reached"):
        await downloads.fetch("https://pictures.invalid/a.png")
    assert network.dialled == []


async def test_name_servers_that_hang_are_given_up_and_hold_up_no_other_look_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hanging, real = threading.Event(), socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        return hanging.wait(20) if host == "hangs.test" else real(host, *arguments, **options)

    # The system reads its own configuration to find name servers: a hanging one cannot be set up without root.
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    guarded = GuardedNetwork(Allowed([], []), limits=Limits(resolve_seconds=0.1))
    try:
        asked = [guarded.connect_tcp("hangs.test", 443) for _ in range(60)]
        failed = await asyncio.gather(*asked, return_exceptions=True)
        found = await asyncio.wait_for(asyncio.get_running_loop().getaddrinfo("127.0.0.1", 443), 5)
    finally:
        hanging.set()
    assert {type(error) for error in failed} == {httpcore.ConnectError}
    assert found


async def test_a_socket_file_is_never_opened() -> None:
    with pytest.raises(ImageUrlRefused):
        await GuardedNetwork(Allowed([], [])).connect_unix_socket("/run/docker.sock")
