"""Statistics of evaluations: how good a score is, whether it changed, and how sure that is.

Pure functions over arrays; no I/O, no knowledge of experiments. `docs/statistics.md` has every formula with
its source. The ways in: `estimate_mean` for one score, `compare_samples` for a score of two runs and `judge`
for all scores of a comparison; `power` and `planning` before a run; `reliability` for repeated trials.
"""

from assay_server.engines.stats.comparison import Contrast, compare_samples
from assay_server.engines.stats.correction import Correction, benjamini_hochberg, holm
from assay_server.engines.stats.estimate import LEVEL, NOTHING, Estimate, Method, estimate_mean, wilson
from assay_server.engines.stats.moments import Interval, Moments, mean, moments
from assay_server.engines.stats.sample import Sample
from assay_server.engines.stats.verdict import (
    ALPHA,
    METRIC_MARGIN,
    SCORE_MARGIN,
    Direction,
    Judgement,
    Verdict,
    judge,
)

__all__ = [
    "ALPHA",
    "LEVEL",
    "METRIC_MARGIN",
    "NOTHING",
    "SCORE_MARGIN",
    "Contrast",
    "Correction",
    "Direction",
    "Estimate",
    "Interval",
    "Judgement",
    "Method",
    "Moments",
    "Sample",
    "Verdict",
    "benjamini_hochberg",
    "compare_samples",
    "estimate_mean",
    "holm",
    "judge",
    "mean",
    "moments",
    "wilson",
]
