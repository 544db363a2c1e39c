"""From an address to a stored picture: fetched, checked, uploaded, recorded."""

from app.ingest.breaker import Breaker
from app.ingest.download import Downloads
from app.ingest.egress import Allowed, GuardedNetwork
from app.ingest.keep import Ingest, Subject
from app.ingest.names import is_ours

__all__ = ["Allowed", "Breaker", "Downloads", "GuardedNetwork", "Ingest", "Subject", "is_ours"]
