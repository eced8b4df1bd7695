"""Standardised effect sizes: how large a difference is next to the spread of the cases."""

from __future__ import annotations

import math

from assay_server.engines.stats.sample import Floats, Pairs


def paired_effect(pairs: Pairs) -> float | None:
    """Cohen's d_z: mean difference over the standard deviation of differences; None without spread."""
    differences = pairs.candidate - pairs.baseline
    return _ratio(float(differences.mean()), float(differences.var(ddof=1))) if len(pairs) > 1 else None


def grouped_effect(candidate: Floats, baseline: Floats) -> float | None:
    """Cohen's d with the average of the two variances; None without spread."""
    if len(candidate) < 2 or len(baseline) < 2:
        return None
    spread = (float(candidate.var(ddof=1)) + float(baseline.var(ddof=1))) / 2
    return _ratio(float(candidate.mean() - baseline.mean()), spread)


def share_effect(candidate: Floats, baseline: Floats) -> float:
    """Cohen's h: difference of the arcsine-transformed shares."""
    angles = [2.0 * math.asin(math.sqrt(float(side.mean()))) for side in (candidate, baseline)]
    return angles[0] - angles[1]


def _ratio(difference: float, variance: float) -> float | None:
    return difference / math.sqrt(variance) if variance > 1e-24 else None
