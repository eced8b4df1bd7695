"""The values of an evaluation: a case, what the task is given beside its input, and the outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from assay.tracing.span import Span

ADDED_METADATA = ("scorer_errors", "reused")
"""What a run adds to the metadata of its cases' rows, and what is therefore no part of a case."""

_CASE_FIELDS = ("input", "expected", "metadata", "tags", "id", "created", "origin", "_xact_id")


@dataclass(slots=True)
class EvalCase:
    """One thing to try: an input, and optionally what should come out.

    `metadata` is a JSON object, `tags` a list of strings. The rest is set on cases that come from a dataset:
    the row's `id`, `created` and `_xact_id`, and `origin`, the reference recorded on the case's trace.
    """

    input: Any
    expected: Any = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    id: str | None = None
    created: str | None = None
    origin: dict[str, Any] | None = None
    _xact_id: str | None = None

    @classmethod
    def of(cls, value: Any) -> EvalCase:
        """Read a case from an EvalCase, a mapping with the same keys, or any object with the same attributes.

        Keys that are not fields of a case are ignored. Raises ValueError for a value without an input.
        """
        if isinstance(value, EvalCase):
            return value
        if isinstance(value, Mapping):
            given = cast("Mapping[str, Any]", value)
            if "input" not in given:
                raise ValueError(f"a case has no 'input': its keys are {sorted(map(str, given))}")
            return cls(**{key: given[key] for key in _CASE_FIELDS if key in given})
        if hasattr(value, "input"):
            return cls(**{key: getattr(value, key) for key in _CASE_FIELDS if hasattr(value, key)})
        raise ValueError(f"a case is a dict with 'input' or an EvalCase, and this is {value!r}")


@dataclass(slots=True, eq=False)
class EvalHooks:
    """What a task with a second parameter gets beside its input.

    `metadata` and `tags` belong to the case's trace: change them in place. `span` is the task's span,
    `trial_index` counts from 0, `parameters` are the evaluation's.
    """

    metadata: dict[str, Any]
    expected: Any
    span: Span
    trial_index: int = 0
    tags: list[str] = field(default_factory=list[str])
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    on_progress: Callable[[Any], None] | None = None

    def meta(self, **values: Any) -> None:
        """Add to `metadata`."""
        self.metadata.update(values)

    def report_progress(self, event: Any) -> None:
        """Hand an intermediate result to the evaluation's `stream`, if it has one."""
        if self.on_progress is not None:
            self.on_progress(event)


@dataclass(slots=True)
class EvalResult:
    """The outcome of one trial of one case.

    `scores` maps names to 0..1 or None (did not apply). `error` is what the task raised, or why the case was
    given up; `exc_info` its text with the traceback. `duration` is in seconds, without those it was `throttled`: held
    back by rate limits, or spent on `attempts` before the last. `reused` says when and where the answer was `made`
    when it comes from an earlier run. `root_span_id` names the trace
    and is None when nothing is recorded.
    """

    input: Any
    output: Any = None
    scores: dict[str, float | None] = field(default_factory=dict[str, float | None])
    expected: Any = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    error: BaseException | None = None
    exc_info: str | None = None
    trial_index: int = 0
    duration: float = 0.0
    root_span_id: str | None = None
    reused: dict[str, Any] | None = None
    throttled: float = 0.0
    attempts: int = 1
