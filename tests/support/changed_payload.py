"""Payloads that differ from the one of the local stack in one thing, as those of other people do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.local_stack import stack
from tests.support.world import World, beside

_PLAIN = "export default buildConfig({"
_CHANGED = """
const get = (slug) => base.collections.find((collection) => collection.slug === slug)
const field = (slug, name) => get(slug).fields.find((one) => one.name === name)
%s
export default buildConfig(base)
"""


@contextmanager
def changed_world(
    folder: Path,
    change: str,
    *,
    ids: str = "number",
    database: str | None = None,
    settings: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """A world around a Payload with a change, see `changed_payload`. `settings` of Payload, `more` of the product."""
    with (
        changed_payload(folder, change, ids=ids, database=database, settings=settings) as payload,
        beside(payload, folder, ids, more=more) as world,
    ):
        yield world


@contextmanager
def changed_payload(
    folder: Path,
    change: str,
    *,
    ids: str = "number",
    database: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[stack.Server]:
    """A Payload with a change: JavaScript that alters its config `base`.

    It has `get` and `field` for collections and their fields.
    """
    source = folder / "source"
    shutil.copytree(stack.PAYLOAD, source, ignore=shutil.ignore_patterns("node_modules"))
    (source / "node_modules").symlink_to(stack.PAYLOAD / "node_modules")
    config = source / "payload.config.ts"
    plain = config.read_text()
    assert plain.count(_PLAIN) == 1
    start, _, rest = plain.partition(_PLAIN)
    end = rest.rindex("})")
    config.write_text(f"{start}const base: any = {{{rest[:end]}}}{_CHANGED % change}")
    with stack.payload(folder / "payload", ids=ids, database=database, settings=settings, source=source) as payload:
        yield payload
