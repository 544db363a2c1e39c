"""Origins of addresses."""

from __future__ import annotations

import re

_ORIGIN = re.compile(r"(https?)://([a-z0-9.:\[\]_-]+)(?=[/?#]|$)", re.IGNORECASE)
_IMPLIED = {"http": ":80", "https": ":443"}


def origin_of(address: str) -> str | None:
    """The origin of an http(s) address as browsers write it: in lower case, without the port that is implied.

    None where there is none, as in an address with a user's name. A content security policy can name what is returned.
    """
    match = _ORIGIN.match(address)
    if not match:
        return None
    scheme, host = match[1].lower(), match[2].lower()
    return f"{scheme}://{host.removesuffix(_IMPLIED[scheme])}"
