"""What every test shares."""

from __future__ import annotations

import pytest

from tests.tls import tls

__all__ = ["tls"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does."""
    return "asyncio"
