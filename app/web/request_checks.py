"""Checks of each request before its handler: same site, content type, complete and bounded body, nothing repeated."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import InternalServerException, ValidationException
from litestar.handlers import BaseRouteHandler

from app.errors import InvalidRequest, RequestTooSlow, UnsupportedMediaType
from app.web.auth import SAFE_METHODS, shared_of
from app.web.request_state import state_of
from payload_client import FieldError

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_ONCE = (b"host", b"origin", b"sec-fetch-site", b"authorization", b"content-type")
_LONGEST_NAME, _MOST_NAMES = 100, 10
LARGEST_BODY = 256 * 1024
REPEATED = "repeated"
"""Key in a handler's `opt`: names of query parameters that may be repeated."""


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Check that nothing is repeated, and of an unsafe request its site, time and content type. A guard."""
    _check_once(connection, handler.opt.get(REPEATED, ()))
    if not isinstance(connection, Request) or connection.method in SAFE_METHODS:
        return
    is_api = connection.scope["path_template"].startswith("/v1/")  # of the route: an address has the Host header in it
    shared = shared_of(connection)
    shared.rules.check_same_site(connection, browsers_only=is_api)
    body = await _body(connection, shared.limits.body_seconds)
    if body and is_api:
        _check_json(connection, handler, body)
    elif body and connection.content_type[0] != _FORM:
        raise UnsupportedMediaType("This address takes a form as browsers send it; nothing was started.")
    if not is_api:
        state_of(connection.scope).form = body


def _check_once(connection: ASGIConnection[Any, Any, Any, Any], repeated: Sequence[str]) -> None:
    """Raise `InvalidRequest` for a repeated header or parameter: software differs in which of two counts."""
    counts = Counter(name.decode() for name, _ in connection.scope["headers"] if name in _ONCE)
    counts.update(name for name, _ in connection.query_params.multi_items() if name not in repeated)
    if names := [name for name, times in counts.items() if times > 1]:
        raise _repeated("A header or parameter", names)


async def _body(request: Request[Any, Any, Any], seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await request.body()
    except (TimeoutError, InternalServerException) as error:  # the latter where the client went away
        raise RequestTooSlow("") from error


def _check_json(request: Request[Any, Any, Any], handler: BaseRouteHandler, body: bytes) -> None:
    media_type, parameters = request.content_type
    if media_type != _JSON or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("This address takes application/json in UTF-8; nothing was started.")
    expected = handler.parsed_data_field.annotation if handler.parsed_data_field else object
    try:
        msgspec.json.decode(body, type=expected)  # the framework reads it again, and would take "8" for a number
        json.loads(body, object_pairs_hook=_check_keys)
    except msgspec.ValidationError as error:
        raise ValidationException(extra=[{"message": str(error), "key": "data"}]) from error
    except (ValueError, RecursionError) as error:  # of either decoder
        raise InvalidRequest("The body is not JSON; nothing was started.") from error


def _check_keys(pairs: list[tuple[str, Any]]) -> None:
    """Raise `InvalidRequest` for a repeated key: decoders differ in which of its values counts."""
    if names := [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]:
        raise _repeated("A key of the body", names)


def _repeated(what: str, names: list[str]) -> InvalidRequest:
    fields = [FieldError(name[:_LONGEST_NAME], "is there more than once") for name in names[:_MOST_NAMES]]
    return InvalidRequest(f"{what} is there more than once; nothing was started.", *fields)
