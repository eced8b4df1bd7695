"""Assay: trace, evaluate and compare AI applications.

Names follow the field, so `import assay as braintrust` runs ordinary code. Importing the package is cheap:
each name is loaded when it is first used. (For pytest, whose plugin lives in here: PYTEST_DONT_REWRITE.)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.client.limits import RateLimit as RateLimit
    from assay.client.limits import RateLimiter as RateLimiter
    from assay.client.limits import set_rate_limits as set_rate_limits
    from assay.client.state import State as State
    from assay.client.state import current_state as current_state
    from assay.core.errors import ApiError as ApiError
    from assay.core.errors import AssayError as AssayError
    from assay.core.errors import ConfigError as ConfigError
    from assay.core.errors import InvalidReference as InvalidReference
    from assay.core.errors import Unreachable as Unreachable
    from assay.core.spans import SpanTypeAttribute as SpanTypeAttribute
    from assay.datasets import Dataset as Dataset
    from assay.datasets import DatasetSummary as DatasetSummary
    from assay.datasets import init_dataset as init_dataset
    from assay.evals import BaseExperiment as BaseExperiment
    from assay.evals import Eval as Eval
    from assay.evals import EvalAsync as EvalAsync
    from assay.evals import EvalCase as EvalCase
    from assay.evals import EvalHooks as EvalHooks
    from assay.evals import EvalResult as EvalResult
    from assay.evals import EvalResultWithSummary as EvalResultWithSummary
    from assay.evals import Evaluator as Evaluator
    from assay.evals import Reporter as Reporter
    from assay.evals import Score as Score
    from assay.experiments import Experiment as Experiment
    from assay.experiments import ExperimentSummary as ExperimentSummary
    from assay.experiments import MetricSummary as MetricSummary
    from assay.experiments import ReadonlyExperiment as ReadonlyExperiment
    from assay.experiments import ScoreSummary as ScoreSummary
    from assay.experiments import init as init
    from assay.experiments import init_experiment as init_experiment
    from assay.experiments import log as log
    from assay.experiments import summarize as summarize
    from assay.integrations.openai import wrap_openai as wrap_openai
    from assay.logs import flush as flush
    from assay.logs import get_span_parent_object as get_span_parent_object
    from assay.logs import init_logger as init_logger
    from assay.logs import log_feedback as log_feedback
    from assay.logs import login as login
    from assay.logs import permalink as permalink
    from assay.logs import set_masking_function as set_masking_function
    from assay.logs import update_span as update_span
    from assay.pytest_plugin import case as case
    from assay.tracing.attachments import Attachment as Attachment
    from assay.tracing.attachments import ExternalAttachment as ExternalAttachment
    from assay.tracing.attachments import JSONAttachment as JSONAttachment
    from assay.tracing.attachments import ReadonlyAttachment as ReadonlyAttachment
    from assay.tracing.context import current_experiment as current_experiment
    from assay.tracing.context import current_logger as current_logger
    from assay.tracing.context import current_span as current_span
    from assay.tracing.context import parent_context as parent_context
    from assay.tracing.decorators import traced as traced
    from assay.tracing.logger import Logger as Logger
    from assay.tracing.noop import NOOP_SPAN as NOOP_SPAN
    from assay.tracing.propagation import start_span as start_span
    from assay.tracing.propagation import traceparent as traceparent
    from assay.tracing.protocol import Span as Span
    from assay.tracing.threads import TracedThreadPoolExecutor as TracedThreadPoolExecutor

__version__ = "0.1.0"

_MODULES = {
    "assay.client.limits": ("RateLimit", "RateLimiter", "set_rate_limits"),
    "assay.client.state": ("State", "current_state"),
    "assay.core.errors": ("ApiError", "AssayError", "ConfigError", "InvalidReference", "Unreachable"),
    "assay.core.spans": ("SpanTypeAttribute",),
    "assay.datasets": ("Dataset", "DatasetSummary", "init_dataset"),
    "assay.evals": (
        "BaseExperiment", "Eval", "EvalAsync", "EvalCase", "EvalHooks", "EvalResult", "EvalResultWithSummary",
        "Evaluator", "Reporter", "Score",
    ),
    "assay.experiments": (
        "Experiment", "ExperimentSummary", "MetricSummary", "ReadonlyExperiment", "ScoreSummary", "init",
        "init_experiment", "log", "summarize",
    ),
    "assay.integrations.openai": ("wrap_openai",),
    "assay.logs": (
        "flush", "get_span_parent_object", "init_logger", "log_feedback", "login", "permalink",
        "set_masking_function", "update_span",
    ),
    "assay.pytest_plugin": ("case",),
    "assay.tracing.attachments": ("Attachment", "ExternalAttachment", "JSONAttachment", "ReadonlyAttachment"),
    "assay.tracing.context": ("current_experiment", "current_logger", "current_span", "parent_context"),
    "assay.tracing.decorators": ("traced",),
    "assay.tracing.logger": ("Logger",),
    "assay.tracing.noop": ("NOOP_SPAN",),
    "assay.tracing.propagation": ("start_span", "traceparent"),
    "assay.tracing.protocol": ("Span",),
    "assay.tracing.threads": ("TracedThreadPoolExecutor",),
}  # fmt: skip
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    try:
        module = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'assay' has no attribute {name!r}") from None
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
