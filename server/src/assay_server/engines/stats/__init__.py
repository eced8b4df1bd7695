"""Statistics of evaluations: how good a score is, whether it changed, and how sure that is.

Pure functions over arrays; no I/O, no knowledge of experiments. `docs/design/005-verdicts.md` has every
formula with its source. The one way in is `compare_samples` for one score and `judge` for all scores of one
comparison.
"""

from assay_server.engines.stats.comparison import Contrast, compare_samples
from assay_server.engines.stats.correction import holm
from assay_server.engines.stats.estimate import LEVEL, Estimate, Interval, estimate_mean, mean, wilson
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
    "SCORE_MARGIN",
    "Contrast",
    "Direction",
    "Estimate",
    "Interval",
    "Judgement",
    "Sample",
    "Verdict",
    "compare_samples",
    "estimate_mean",
    "holm",
    "judge",
    "mean",
    "wilson",
]
