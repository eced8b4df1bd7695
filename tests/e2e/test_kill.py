"""Kill the server and its store, again and again, under load: what was acknowledged is there, once and whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.recovery import Victim, run_rounds

ROUNDS = int(os.environ.get("KILL_ROUNDS", "20"))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", ["server", "store"])
def test_nothing_acknowledged_is_lost(tmp_path: Path, victim: Victim) -> None:
    outcome = run_rounds(tmp_path, victim, ROUNDS)
    assert len(outcome.recovery) == ROUNDS
    assert outcome.acknowledged > ROUNDS * 10
