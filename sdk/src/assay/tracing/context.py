"""What is current: the span (per task and thread), the parent from another process, the logger, the
experiment.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from assay.tracing.noop import NOOP_SPAN

if TYPE_CHECKING:
    from assay.experiments import Experiment
    from assay.tracing.logger import Logger
    from assay.tracing.protocol import Span

CURRENT_SPAN: ContextVar[Span] = ContextVar("assay_current_span", default=NOOP_SPAN)
REMOTE_PARENT: ContextVar[str | None] = ContextVar("assay_remote_parent", default=None)


class _Current:
    """Process-wide on purpose: `init_logger` in the main module serves every thread and task."""

    logger: Logger | None = None
    experiment: Experiment | None = None


def current_span() -> Span:
    """The span this code runs in; NOOP_SPAN outside of any."""
    return CURRENT_SPAN.get()


def current_logger() -> Logger | None:
    """The logger of the last `init_logger`."""
    return _Current.logger


def current_experiment() -> Experiment | None:
    """The experiment of the last `init`."""
    return _Current.experiment


def set_current_logger(logger: Logger | None) -> None:
    """Make a logger the one that `start_span` and `traced` write to."""
    _Current.logger = logger


def set_current_experiment(experiment: Experiment | None) -> None:
    """Make an experiment the one that `start_span`, `traced` and `log` write to."""
    _Current.experiment = experiment


@contextmanager
def parent_context(parent: str | None) -> Generator[None]:
    """Make an exported span (or a traceparent) the parent of spans started inside; None changes nothing."""
    if parent is None:
        yield
        return
    span_token = CURRENT_SPAN.set(NOOP_SPAN)
    parent_token = REMOTE_PARENT.set(parent)
    try:
        yield
    finally:
        REMOTE_PARENT.reset(parent_token)
        CURRENT_SPAN.reset(span_token)
