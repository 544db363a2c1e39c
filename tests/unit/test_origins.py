"""An address has one origin, or none, wherever it is asked for."""

from __future__ import annotations

import pytest

from app.origins import origin_of


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Film.Example/a/b?c#d", "https://film.example"),
        ("HTTPS://film.example:443", "https://film.example"),
        ("http://film.example:80/", "http://film.example"),
        ("http://film.example:443/", "http://film.example:443"),
        ("https://[::1]:80/a", "https://[::1]:80"),
        ("https://ada@film.example/", None),
        ("https://film.example\\@evil.example/", None),
        ("https://film.example; script-src *", None),
        ("ftp://film.example/", None),
        ("/api/media/file/a.png", None),
        ("", None),
    ],
)
def test_the_origin_of_an_address(address: str, origin: str | None) -> None:
    assert origin_of(address) == origin
