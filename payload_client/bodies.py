"""What a request carries: JSON, a form in place of a query, or a file with its fields."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Protocol
from urllib.parse import urlencode

from payload_client.wire import to_json

Content = bytes | AsyncIterator[bytes]


class Body(Protocol):
    """A body. `headers` go with it; `repeatable`: it can be opened again for another try."""

    @property
    def headers(self) -> dict[str, str]:
        """Its own headers."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether `open` can be called again."""
        ...

    def open(self) -> Content:
        """Its bytes from the start."""
        ...


class Bytes:
    """A body that is in memory."""

    repeatable = True

    def __init__(self, content: bytes, headers: dict[str, str]) -> None:
        self.headers = headers
        self._content = content

    def open(self) -> bytes:
        """Its bytes."""
        return self._content


def json_body(value: object) -> Bytes:
    """The value as JSON. Raises `InvalidCall` for what Payload cannot keep."""
    return Bytes(to_json(value), {"Content-Type": "application/json"})


def form_body(fields: dict[str, object]) -> Bytes:
    """Fields as `multipart/form-data`, each of them JSON."""
    boundary = token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + to_json(value) + b"\r\n"
        for name, value in fields.items()
    ]
    content = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    return Bytes(content, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def query_body(pairs: list[tuple[str, str]]) -> Bytes:
    """A query too long for an address, as a POST that Payload reads as a GET.

    The content type must be exactly this, and nothing may stand behind `?`: with a charset, or with any query, Payload
    3.90 drops the filter without a word (`handleEndpoints`).
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Payload-HTTP-Method-Override": "GET"}
    return Bytes(urlencode(pairs).encode(), headers)
