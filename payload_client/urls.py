"""Addresses of files, as a browser needs them."""

from __future__ import annotations

from urllib.parse import quote, urljoin


def absolute_url(address: str | None, base: str) -> str | None:
    """The address resolved against `base` and percent-encoded once; what is encoded already stays as it is.

    Payload gives relative addresses where its `serverURL` is not set, and a storage plugin with `generateFileURL` (the
    recipe for Cloudflare R2 in its documentation) gives them with spaces and umlauts as they are.
    """
    return quote(urljoin(f"{base}/", address), safe="%:/?#[]@!$&'()*+,;=~") if address else None
