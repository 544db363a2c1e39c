"""From an address to a stored picture: fetched, checked, uploaded, recorded."""

from app.ingest.batch import ingest_batch
from app.ingest.download import Downloads
from app.ingest.egress import Allowed, GuardedNetwork
from app.ingest.file_names import creation_window, is_ours
from app.ingest.pipeline import Ingest, Subject

__all__ = [
    "Allowed",
    "Downloads",
    "GuardedNetwork",
    "Ingest",
    "Subject",
    "creation_window",
    "ingest_batch",
    "is_ours",
]
