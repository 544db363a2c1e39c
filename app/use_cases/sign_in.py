"""Signing in and out: Payload's accounts, Payload's session, none of our own."""

from __future__ import annotations

import asyncio
import logging
import time

from app.cms.caller import Caller
from app.cms.gateway import Cms
from app.errors import Unauthenticated
from payload_client import Auth, BadAnswer, Forbidden, PayloadError, Session, ValidationFailed
from payload_client import Unauthenticated as PayloadRefuses

log = logging.getLogger(__name__)

_WRONG = "The e-mail or password is not right, or the account cannot sign in now. Check both and try again."


async def sign_in(cms: Cms, email: str, password: str, *, refused_seconds: float) -> Session:
    """A new session. Wrong, locked and unverified get the same words, so that none of them tells of an account.

    Nor does the time: Payload hashes the password of a known account only (0.2 s more than for an unknown one), so
    a refusal takes `refused_seconds`, or a multiple of that.
    """
    started = time.monotonic()
    try:
        session = await cms.users.login(email, password)
    except (PayloadRefuses, Forbidden, ValidationFailed) as error:
        await asyncio.sleep(rest_of(time.monotonic() - started, refused_seconds))
        raise Unauthenticated(_WRONG) from error
    if not session.token or not session.exp:
        raise BadAnswer("POST login", "a session without its token or its end")
    return session


def rest_of(seconds: float, whole: float) -> float:
    """Seconds to wait until a multiple of `whole` has passed."""
    return -seconds % whole


async def sign_out(cms: Cms, auth: Auth) -> bool:
    """End the session at Payload; whether it has ended. One that cannot be ended now ends there by itself."""
    try:
        caller = await identify(cms, auth)
        await cms.as_user(auth).users.logout()
        log.info("a session has ended", extra={"userId": str(caller.id)})
    except (Unauthenticated, ValidationFailed, PayloadRefuses, Forbidden):
        return True  # there was none any more
    except PayloadError as error:
        log.warning("a session could not be ended: %s", error)
        return False
    return True


async def identify(cms: Cms, auth: Auth) -> Caller:
    """Whom Payload recognises in these credentials. Raises `Unauthenticated` where it recognises nobody."""
    try:
        session = await cms.as_user(auth).users.me()
    except (Forbidden, PayloadRefuses) as error:
        raise Unauthenticated("Payload does not recognise this session. Sign in again.") from error
    if session.user is None:
        raise Unauthenticated("Nobody is signed in, or the session has ended. Sign in again.")
    return Caller(session.user.id, session.user.email or "", auth, session.exp)
