"""Which address a picture is shown from, whatever Payload calls its files."""

from __future__ import annotations

from urllib.parse import quote, urljoin

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.cms.image import join
from app.cms.image_record import CharacterImageMetadata
from app.cms.media import Media, public_url

CMS, BUCKET, CDN = "https://film.example", "https://media.film.example", "https://cdn.example"
OWN = "/api/media/file"


@pytest.mark.parametrize(
    ("url", "thumbnail", "shown"),
    [
        (f"{BUCKET}/a.png", f"{OWN}/a-100.png", f"{BUCKET}/a.png"),
        (f"{BUCKET}/a.png", f"{CMS}{OWN}/a-100.png", f"{BUCKET}/a.png"),
        (f"{BUCKET}/a.png", f"{BUCKET}/a-100.png", f"{BUCKET}/a-100.png"),
        (f"{BUCKET}/a.png", f"{CDN}/a-100.png", f"{CDN}/a-100.png"),
        (f"{BUCKET}/a.png", None, f"{BUCKET}/a.png"),
        (f"{OWN}/a.png", f"{OWN}/a-100.png", f"{CMS}{OWN}/a-100.png"),
        (f"{CMS}{OWN}/a.png", f"{OWN}/a-100.png", f"{CMS}{OWN}/a-100.png"),
        (f"{OWN}/a.png", f"{CDN}/a-100.png", f"{CDN}/a-100.png"),
        (None, f"{OWN}/a-100.png", f"{CMS}{OWN}/a-100.png"),
    ],
)
def test_a_file_with_a_public_address_is_never_shown_by_payload(
    url: str | None, thumbnail: str | None, shown: str
) -> None:
    record = msgspec.convert({"id": 1}, CharacterImageMetadata)
    file = join(record, Media(id=1, url=url, thumbnail_url=thumbnail), CMS).media
    assert file
    assert file.thumbnail_url == shown


@given(
    address=st.text(alphabet="a0/.:?#%;=&_-~ é\\[@", max_size=14), before=st.sampled_from(["", "/", CDN, "HTTP://x"])
)
@example(address="//evil.example/a.png", before="")
@example(address="/a/../b.png", before=CDN)
@example(address="/a/./b.png", before="")
@example(address="/a.png?", before="")
def test_an_address_is_resolved_and_encoded_however_it_is_written(address: str, before: str) -> None:
    for origin in (CMS, f"{CMS}/cms", "http://localhost:3000"):
        written = f"{before}{address}"
        try:
            expected = quote(urljoin(f"{origin}/", written), safe="%:/?#[]@!$&'()*+,;=~") if written else None
        except ValueError:
            expected = None
        assert public_url(written, origin) == expected
