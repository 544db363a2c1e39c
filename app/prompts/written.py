"""Written: a prompt by a model, if it says no more than the facts do; two tries, in bounded time."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from app.prompts.compose import ENDING
from app.prompts.facts import Facts
from app.prompts.faithful import body_of, refused
from app.prompts.known import known, told
from app.prompts.model import Model, ModelFailed, Refused
from app.prompts.suggestion import Suggestion
from app.prompts.traced import traced

log = logging.getLogger(__name__)

_TRIES = 2


class Writer(msgspec.Struct, frozen=True):
    """A model, and how many seconds it has for all its tries together."""

    model: Model
    seconds: float

    async def write(self, facts: Facts) -> Suggestion | None:
        """The model's prompt; None where it fails, is slow, or says what the facts do not."""
        if not told(facts):
            return None
        try:
            async with asyncio.timeout(self.seconds):
                return await _written(self.model, facts)
        except TimeoutError:
            log.warning("the prompt model took longer than %g s", self.seconds)
        except ModelFailed as failure:
            log.warning("the prompt model failed: %s", failure.reason)
        return None


async def _written(model: Model, facts: Facts) -> Suggestion | None:
    index, before = known(facts), None
    for _ in range(_TRIES):
        body = body_of(await model(told(facts), before))
        if not (named := refused(body, index)):
            return Suggestion(f"{body}. {ENDING}", "baml", traced(body, facts))
        before = Refused(body, named)
    log.warning("the prompt model said what the character's data does not, %d times", _TRIES)
    return None
