"""Evaluations: run a task on cases, score its outputs, record an experiment, compare it."""

from assay.evals.cases import EvalCase, EvalHooks, EvalResult
from assay.evals.data import BaseExperiment, Selection, parse_filter
from assay.evals.discover import EvalFileError, RunReport, load, run_evaluators
from assay.evals.evaluator import Eval, EvalAsync, Evaluator
from assay.evals.recorder import CaseTrace
from assay.evals.reporters import EvalResultWithSummary, Reporter, json_reporter, terminal_reporter
from assay.evals.runner import CaseTimeout, default_error_score_handler
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
    "ItemSummary",
    "Reporter",
    "RunReport",
    "Score",
    "Selection",
    "Spend",
    "default_error_score_handler",
    "json_reporter",
    "load",
    "parse_filter",
    "run_evaluators",
    "terminal_reporter",
]
