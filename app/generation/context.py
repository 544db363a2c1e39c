"""What a generation works with: a caller, a character, and the clients."""

from __future__ import annotations

import logging
import time

import msgspec

from app.character_library import CharacterLibrary
from app.cms.caller import Caller
from app.cms.character import CharacterReference
from app.cms.gateway import Cms
from app.generation.unstored import Key, Unstored, key_of
from app.ingest import Ingest
from payload_client import ApiKey, Id, PayloadError

log = logging.getLogger(__name__)

STORING_SECONDS = 300
"""What bringing in all that was drawn may take, on top of the drawing."""


class GenerationContext(msgspec.Struct, frozen=True):
    """A caller, a character that is linked, and Payload as that caller. `library_id`: the character's id there.

    `unstored`: what earlier runs could not store.
    """

    cms: Cms
    library: CharacterLibrary
    ingest: Ingest
    caller: Caller
    character: CharacterReference
    library_id: str
    unstored: Unstored

    @property
    def key(self) -> Key:
        """The key by which runs of the character are remembered."""
        return key_of(self.character.id, self.library_id)

    @property
    def name(self) -> str:
        """What to call the character in a sentence."""
        return self.character.name or f"character {self.character.id}"

    @property
    def ids(self) -> tuple[Id, str, Id]:
        """The character's id, its id at the library and the caller's id."""
        return self.character.id, self.library_id, self.caller.id

    async def renew_session(self, seconds: float) -> GenerationContext:
        """The same context with a session that lasts so long and until all is stored, where Payload grants one."""
        caller = self.caller
        if caller.exp is None or caller.exp - time.time() > seconds + STORING_SECONDS:
            return self
        try:
            session = await self.cms.users.refresh()
        except PayloadError as error:
            log.warning("a session that ends soon could not be refreshed: %s", error)
            return self
        token = session.refreshed_token
        if not token or isinstance(caller.auth, ApiKey):
            return self
        return msgspec.structs.replace(self, cms=self.cms.as_user(msgspec.structs.replace(caller.auth, token=token)))
