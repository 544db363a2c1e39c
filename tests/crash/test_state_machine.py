"""Whatever happens in whatever order, what is promised holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crash.machine import machines
from tests.support.faulty_world import FaultyWorld

# Nothing is shrunk: each step takes real time, and two things at once do not end the same way each time.
COMMON = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_the_same_short_lives_each_time(world: FaultyWorld, tmp_path: Path) -> None:
    with machines(world, tmp_path) as machine:
        short = settings(COMMON, max_examples=12, stateful_step_count=25, derandomize=True)
        run_state_machine_as_test(machine, settings=short)


@pytest.mark.long
@pytest.mark.timeout(3 * 3600)
def test_long_lives(world: FaultyWorld, tmp_path: Path) -> None:
    with machines(world, tmp_path) as machine:
        run_state_machine_as_test(machine, settings=settings(COMMON, max_examples=300, stateful_step_count=40))
