"""Ask a model through BAML, for which the extra `[baml]` is needed.

BAML makes the request and types the answer. What lies between is ours: its own client reads an answer of any size, and
its lenient parser (0.226.3) takes minutes, fills the log or panics over nested brackets. It gets a flat list of short
strings and nothing else.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable
from enum import Enum
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from app.certificates import trusted
from app.observability import logs
from app.prompts.assemble.facts import Fact
from app.prompts.assemble.phrases import place_inline
from app.prompts.assemble.sentences import NAMELESS, OPENING
from app.prompts.model.parts import JOINERS, WORDS, Part

log = logging.getLogger(__name__)

_ANSWER_BYTES = 256 * 1024
_LONGEST_TEXT = 16_000  # code points; what a model thinks aloud may stand before its answer
_MOST_PARTS = 200
_LONGEST_PART = 60
_CONNECT_SECONDS = 5.0
_GENERATED = "app.prompts.baml_client"


class Refused(msgspec.Struct, frozen=True):
    """Parts that cannot be used, and what is wrong with them."""

    parts: list[str]
    wrong: list[str]


Model = Callable[[list[Fact], Refused | None], Awaitable[tuple[list[Part], list[str]]]]
"""From facts, and what was refused before, to parts, or to what is wrong with an answer that has none."""


class ModelError(Exception):
    """The model gave no answer. `reason` has nothing of what was asked or answered, and no key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]


def open_model(url: str, name: str, key: str, tls: ssl.SSLContext | None = None) -> Model:
    """Return the model of that name at an OpenAI-compatible address. Raises `ImportError` without `[baml]`.

    `tls`: whose certificates count.
    """
    import baml_py  # here, since only who has a model needs the package
    from baml_py.errors import BamlError
    from baml_py.logging import set_log_level

    set_log_level("OFF")  # it would print every prompt
    client: Any = import_module(f"{_GENERATED}.async_client").b
    type_builder: Any = import_module(f"{_GENERATED}.type_builder").TypeBuilder
    registry = baml_py.ClientRegistry()
    options = {"base_url": url.rstrip("/"), "model": name} | ({"api_key": key} if key else {})
    registry.add_llm_client("Configured", "openai-generic", options)
    registry.set_primary("Configured")

    async def ask(facts: list[Fact], before: Refused | None) -> tuple[list[Part], list[str]]:
        types = type_builder()
        for fact in facts:
            if fact.slot != "name":
                types.FactName.add_value(fact.slot)
        run = {"client_registry": registry, "tb": types}
        refused = msgspec.to_builtins(before) if before else None
        try:
            request = await client.request.ArrangeFacts(*_describe(facts), refused, run)
        except BamlError as error:
            raise ModelError(type(error).__name__) from None  # its text holds the prompt
        headers = {name: value for name, value in request.headers.items() if name != "baml-original-url"}
        text = await _send(tls or trusted(), request.url, headers, bytes(request.body.raw()))
        if len(text) > _LONGEST_TEXT:
            return [], ["it is too long"]
        items = _read_items(text)
        if items is None:
            return [], ["it is no JSON array of strings"]
        if len(items) > _MOST_PARTS:
            return [], ["it is too long"]
        try:
            typed = client.parse.ArrangeFacts(msgspec.json.encode(items).decode(), run)
        except BamlError:
            return [], ["it is no list of facts and joining words"]
        return [JOINERS[part.value] if isinstance(part, Enum) else WORDS.get(part, part) for part in typed], []

    return ask


def _describe(facts: list[Fact]) -> tuple[str, list[dict[str, object]]]:
    """Return what the text begins with, and each fact with its name and the phrase that stands for it."""
    name = next((fact.text for fact in facts if fact.slot == "name"), NAMELESS)
    described = list[dict[str, object]]()
    for fact in facts:
        if fact.slot != "name":
            phrase = place_inline(fact)
            words = "".join(part if isinstance(part, str) else part.text for part in phrase or (fact,))
            described.append({"name": fact.slot, "phrase": words, "alone": phrase is None})
    return OPENING + name, described


async def _send(tls: Any, url: str, headers: dict[str, str], body: bytes) -> str:
    """Send one request, once, and return the text of its answer. Raises ModelError."""
    http = httpx.AsyncClient(
        verify=tls, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS)
    )
    headers = {**headers, "Accept-Encoding": "identity"}
    try:
        with logs.exchange(log, logging.INFO, "POST", urlsplit(url).path, upstream="model") as exchange:
            async with http, http.stream("POST", url, headers=headers, content=body) as response:
                exchange.status = response.status_code
                if response.status_code != httpx.codes.OK:
                    raise ModelError(f"it answered {response.status_code}")
                content = bytearray()
                async for chunk in response.aiter_raw():
                    content += chunk
                    if len(content) > _ANSWER_BYTES:
                        raise ModelError("it answered with more than is read")
        return msgspec.json.decode(content, type=_Completion).choices[0].message.content or ""
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError(type(error).__name__) from None  # its text may hold the address
    except (msgspec.DecodeError, IndexError, RecursionError, UnicodeError):
        raise ModelError("its answer is no chat completion") from None


def _read_items(text: str) -> list[str] | None:
    """Return the strings of the last flat array in the text, in lower case; None if there is none."""
    end = text.rfind("]")
    try:
        items = msgspec.json.decode(text[text.rfind("[", 0, end) : end + 1], type=list[str])
    except (msgspec.DecodeError, UnicodeError):
        return None
    return [cut_item for item in items if (cut_item := item.strip().lower()[:_LONGEST_PART])]
