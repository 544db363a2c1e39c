"""`python -m tests.support.defective`: the product with a defect in it, where images are listed."""

from __future__ import annotations

import sys
from typing import Any

from app.__main__ import main
from app.use_cases import listing


async def _defect(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError("a defect")


if __name__ == "__main__":
    listing.images = _defect  # type: ignore[assignment]  # a defect is nothing that a type foresees
    sys.exit(main(sys.argv[1:]))
