"""From intervals and p-values to one word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from assay_server.engines.stats.comparison import Contrast
from assay_server.engines.stats.correction import Correction, adjust
from assay_server.engines.stats.estimate import LEVEL

ALPHA = round(1.0 - LEVEL, 12)
"""Chance of any false better or worse among the scores of one comparison."""

SCORE_MARGIN = 0.01
"""Differences of a score within ± this are too small to matter, unless the caller says otherwise."""

METRIC_MARGIN = 0.05
"""The same for metrics, as a share of the baseline mean."""

Direction = Literal["higher", "lower"]
Verdict = Literal["better", "worse", "equivalent", "inconclusive"]

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one score and the corrected p it rests on."""

    verdict: Verdict
    p: float | None


def judge(
    contrasts: Mapping[Key, Contrast],
    *,
    directions: Mapping[Key, Direction],
    margins: Mapping[Key, float],
    alpha: float = ALPHA,
    correction: Correction = "holm",
) -> dict[Key, Judgement]:
    """Verdicts of all scores of one comparison, with p-values corrected over them.

    `directions` and `margins` hold an entry per score; a margin is in the unit of the score.
    """
    adjusted = adjust([contrast.p for contrast in contrasts.values()], correction)
    return {
        name: Judgement(_verdict(contrast, p, directions[name], margins[name], alpha), p)
        for (name, contrast), p in zip(contrasts.items(), adjusted, strict=True)
    }


def _verdict(
    contrast: Contrast, p: float | None, direction: Direction, margin: float, alpha: float
) -> Verdict:
    if contrast.diff is None or contrast.interval is None:
        return "inconclusive"
    low, high = contrast.interval
    # Checked first: a difference proven to be too small to matter is no reason to prefer either run.
    if -margin <= low and high <= margin:
        return "equivalent"
    if p is None or p > alpha or low <= 0.0 <= high:
        return "inconclusive"
    return "better" if (contrast.diff > 0) == (direction == "higher") else "worse"
