"""What a file that leaves says of itself: an XMP packet with IPTC's properties for what a model generated.

The properties are those of the IPTC Photo Metadata Standard 2025.1 (`Iptc4xmpExt`): https://iptc.org/std/photometadata.
"""

from __future__ import annotations

import re
from xml.parsers import expat
from xml.sax.saxutils import escape

from app.cms.image import Image
from app.limits import NAME, PROMPT, cut

LARGEST_PACKET = 65_502
"""Bytes of a packet: what fits into one segment of a JPEG (XMP specification, part 3, 1.1.3)."""

_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DESCRIPTION = """<rdf:Description rdf:about=""
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
{properties}
</rdf:Description>
"""
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
{description}</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def packet_of(image: Image, old: bytes | None = None) -> bytes:
    """The packet of an image, in UTF-8. `old`: the one that its file has already.

    The old one stays, with its own dates, and gets our description. Where it says what generated the image already, is
    malformed or leaves no room, ours takes its place.
    """
    properties = _properties(image)
    joined = _joined(old, properties) if old else None
    return joined or _PACKET.format(description=_description(properties)).encode()


def _properties(image: Image) -> dict[str, str]:
    at = image.created_at.isoformat(timespec="seconds") if image.created_at else ""
    known = {
        "Iptc4xmpExt:DigitalSourceType": _SOURCE_TYPE,
        "Iptc4xmpExt:AISystemUsed": cut(image.provider or "", NAME),
        "Iptc4xmpExt:AIPromptInformation": _bounded(image.prompt or ""),
        "photoshop:DateCreated": at,
        "xmp:CreateDate": at,
    }
    return {name: value for name, value in known.items() if value}


def _description(properties: dict[str, str]) -> str:
    lines = (f" <{name}>{_text(value)}</{name}>" for name, value in properties.items())
    return _DESCRIPTION.format(properties="\n".join(lines))


def _bounded(prompt: str) -> str:
    """The prompt, or as much of it as is taken anywhere here, with a sentence that says so."""
    if len(prompt) <= PROMPT:
        return prompt
    return f"{prompt[:PROMPT]}…\n[The first {PROMPT:,} of {len(prompt):,} characters; the record in Payload has all.]"


def _text(value: str) -> str:
    """The value as XML text: CR as a reference, since parsers make it LF, U+FFFD for what XML cannot hold."""
    return escape(_NOT_XML.sub("\ufffd", value), {"\r": "&#13;"})


def _joined(old: bytes, properties: dict[str, str]) -> bytes | None:
    """The old packet with one more description; None where it is to be replaced."""
    head, end, tail = old.rpartition(b"</rdf:RDF>")
    if not end or b"<!" in old or any(_local(name) in old for name in properties if name.startswith("Iptc4xmpExt:")):
        return None  # `<!` begins what a packet has no use for, such as entities
    ours = {name: value for name, value in properties.items() if _local(name) not in old}
    joined = head + _description(ours).encode() + end + tail
    try:
        expat.ParserCreate("utf-8", " ").Parse(joined, True)
    except expat.ExpatError:
        return None
    return joined if len(joined) <= LARGEST_PACKET else None


def _local(name: str) -> bytes:
    return name.partition(":")[2].encode()
