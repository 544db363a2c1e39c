"""The metrics of this process for Prometheus, shown at `/metrics` beside those of every request (`docs/metrics.md`)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PREFIX = "character_images"

GENERATIONS = Counter(
    f"{PREFIX}_generations",
    "Runs that ended, by kind and outcome: succeeded, partial or failed.",
    ["kind", "outcome"],
)
PHASE_SECONDS = Histogram(
    f"{PREFIX}_phase_seconds",
    "Seconds of the library's generation (once for a set), and of each image's download and upload.",
    ["kind", "phase"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 2700),
)
INGESTED = Counter(f"{PREFIX}_ingested", "Images stored in Payload with their record.", ["kind"])
INGESTED_BYTES = Counter(f"{PREFIX}_ingested_bytes", "Bytes of those images.", ["kind"])
FAILURES = Counter(
    f"{PREFIX}_failures",
    "Failures by code: of a request, of a run (which a request may have waited for), or of one picture of a run.",
    ["scope", "code"],
)
LIBRARY_CALLS = Gauge(
    f"{PREFIX}_library_calls_in_flight", "Requests to the Character Library that have not been answered."
)
