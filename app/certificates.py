"""Whose certificates count, for every server that is asked: Payload, the library, picture hosts and the model."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted(file: str = "") -> ssl.SSLContext:
    """One context for all connections, since each takes 20 ms to make. `file`: a PEM bundle in place of certifi's.

    Raises `OSError` (`ssl.SSLError` among it) where the file cannot be read, or has no certificate.
    """
    return ssl.create_default_context(cafile=file) if file else httpx.create_ssl_context(trust_env=False)
