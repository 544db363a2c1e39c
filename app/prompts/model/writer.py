"""Ask a model for an arrangement: two tries in bounded time, and none of it counts unless all of it is right."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from app.prompts.assemble.facts import Fact
from app.prompts.assemble.sentences import arrange, join_placed
from app.prompts.assemble.suggestion import Suggestion
from app.prompts.model.client import Model, ModelError, Refused
from app.prompts.model.parts import place_parts

log = logging.getLogger(__name__)

_TRIES = 2


class Writer(msgspec.Struct, frozen=True):
    """A model, and how many seconds it has for all its tries together."""

    model: Model
    seconds: float

    async def write(self, facts: list[Fact]) -> Suggestion | None:
        """Return the facts as the model arranges them; None if it fails, is slow, or answers with anything else."""
        fields = {span.field for span in arrange(facts).provenance}
        facts = [fact for fact in facts if fact.field in fields]  # those for which there is room
        if not any(fact.slot != "name" for fact in facts):
            return None
        try:
            async with asyncio.timeout(self.seconds):
                return await _ask(self.model, facts)
        except TimeoutError:
            log.warning("the prompt model took longer than %g s", self.seconds)
        except ModelError as error:
            log.warning("the prompt model failed: %s", error.reason)
        return None


async def _ask(model: Model, facts: list[Fact]) -> Suggestion | None:
    named, before = [fact for fact in facts if fact.slot != "name"], None
    for _ in range(_TRIES):
        parts, wrong = await model(facts, before)
        placed, misplaced = place_parts(parts, named)
        wrong = wrong or misplaced
        if not wrong:
            suggestion = join_placed(facts, placed, "baml")
            if len(suggestion.provenance) == len(facts):
                return suggestion
            wrong = ["it is too long"]
        before = Refused([part if isinstance(part, str) else part.text for part in parts], wrong)
    log.warning("the prompt model's answer was no arrangement of the facts, %d times", _TRIES)
    return None
