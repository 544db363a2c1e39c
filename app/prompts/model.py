"""Model: a model that puts the facts into a sentence, through BAML, for which the extra `[baml]` is needed."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import msgspec

from app.prompts.facts import Fact

_CLIENT = "app.prompts.baml_client.async_client"


class Refused(msgspec.Struct, frozen=True):
    """A draft that cannot be used, and which of its words and combinations the facts do not hold."""

    draft: str
    named: list[str]


# From facts by kind, and the draft before, to what the model wrote.
Model = Callable[[list[tuple[str, Fact]], Refused | None], Awaitable[str]]


class ModelFailed(Exception):
    """The model gave no answer. `reason` has nothing of what was asked or answered, and no key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def open_model(url: str, name: str, key: str) -> Model:
    """The model of that name at an OpenAI-compatible address. Raises `ImportError` without the extra `[baml]`."""
    import baml_py  # here, since only who has a model needs the package
    from baml_py.errors import BamlError
    from baml_py.logging import set_log_level

    set_log_level("OFF")  # it would print every prompt
    client: Any = import_module(_CLIENT).b
    registry = baml_py.ClientRegistry()
    registry.add_llm_client("Configured", "openai-generic", _options(url, name, key))
    registry.set_primary("Configured")

    async def write(facts: list[tuple[str, Fact]], before: Refused | None) -> str:
        stop = baml_py.AbortController()
        options = {"client_registry": registry, "abort_controller": stop, "env": _silent()}
        asked = [{"field": fact.field, "topic": slot, "value": fact.text} for slot, fact in facts]
        refused = {"draft": before.draft, "refused": before.named} if before else None
        try:
            return str(await client.WriteReferencePrompt(asked, refused, options))
        except BamlError as error:
            raise ModelFailed(_reason(error)) from None  # its text holds the prompt
        finally:
            stop.abort()

    return write


def _options(url: str, name: str, key: str) -> dict[str, str]:
    return {"base_url": url.rstrip("/"), "model": name} | ({"api_key": key} if key else {})


def _silent() -> dict[str, None]:
    """BAML sends what it does to its makers when the environment names an account of theirs: it shall not see one."""
    return dict.fromkeys(name for name in os.environ if name.startswith("BOUNDARY_"))


def _reason(error: Exception) -> str:
    status = getattr(error, "status_code", None)
    return f"{type(error).__name__} {status}" if isinstance(status, int) else type(error).__name__
