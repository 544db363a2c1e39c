"""`python -m tests.bench.drawn`: a Character Library that has drawn everything already, so that it is no limit.

A set is answered at once, with an address for each image: `/images/{megabytes}/{milliseconds}/{name}`, which answers an
image of that size after that time. Which it is stands in the character's library id: `{megabytes}-{milliseconds}`.
"""

from __future__ import annotations

import asyncio
import io
import socket
from typing import Any
from uuid import uuid4

import msgspec
import uvicorn
from PIL import Image

SIZES = {"0.3": ("JPEG", (768, 1024), 20), "2.9": ("PNG", (1024, 1024), 32), "13": ("PNG", (2200, 2400), 14)}
"""Format, pixels and noise of each, by its megabytes."""


def drawn(size: str) -> bytes:
    """Draw the image of a size; it differs with each call, and its size hardly does."""
    form, pixels, noise = SIZES[size]
    file = io.BytesIO()
    Image.merge("RGB", [Image.effect_noise(pixels, noise) for _ in range(3)]).save(file, form, quality=85)
    return file.getvalue()


class Drawn:
    """The library as an ASGI application: sets and images; of anything else it knows nothing."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._images = {size: drawn(size) for size in SIZES}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        match scope["method"], scope["path"].strip("/").split("/"):
            case "GET", ["images", size, delay, _]:
                await asyncio.sleep(int(delay) / 1000)
                await _answer(send, 200, self._images[size], b"image/png" if size != "0.3" else b"image/jpeg")
            case "POST", ["api", "v1", "characters", library_id, "generate-360-set"]:
                count = msgspec.json.decode(await _body(receive))["imageCount"]
                size, delay = library_id.split("-")
                addresses = [f"{self._origin}/images/{size}/{delay}/{uuid4().hex}" for _ in range(count)]
                images = [{"publicUrl": address, "angle": f"{turn}"} for turn, address in enumerate(addresses)]
                await _answer(send, 200, msgspec.json.encode({"images": images}))
            case _:
                await _answer(send, 404, b"{}")


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _answer(send: Any, status: int, body: bytes, kind: bytes = b"application/json") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(Drawn(origin), log_level="warning", ws="none", lifespan="off"))
    print(origin, flush=True)
    server.run([listener])
