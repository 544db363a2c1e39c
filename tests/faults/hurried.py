"""`python -m tests.faults.hurried`: the product with the seconds that are no setting of its made shorter.

What may take ten seconds in earnest takes one here, so that a test can wait for it to be over.
"""

from __future__ import annotations

import sys
from typing import Any

from app import __main__ as product
from app import guards
from app.character_library import client
from app.ingest import store
from payload_client import Payload

SCALE = 0.1
LONGEST = 2.0

_call = Payload.call


async def _hurried(self: Payload, *args: Any, timeout: float | None = None, **options: Any) -> Any:  # noqa: ASYNC109
    return await _call(self, *args, timeout=min((timeout or self._timeout) * SCALE, LONGEST), **options)


if __name__ == "__main__":
    Payload.call = _hurried  # type: ignore[method-assign]
    client.CharacterLibrary._call.__kwdefaults__ = {"seconds": client._LOOKUP_SECONDS * SCALE, "judged": True}  # noqa: SLF001
    guards._BODY_SECONDS *= SCALE  # noqa: SLF001
    store._LOOK_AGAIN = tuple(seconds * SCALE for seconds in store._LOOK_AGAIN)  # type: ignore[assignment]  # noqa: SLF001
    sys.exit(product.main(sys.argv[1:]))
