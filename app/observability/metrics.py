"""What this process counts, for Prometheus. `/metrics` shows it beside what is counted of every request."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PREFIX = "character_images"

GENERATIONS = Counter(
    f"{PREFIX}_generations",
    "Runs that are over, by what they were and how they ended: succeeded, partial or failed.",
    ["kind", "outcome"],
)
PHASE_SECONDS = Histogram(
    f"{PREFIX}_phase_seconds",
    "Seconds that the library took to draw (once for a set), and that each picture's download and upload took.",
    ["kind", "phase"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 2700),
)
INGESTED = Counter(f"{PREFIX}_ingested", "Pictures stored in Payload with their record.", ["kind"])
INGESTED_BYTES = Counter(f"{PREFIX}_ingested_bytes", "Bytes of those pictures.", ["kind"])
FAILURES = Counter(
    f"{PREFIX}_failures",
    "What went wrong, by code: a request, a run (which a request may have waited for), or one picture of a run.",
    ["scope", "code"],
)
LIBRARY_CALLS = Gauge(f"{PREFIX}_library_calls_in_flight", "Requests to the Character Library without an answer yet.")
