"""Signing in and out: Payload's accounts, Payload's session, none of our own."""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.errors import PayloadUnavailable, Unauthenticated
from app.limits import NAME, cut
from payload_client import Auth, BadAnswer, Forbidden, Id, PayloadError, ValidationFailed
from payload_client import Unauthenticated as PayloadRefuses

log = logging.getLogger(__name__)

_WRONG = "The e-mail or password is not right, or the account cannot sign in now. Check both and try again."


class NewSession(msgspec.Struct, frozen=True):
    """Who signed in, and Payload's own `Set-Cookie` for it."""

    user_id: Id | None
    cookie: str


async def sign_in(cms: Cms, name: str, password: str, *, cookie: str, refused_seconds: float) -> NewSession:
    """A new session. `name`: an e-mail address or a user name; `cookie`: what Payload's session cookie is called.

    Wrong, locked and unverified get the same words, so that none of them tells of an account.

    Nor does the time: Payload hashes the password of a known account only (0.2 s more than for an unknown one), so
    a refusal takes `refused_seconds`, or a multiple of that.
    """
    started, cookies = time.monotonic(), list[str]()
    try:
        users = cms.users_noting_cookies(cookies)
        session = await users.login(name, password, username=name)  # Payload takes the one that its users have
    except (PayloadRefuses, Forbidden, ValidationFailed) as error:
        await asyncio.sleep(rest_of(time.monotonic() - started, refused_seconds))
        raise Unauthenticated(_WRONG) from error
    if not cookies:
        raise BadAnswer("POST login", "a session without its cookie")
    if not (own := _named(cookie, cookies)):
        raise PayloadUnavailable(
            f"Payload's session cookie is not called {cookie}, so nobody is signed in here. An operator can name it "
            "with PAYLOAD_COOKIE_PREFIX."
        )
    return NewSession(session.user.id if session.user else None, own[-1])


def _named(cookie: str, set_cookies: list[str]) -> list[str]:
    return [line for line in set_cookies if line.partition("=")[0].strip() == cookie]


def rest_of(seconds: float, whole: float) -> float:
    """Seconds to wait until a multiple of `whole` has passed."""
    return -seconds % whole


async def sign_out(cms: Cms, auth: Auth, cookie: str) -> tuple[bool, list[str]]:
    """End the session at Payload: whether it has ended, and Payload's own `Set-Cookie` for that.

    One that cannot be ended now ends there by itself.
    """
    cookies = list[str]()
    try:
        caller = await identify(cms, auth)
        await cms.as_user(caller.auth).users_noting_cookies(cookies).logout()
        log.info("a session has ended", extra={"userId": str(caller.id)})
    except (Unauthenticated, ValidationFailed, PayloadRefuses, Forbidden):
        return True, _named(cookie, cookies)  # there was none any more
    except PayloadError as error:
        log.warning("a session could not be ended: %s", error)
        return False, _named(cookie, cookies)
    return True, _named(cookie, cookies)


async def identify(cms: Cms, auth: Auth) -> Caller:
    """Whom Payload recognises in these credentials. Raises `Unauthenticated` where it recognises nobody."""
    for form in cms.scheme.forms(auth):
        try:
            session = await cms.as_user(form).users.me()
        except (Forbidden, PayloadRefuses) as error:
            raise Unauthenticated("Payload does not recognise this session. Sign in again.") from error
        if user := session.user:
            cms.scheme.learn(form)
            return Caller(user.id, cut(user.email or user.username or str(user.id), NAME), form, session.exp)
    raise Unauthenticated("Nobody is signed in, or the session has ended. Sign in again.")
