"""Which addresses pictures may be fetched from: judged by name before, and by number at, every connection."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpcore
import httpx
import msgspec

from app.errors import ImageUrlRefused
from app.ingest.response_head import ForgivingStream
from app.limits import ADDRESS, Limits

_RESOLVERS = ThreadPoolExecutor(8, "resolve")  # a name server that hangs holds up nobody else's thread
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f.]*:[0-9a-f:.]*")  # a name, or IPv4, or IPv6
_JOINERS = "\u200c\u200d"  # in words of some languages, and in emoji
_DEFAULT_PORTS = {"http": 80, "https": 443}
# `is_global` of the standard library lets these through.
_NEVER = [
    ipaddress.ip_network(network)
    for network in (
        *("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "198.18.0.0/15", "240.0.0.0/4"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        *("5f00::/16", "100::/64", "fec0::/10"),
    )
]


Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Every address of a host, as numbers. Raises `httpcore.ConnectError` where there is none."""


class Target(msgspec.Struct, frozen=True):
    """Where one request may go. `trusted`: named by the operator with its port, so it may be private."""

    host: str
    port: int
    trusted: bool


class Allowed:
    """The hosts that pictures may be fetched from.

    An entry with a port is trusted on exactly that port, also private and over plain http, and so is each of
    `origins`. An entry without a port is https on a public address, and where there is no entry at all so is any
    host. Hosts are compared as they go over the wire: lower case, international names in punycode.
    """

    def __init__(self, entries: Iterable[str], origins: Iterable[str], *, elsewhere: bool = True) -> None:
        listed = [entry.lower() for entry in entries]
        self._trusted = {_host_and_port(entry) for entry in listed if _has_port(entry)}
        self._trusted |= {(_wired(url), url.port or _DEFAULT_PORTS[url.scheme]) for url in map(httpx.URL, origins)}
        self._hosts = [entry for entry in listed if not _has_port(entry)]
        self._any = elsewhere and not listed

    def target(self, address: str) -> tuple[httpx.URL, Target]:
        """The parsed address and where it leads. Raises `ImageUrlRefused`, which names the host."""
        url = _parse(address)
        host, port = _wired(url), _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
        if (host, port) in self._trusted and url.scheme in _DEFAULT_PORTS:
            return url, Target(host, port, trusted=True)
        if url.scheme != "https" or port != _DEFAULT_PORTS["https"] or not self._lists(host):
            raise ImageUrlRefused(
                f"Pictures may not be fetched from {url.scheme}://{host} (port {port}). "
                "An operator can allow it with IMAGE_HOSTS."
            )
        return url, Target(host, port, trusted=False)

    def trusts(self, host: str, port: int) -> bool:
        """Whether a private address is fine there."""
        return (host, port) in self._trusted

    def _lists(self, host: str) -> bool:
        return self._any or any(
            host.endswith(entry[1:]) if entry.startswith("*.") else host == entry for entry in self._hosts
        )


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves once, refuses if any address is bad, and dials the numbers: a name cannot change in between.

    `network` is what dials.
    """

    def __init__(
        self,
        allowed: Allowed,
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self.allowed = allowed
        self._resolve = resolve or partial(_resolve, seconds=limits.resolve_seconds)
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host whose every address is public, or that the operator trusts."""
        numbers = await self._resolve(host, port)
        if not self.allowed.trusts(host, port) and not all(map(is_public, numbers)):
            raise ImageUrlRefused(
                f"{host} has an address that is not public; pictures are not fetched from it. "
                "An operator can allow a host with its port with IMAGE_HOSTS."
            )
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for number in dict.fromkeys(numbers):
            try:
                dialled = await self._network.connect_tcp(number, port, timeout, local_address, socket_options)
                return ForgivingStream(dialled)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error  # nobody there; the host may have another address
        raise failed

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:  # noqa: ASYNC109 - httpcore's signature
        """Refuse: no picture is behind a socket file."""
        raise ImageUrlRefused("Pictures are fetched over the network only.")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own retries, of which there are none."""
        await self._network.sleep(seconds)


def is_public(number: str) -> bool:
    """Whether an IP address is a public unicast one, also when it is wrapped in another notation."""
    address = ipaddress.ip_address(number.partition("%")[0])
    unwrapped = getattr(address, "ipv4_mapped", None) or address
    barred = unwrapped.is_multicast or unwrapped.is_reserved or unwrapped.is_unspecified or "%" in number
    listed = any(unwrapped in network for network in _NEVER if network.version == unwrapped.version)
    return bool(unwrapped.is_global and not barred and not listed)


async def _resolve(host: str, port: int, *, seconds: float) -> list[str]:
    try:
        async with asyncio.timeout(seconds):
            ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
            answers = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} has no address") from error
    return [str(entry[4][0]) for entry in answers]


def _parse(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
        host = url.host  # decodes punycode, or finds that it is none
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ImageUrlRefused("The picture's address is not one that can be fetched.") from error
    odd = url.userinfo or len(address) > ADDRESS or "\\" in address or not _HOST.fullmatch(_wired(url))
    if odd or not all(map(_is_text, address)):
        raise ImageUrlRefused(f"The picture's address ({host[:253] or 'no host'}) is not one that is fetched.")
    return url


def _is_text(one: str) -> bool:
    """Whether a character may be in a path or query, where it is encoded: any but controls and what turns a line."""
    return one.isprintable() or one in _JOINERS or unicodedata.category(one) == "Zs"


def _wired(url: httpx.URL) -> str:
    """The host as it goes over the wire."""
    return url.raw_host.decode("ascii").lower()


def _has_port(entry: str) -> bool:
    return entry.rpartition(":")[2].isdigit() and (entry.count(":") == 1 or entry.startswith("["))


def _host_and_port(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    return host.strip("[]"), int(port)
