"""Signing in and out, with Payload's own session cookie."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated, Any, ClassVar
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect

from app.errors import Unauthenticated, sentence_for
from app.pages.view import View, render
from app.session import SessionRules
from app.studio import Studio
from app.use_cases import sign_in

HOME = "/screenplay/characters"
_OURS = ("/screenplay/",)


class SignInView(View, frozen=True, kw_only=True):
    """The form, and what went wrong with the last try."""

    template: ClassVar[str] = "sign_in/login.html"

    next: str
    email: str = ""
    error: str | None = None


class SignInForm(msgspec.Struct, frozen=True):
    """What the form sends."""

    email: Annotated[str, msgspec.Meta(max_length=320)] = ""
    password: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    next: Annotated[str, msgspec.Meta(max_length=4096)] = ""


def safe_next(address: str) -> str:
    """Where to go after signing in: a page of ours, or the first one."""
    plain = unquote(unquote(address))
    odd = "\\" in plain or "//" in plain or ".." in plain or not plain.isprintable()
    return address if address.startswith(_OURS) and not odd and address.isascii() else HOME


@get("/login", include_in_schema=False)
async def form(request: Request[Any, Any, Any], next: Annotated[str, QueryParameter()] = "") -> Response[str]:
    """The sign-in form."""
    return render(request, SignInView(title="Sign in", next=safe_next(next)))


@post("/login", include_in_schema=False, status_code=303)
async def login(
    request: Request[Any, Any, Any],
    studio: NamedDependency[Studio],
    session_rules: NamedDependency[SessionRules],
    data: URLEncodedBody[SignInForm],
) -> Response[Any]:
    """Sign in, or show the form again with what went wrong."""
    where = safe_next(data.next)
    try:
        session = await sign_in.sign_in(studio.cms, data.email, data.password)
    except Unauthenticated as error:
        view = SignInView(title="Sign in", next=where, email=data.email, error=sentence_for(error))
        return render(request, view, status=401)
    cookie = Cookie(
        key=session_rules.cookie,
        value=session.token,
        path="/",
        max_age=max(0, int((session.exp or 0) - time.time())),
        httponly=True,
        secure=session_rules.secure,
        samesite="lax",
    )
    return Redirect(where, status_code=303, cookies=[cookie])


@post("/logout", include_in_schema=False, status_code=303)
async def logout(
    request: Request[Any, Any, Any], studio: NamedDependency[Studio], session_rules: NamedDependency[SessionRules]
) -> Redirect:
    """End the session here and at Payload."""
    with suppress(Unauthenticated):  # there may be none to end
        await sign_in.sign_out(studio.cms, session_rules.credentials(request))
    gone = Cookie(key=session_rules.cookie, value="", path="/", max_age=0, httponly=True, secure=session_rules.secure)
    return Redirect("/login", status_code=303, cookies=[gone])


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """The first page."""
    return Redirect(HOME, status_code=303)


router = Router("/", route_handlers=[home, form, login, logout])
