"""Bounds and time limits of our own: those that are no settings.

What may be read is a constant: the same for everybody, whatever a record, the library or a request holds. How long and
how much of something a process allows is a field of `Limits`, which the composition root passes on, so that tests
scale it instead of patching modules.
"""

from __future__ import annotations

import msgspec

SET_PLACES = 64
"""Places in a set, whatever its records say."""

LIBRARY_ITEMS = 64
"""Items that are read of a list in an answer of the Character Library."""

LIBRARY_HELD = 500
"""Pictures that are read of each kind that it holds for a character; what is beyond could never be recovered."""

ID = 200
"""Characters of an id that another service gives; what is longer is none."""

ADDRESS = 8192
"""Characters of an address; what is longer is none."""

PROMPT = 10_000
"""Characters of a prompt, and of any other long text of one's own."""

WORDS = 300
"""Characters of another service's own words that a person is shown."""

NAME = 200
"""Characters of a name: of a character, a shot, a file."""

LARGEST_NUMBER = 2**53 - 1
"""Of a whole number: beyond it JavaScript, and so Payload, cannot tell one from the next."""

MEMBERS = 64
"""Members of free data, such as a record's metrics, that are shown."""

NOTE = 300
"""Characters of a note about an image."""

FACT = 80
"""Characters of a fact that has changed which are shown."""

FACTS = 1_000
"""Values of a character's data that are looked at for its page."""

ORIGINS = 64
"""Origins that one page may show pictures from, beside those that the settings name."""

HEADER_FIELDS = 100
"""Fields in the header of a request."""

HEADER_BYTES = 32 * 1024
"""Header fields of a request together."""

TARGET_BYTES = 64 * 1024 - 1
"""Address in a request line."""

LONGEST_SIDE = 16_384
"""Pixels of a picture's side: what browsers decode; WebP itself has 16,383."""

JPEG_SCANS = 500
"""Scans of a JPEG: encoders write ten or so, and this is where libjpeg-turbo's own fuzzers stop."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how much one process allows. Times, and rows of times, are in seconds, and their names end so."""

    sign_in_refused_seconds: float = 1.0
    """What a refused sign-in takes, be the account known or not; a slow one takes a multiple."""
    session_check_seconds: float = 30.0
    """How long an event stream goes on after its session has ended."""
    header_seconds: float = 10.0
    body_seconds: float = 15.0
    loop_seconds: float = 60.0
    """How long the event loop may stand still before the process ends itself."""
    connect_seconds: float = 5.0
    """Until another service accepts a connection."""
    resolve_seconds: float = 2.0
    """Until the addresses of a host that pictures come from are looked up."""
    second_try_seconds: tuple[float, float] = (0.2, 1.5)
    """At least, and at most, before the second try of a download."""
    new_picture_seconds: float = 20.0
    """How long a picture that was just drawn is looked for again where its host does not have it yet."""
    new_picture_pause_seconds: tuple[float, float] = (0.5, 4.0)
    """Between two such looks: at first, and at most."""
    library_look_up_seconds: float = 30.0
    """For a request to the Character Library that draws nothing."""
    job_seconds: tuple[float, float] = (2.0, 15.0)
    """Between two looks at a job of the Character Library: at first, and at most."""
    lost_answer_seconds: tuple[float, ...] = (0.0, 0.5, 2.0)
    """Before each look for what a lost answer of Payload's may have written."""
    readiness_seconds: float = 1.0
    """How long an answer to "can this process work?" holds."""
    readiness_payload_seconds: float = 3.0
    """For Payload's part of that answer."""
    event_seconds: float = 5.0
    """Between two events of a stream, at most."""
    sign_in_wait_seconds: float = 10.0
    """For tries to sign in that are under way, and may all fail, before another one is let in."""
    decoding_seconds: float = 1.0
    long_decoding_seconds: float = 10.0
    decoder_answer_seconds: float = 60.0
    decoder_idle_seconds: float = 30.0
    streams: int = 512
    """Event streams that are open at once."""
    downloads: int = 16
    """Zips and contact sheets that are under way at once."""
    look_ups: int = 32
    """Questions to the Character Library what it has, at once."""

    answer_stalled_seconds: float = 30.0
    """How long an answer that waits for its reader may go on with less than `slowest_reader` of it taken."""

    slowest_reader: int = 1024
    """Bytes a second."""

    ending_seconds: float = 15.0
    """How long answers may take that are open when the last run of a process that ends is over; others come in yet."""

    last_answers_seconds: float = 5.0
    """How long, after that, the answers may take to those who came in meanwhile; nobody else does."""

    pipelined: int = 10
    """Requests of a connection that wait for the one before them."""

    connections: int = 1000
    """Connections to the process."""

    def scaled(self, factor: float) -> Limits:
        """Return the same limits with each time multiplied by `factor`."""
        times = {name: getattr(self, name) for name in self.__struct_fields__ if name.endswith("_seconds")}
        return msgspec.structs.replace(self, **{name: _scale(time, factor) for name, time in times.items()})


def _scale(time: float | tuple[float, ...], factor: float) -> float | tuple[float, ...]:
    return tuple(one * factor for one in time) if isinstance(time, tuple) else time * factor


def cut(text: str, longest: int) -> str:
    """Return the text if it has at most `longest` characters, else its beginning with an ellipsis, as long as that."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
