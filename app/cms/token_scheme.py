"""The form in which a Payload takes a session token."""

from __future__ import annotations

from payload_client import Auth, Bearer, Jwt, SessionCookie


class TokenScheme:
    """Which of `JWT`, `Bearer` and the cookie this Payload reads (`auth.jwtOrder`): learned from the first that works.

    `cookie`: name of the session cookie.
    """

    def __init__(self, cookie: str = "payload-token") -> None:
        self._cookie = cookie
        self._learned: type[Auth] | None = None

    def forms(self, auth: Auth) -> list[Auth]:
        """The forms in which to send credentials, until one of them is recognised."""
        if not isinstance(auth, Jwt):
            return [auth]
        forms: list[Auth] = [auth, Bearer(auth.token), SessionCookie(auth.token, self._cookie)]
        return [form for form in forms if self._learned in (None, type(form))]

    def learn(self, auth: Auth) -> None:
        """Remember the form that was recognised. API keys say nothing about tokens."""
        if isinstance(auth, Jwt | Bearer | SessionCookie):
            self._learned = type(auth)
