"""Scorers: functions and objects that judge an output between 0 and 1.

Three kinds: heuristics that compute (`ExactMatch`, `Levenshtein`, `Contains`, `Regex`, `NumericDiff`,
`ValidJSON`, `JSONDiff`, `ListContains`, and over repeated trials `pass_at_k` and `pass_exp_k`),
`EmbeddingSimilarity`, and judges that ask a model (`LLMClassifier` and the ready ones). All are called the
same way: `scorer(output=…, expected=…, input=…)`; the objects also `.eval(…)`, `await .eval_async(…)`.
"""

from assay.scorers.embedding import EmbeddingSimilarity
from assay.scorers.json import JSONDiff, JSONValid, ValidJSON
from assay.scorers.judges import (
    Battle,
    ClosedQA,
    Factuality,
    Humor,
    Moderation,
    Security,
    Sql,
    Summary,
    Translation,
)
from assay.scorers.list import ListContains
from assay.scorers.llm import JudgeError, LLMClassifier
from assay.scorers.number import NumericDiff
from assay.scorers.reliability import pass_at_k, pass_exp_k
from assay.scorers.score import Heuristic, Score
from assay.scorers.string import Contains, ExactMatch, Levenshtein, Regex

__all__ = [
    "Battle",
    "ClosedQA",
    "Contains",
    "EmbeddingSimilarity",
    "ExactMatch",
    "Factuality",
    "Heuristic",
    "Humor",
    "JSONDiff",
    "JSONValid",
    "JudgeError",
    "LLMClassifier",
    "Levenshtein",
    "ListContains",
    "Moderation",
    "NumericDiff",
    "Regex",
    "Score",
    "Security",
    "Sql",
    "Summary",
    "Translation",
    "ValidJSON",
    "pass_at_k",
    "pass_exp_k",
]
