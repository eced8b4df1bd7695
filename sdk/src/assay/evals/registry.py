"""Collecting evaluations instead of running them, while eval files are imported."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.evals.evaluator import Evaluator

_collected: ContextVar[list[Evaluator] | None] = ContextVar("assay_collected_evaluators", default=None)


def collect(evaluator: Evaluator) -> bool:
    """Keep an evaluation for later when somebody is collecting; False means: run it now."""
    found = _collected.get()
    if found is None:
        return False
    found.append(evaluator)
    return True


@contextmanager
def collecting() -> Generator[list[Evaluator]]:
    """While this is open, `Eval(…)` in the same thread adds to the list it gives instead of running."""
    found: list[Evaluator] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)
