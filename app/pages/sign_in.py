"""Signing in and out, with Payload's own session cookie."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Annotated, Any, ClassVar
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect

from app.errors import AppError, Unauthenticated, answer_for, sentence_for
from app.limits import Limits
from app.pages.view import View, render
from app.services import Services
from app.use_cases import sign_in
from app.web.auth import ANONYMOUS, SessionRules
from app.web.login_throttle import DEVICE_SECONDS, Devices, Throttle, account_of, source_of
from app.web.problem import headers_of
from app.web.request_state import state_of
from payload_client import PayloadError

log = logging.getLogger(__name__)

HOME = "/screenplay/characters"
_OURS = ("/screenplay/",)
_LONGEST_PATH = 1000
_DEVICE = "character-images-device"
"""Cookie by which a browser that signed in before is recognised."""


class SignInView(View, frozen=True, kw_only=True):
    """The form, and what went wrong with the last try.

    `session_left`: signed out here, but Payload could not be reached to end the session. `doubled`: the name of the
    session cookie, where the browser sent more than one.
    """

    template: ClassVar[str] = "sign_in/login.html"

    next: str
    email: str = ""
    error: str | None = None
    session_left: bool = False
    doubled: str = ""


class SignInForm(msgspec.Struct, frozen=True):
    """The fields of the form."""

    email: Annotated[str, msgspec.Meta(max_length=320)] = ""
    password: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    next: Annotated[str, msgspec.Meta(max_length=65_536)] = ""


def safe_next(address: str) -> str:
    """The page to show after signing in: a page of ours with its query, else the first one."""
    path, _, _ = address.partition("?")
    plain = unquote(unquote(path))
    odd = "\\" in plain or "//" in plain or ".." in plain or not plain.isprintable()
    sound = len(path) <= _LONGEST_PATH and address.isascii() and address.isprintable()
    return address if path.startswith(_OURS) and sound and not odd else HOME


@get("/login", include_in_schema=False)
async def form(
    request: Request[Any, Any, Any],
    session_rules: NamedDependency[SessionRules],
    next: Annotated[str, QueryParameter()] = "",
    session_left: Annotated[bool, QueryParameter()] = False,
) -> Response[str]:
    """The sign-in form."""
    doubled = session_rules.cookie if session_rules.has_several(request) else ""
    view = SignInView(title="Sign in", next=safe_next(next), session_left=session_left, doubled=doubled)
    return await render(request, view)


@post("/login", include_in_schema=False, status_code=303)
async def login(
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    session_rules: NamedDependency[SessionRules],
    throttle: NamedDependency[Throttle],
    devices: NamedDependency[Devices],
    limits: NamedDependency[Limits],
    data: URLEncodedBody[SignInForm],
) -> Response[Any]:
    """Sign in and end the session before, or show the form again with what went wrong."""
    destination, account = safe_next(data.next), account_of(data.email)
    address = source_of(request.client.host if request.client else "")
    device = devices.find(request.cookies.get(_DEVICE, ""), account)
    try:
        async with throttle.attempt(address, account, device):
            session = await sign_in.sign_in(
                services.cms,
                data.email,
                data.password,
                cookie=session_rules.cookie,
                refused_seconds=limits.sign_in_refused_seconds,
            )
    except (AppError, PayloadError) as error:
        log.warning("a sign-in failed", extra={"address": address, "code": answer_for(error).code})
        view = SignInView(title="Sign in", next=destination, email=data.email, error=sentence_for(error))
        return await render(request, view, answer_for(error).status, headers_of(error))
    log.info("somebody signed in", extra={"address": address, "userId": str(session.user_id or "")})
    with suppress(Unauthenticated):  # there may be none before
        await sign_in.sign_out(services.cms, session_rules.credentials(request), session_rules.cookie)
    state_of(request.scope).set_cookies += [*session_rules.expired_beside(session.cookie, request), session.cookie]
    device_cookie = Cookie(
        key=_DEVICE,
        value=devices.issue(account),
        path="/login",
        max_age=DEVICE_SECONDS,
        httponly=True,
        secure=session_rules.secure,
        samesite="strict",
    )
    return Redirect(destination, status_code=303, cookies=[device_cookie])


@post("/logout", include_in_schema=False, status_code=303)
async def logout(
    request: Request[Any, Any, Any], services: NamedDependency[Services], session_rules: NamedDependency[SessionRules]
) -> Redirect:
    """End the session here and at Payload."""
    ended, cookies = True, list[str]()
    with suppress(Unauthenticated):  # there may be none to end
        credentials = session_rules.credentials(request)
        ended, cookies = await sign_in.sign_out(services.cms, credentials, session_rules.cookie)
    state_of(request.scope).set_cookies += [*session_rules.expired(everywhere=not cookies), *cookies]
    return Redirect("/login" if ended else "/login?session_left=true", status_code=303)


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """The first page."""
    return Redirect(HOME, status_code=303)


router = Router("/", route_handlers=[home, form, login, logout], opt={ANONYMOUS: True})
