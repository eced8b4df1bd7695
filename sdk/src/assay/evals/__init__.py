"""Evaluations: run a task on cases, score its outputs, record an experiment, compare it."""

from assay.client.limits import RateLimit, RateLimiter, set_rate_limits
from assay.evals.attempts import CaseTimeout, Retries
from assay.evals.cases import EvalCase, EvalHooks, EvalResult
from assay.evals.closure import cache_by, version_of
from assay.evals.data import BaseExperiment, Selection, parse_filter
from assay.evals.discover import EvalFileError, RunReport, load, run_evaluators
from assay.evals.evaluator import Eval, EvalAsync, Evaluator
from assay.evals.forecast import Forecast
from assay.evals.matrix import expand, parse_matrix
from assay.evals.recorder import CaseTrace
from assay.evals.reporters import EvalResultWithSummary, Reporter, json_reporter, terminal_reporter
from assay.evals.runner import default_error_score_handler
from assay.evals.summary import EvalSummary, ItemSummary, Spend
from assay.scorers.score import Score

__all__ = [
    "BaseExperiment",
    "CaseTimeout",
    "CaseTrace",
    "Eval",
    "EvalAsync",
    "EvalCase",
    "EvalFileError",
    "EvalHooks",
    "EvalResult",
    "EvalResultWithSummary",
    "EvalSummary",
    "Evaluator",
    "Forecast",
    "ItemSummary",
    "RateLimit",
    "RateLimiter",
    "Reporter",
    "Retries",
    "RunReport",
    "Score",
    "Selection",
    "Spend",
    "cache_by",
    "default_error_score_handler",
    "expand",
    "json_reporter",
    "load",
    "parse_filter",
    "parse_matrix",
    "run_evaluators",
    "set_rate_limits",
    "terminal_reporter",
    "version_of",
]
