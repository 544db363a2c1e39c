"""From an address to a stored picture: fetched, checked, uploaded, recorded."""

from app.ingest.breaker import Breaker
from app.ingest.download import Downloads
from app.ingest.egress import Allowed, GuardedNetwork
from app.ingest.file_names import is_ours
from app.ingest.pipeline import Ingest, Subject

__all__ = ["Allowed", "Breaker", "Downloads", "GuardedNetwork", "Ingest", "Subject", "is_ours"]
