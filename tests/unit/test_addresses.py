"""Which files a picture is shown from, whatever Payload calls them: its own, or copies that show all of it, upright."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urljoin

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.cms.image import ImageFile, join
from app.cms.image_record import CharacterImageMetadata
from app.cms.media import Media, public_url
from payload_client.wire import decode

CMS, BUCKET, CDN = "https://film.example", "https://media.film.example", "https://cdn.example"
OWN = "/api/media/file"
Sizes = dict[str, tuple[int, int] | None]

OF_THE_DOCS: Sizes = {"thumbnail": (400, 300), "card": (768, 1024), "tablet": (1024, 1365)}
"""Of Payload's documentation of uploads, for a picture of 3 by 4 that is 1,200 pixels wide."""

OF_THE_WEBSITE_TEMPLATE: Sizes = {
    "thumbnail": (300, 400),
    "square": (500, 500),
    "small": (600, 800),
    "medium": (900, 1200),
    "large": None,
    "xlarge": None,
    "og": (1200, 630),
}


def shown(width: object, height: object, sizes: Sizes, **fields: Any) -> ImageFile:
    copies = {
        name: {"url": f"{OWN}/{name}.png", "width": size[0], "height": size[1]}
        if size
        else {"url": None, "width": None, "height": None}
        for name, size in sizes.items()
    }
    media = {"id": 1, "url": f"{OWN}/whole.png", "width": width, "height": height, "sizes": copies} | fields
    record = msgspec.convert({"id": 1, "metrics": fields.pop("metrics", None)}, CharacterImageMetadata)
    file = join(record, decode(msgspec.json.encode(media), Media), CMS).media
    assert file
    return file


def names(file: ImageFile) -> list[str]:
    return [size.url.rpartition("/")[2].removesuffix(".png") for size in file.sizes]


@pytest.mark.parametrize(
    ("picture", "sizes", "used"),
    [
        ((1200, 1600), OF_THE_DOCS, ["card", "tablet"]),
        ((1600, 1200), OF_THE_DOCS, ["thumbnail"]),
        ((1200, 1600), OF_THE_WEBSITE_TEMPLATE, ["thumbnail", "small", "medium"]),
        ((1000, 1000), {"a": (500, 500), "b": (500, 501), "c": (500, 502), "d": (499, 500)}, ["d", "a", "b"]),
        ((1024, 768), {"inside": (320, 240), "narrow": (160, 120), "odd": (0, 0)}, ["inside"]),
        ((768, 1366), {"inside": (320, 569), "floor": (320, 568), "cut": (320, 560)}, ["inside", "floor"]),
        ((1600, 900), {"cut by a focal point": (800, 800)}, []),
    ],
)
def test_a_copy_is_used_if_it_has_the_proportions_of_the_picture(
    picture: tuple[int, int], sizes: Sizes, used: list[str]
) -> None:
    file = shown(*picture, sizes)
    assert names(file) == used
    assert file.thumbnail_url == f"{CMS}{OWN}/{used[0] if used else 'whole'}.png"
    assert (file.width, file.height) == picture


@pytest.mark.parametrize(("width", "height"), [(None, 4), (4, None), (0, 4), (-4, 4), ("3", 4)])
def test_of_a_picture_of_no_known_proportions_no_copy_is_used(width: object, height: object) -> None:
    file = shown(width, height, OF_THE_DOCS)
    assert (names(file), file.thumbnail_url) == ([], f"{CMS}{OWN}/whole.png")


@pytest.mark.parametrize(
    ("stored", "metrics", "sizes", "used", "pixels"),
    [
        # Stored as it came, on its side; the copies are upright.
        ((640, 480), {"width": 480, "height": 640}, {"inside": (360, 480), "cut": (400, 300)}, ["inside"], (480, 640)),
        ((640, 480), None, {"inside": (360, 480)}, ["inside"], (480, 640)),
        # Not told apart from a picture that lies, where one copy has the proportions of the file.
        ((640, 480), None, {"inside": (320, 240), "cut": (360, 480)}, ["inside"], (640, 480)),
        # Payload has turned it itself, and scaled or cut it.
        ((480, 640), {"width": 480, "height": 640}, {"inside": (360, 480)}, ["inside"], (480, 640)),
        ((240, 320), {"width": 480, "height": 640}, {"inside": (240, 320)}, ["inside"], (240, 320)),
        ((500, 500), {"width": 480, "height": 640}, {"inside": (300, 300)}, ["inside"], (500, 500)),
    ],
)
def test_a_file_that_exif_turns_is_what_a_browser_shows(
    stored: tuple[int, int], metrics: object, sizes: Sizes, used: list[str], pixels: tuple[int, int]
) -> None:
    file = shown(*stored, sizes, metrics=metrics)
    assert (names(file), (file.width, file.height)) == (used, pixels)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (f"{OWN}/a b.png", f"{CMS}{OWN}/a%20b.png"),
        (f"{CMS}{OWN}/a.png", f"{CMS}{OWN}/a.png"),
        (f"{BUCKET}/pre/m ü.png", f"{BUCKET}/pre/m%20%C3%BC.png"),
        (f"{OWN}/a.png?prefix=pre%2Ffix", f"{CMS}{OWN}/a.png?prefix=pre%2Ffix"),
        ("//cdn.example/a", "https://cdn.example/a"),
        (None, None),
        (["/a"], None),
    ],
)
def test_an_address_is_absolute(url: object, address: str | None) -> None:
    file = shown(3, 4, {}, url=url)
    assert (file.url, file.thumbnail_url) == (address, address)


def test_the_thumbnail_of_the_admin_panel_is_not_used_since_it_may_be_anything() -> None:
    assert shown(3, 4, {}, thumbnailURL=f"{OWN}/logo.png").thumbnail_url == f"{CMS}{OWN}/whole.png"


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
