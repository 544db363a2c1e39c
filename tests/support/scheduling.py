"""Which file of tests a worker of pytest-xdist is given next, so that few of them start the same servers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # ships no types

_SECONDS = {
    "browser": 2.0,
    "crash": 1.0,
    "existing_payload": 30.0,
    "faults": 0.3,
    "inputs": 0.05,
    "integration": 0.6,
    "replicas": 8.0,
    "unit": 0.04,
}
_SECONDS_ELSEWHERE = 0.2
"""What a test of a folder takes, roughly."""


class FolderScheduling(LoadFileScheduling):  # type: ignore[misc]  # as above
    """Whole files. A worker stays in its folder while there is work, then goes where most is left for each worker."""

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(self._next_for(node), last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: Any) -> str:
        """Choose a file: of the best folder the first, which is the one with the most tests."""
        left: dict[str, float] = defaultdict(float)
        for file, tests in self.workqueue.items():
            left[_folder(file)] += len(tests) * _SECONDS.get(_folder(file), _SECONDS_ELSEWHERE)
        workers = {worker: _folder(next(reversed(work))) for worker, work in self.assigned_work.items() if work}
        own = workers.pop(node, None)
        busy = Counter(workers.values())
        best = own if own in left else max(left, key=lambda folder: left[folder] / (1 + busy[folder]))
        files: list[str] = [file for file in self.workqueue if _folder(file) == best]
        return files[0]


def _folder(file: str) -> str:
    """The folder within `tests`; what is in it shares its servers."""
    return file.split("/")[1]
