"""How often a gate is wrong, counted over synthetic experiments with the engine's own intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.evals.gates import Finished, Gate, check
from assay_server.engines.stats import Sample, compare_samples

CASES, EXPERIMENTS, SCORES = 40, 600, ("A", "B", "C", "D")


class Drawn:
    """An experiment whose scores differ from the baseline's by `shift` on average; the same case is as hard in both."""

    def __init__(self, generator: np.random.Generator, shift: float) -> None:
        hard = generator.normal(0.6, 0.1, CASES)
        self._pairs = {
            name: tuple(
                Sample.independent(hard + move + generator.normal(0, 0.05, CASES)) for move in (shift, 0.0)
            )
            for name in SCORES
        }

    def get(self, path: str, *, to: str | None, level: float | None) -> Any:
        return {
            "experiment": {"id": "n", "name": "new"},
            "baseline": {"id": "o", "name": "old"},
            "scores": [self._item(name, *pair, level or 0.95) for name, pair in self._pairs.items()],
            "metrics": [],
        }

    def _item(self, name: str, ours: Sample, theirs: Sample, level: float) -> dict[str, Any]:
        found = compare_samples(ours, theirs, level=level)
        return {
            "name": name,
            "mean": 0.6,
            "baseline_mean": 0.6,
            "diff": found.diff,
            "diff_interval": found.interval,
        }


def share_failed(shift: float, condition: str, *, seed: int) -> float:
    generator, gate = np.random.default_rng(seed), Gate.of([condition])
    reports = [check(gate, Finished(Drawn(generator, shift).get, "n")) for _ in range(EXPERIMENTS)]
    return sum(not report.passed for report in reports) / EXPERIMENTS


def test_a_harmless_change_fails_at_most_as_often_as_the_confidence_allows() -> None:
    assert share_failed(0.0, "any score drops", seed=1) <= 0.05
    # A drop of exactly what is allowed is the hardest harmless change.
    assert share_failed(-0.02, "any score drops 0.02", seed=2) <= 0.05


def test_a_harmful_change_fails_nearly_always() -> None:
    assert share_failed(-0.06, "any score drops 0.02", seed=3) >= 0.95
    assert share_failed(-0.06, "A drops 0.02", seed=4) >= 0.8
