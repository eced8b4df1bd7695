"""The trace of a case: a root `eval`, a child `task`, and a child of type `score` for every scorer.

Scorer spans carry the purpose `scorer` and hand it to the spans below them, which is how the tokens and
the cost of judging stay apart from those of the task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from assay.evals.calls import code_place
from assay.tracing.events import encode_event
from assay.tracing.noop import NOOP_SPAN
from assay.tracing.span import LiveSpan, open_span

if TYPE_CHECKING:
    from assay.evals.cases import EvalCase, EvalResult
    from assay.evals.cells import RowBits
    from assay.experiments import Experiment
    from assay.tracing.span import Caller, Span

_PURPOSE = {"purpose": "scorer"}
_BELOW_SCORER = {"span_attributes": _PURPOSE}

CELL = "cell"
"""The span attribute under which later runs find an answer or a score."""

_POLL = 0.01
"""Seconds between two looks at a full queue."""

_STALL = 5.0
"""Seconds without a row delivered after which the server counts as gone."""


class Recorder:
    """Opens the traces of one evaluation in its experiment; without one (`None`) nothing is recorded."""

    def __init__(self, experiment: Experiment | None, *, task: Callable[..., Any]) -> None:
        self._experiment = experiment
        self._task_place = code_place(task)
        self._stalled_at: int | None = None

    def start_case(self, case: EvalCase, rows: RowBits | None = None, key: str | None = None) -> CaseSpan:
        """Open the root span of one trial; `rows` are the ids of its own rows (None: random ones), `key` is what its
        answer can be found by.
        """
        if self._experiment is None:
            return CaseSpan(NOOP_SPAN, None, self._task_place)
        event: dict[str, Any] = {"input": case.input, "expected": case.expected}
        if case.origin is not None:
            event["origin"] = case.origin
        experiment = self._experiment
        options: dict[str, Any] = {"type": "eval", "caller": self._task_place}
        if rows is not None:
            options |= {"bits": rows.root, "root_span_id": rows.root_span_id}
        if key is not None:
            options["attributes"] = {CELL: key}
        span = open_span(experiment.state, experiment.target, "eval", event=event, **options)
        return CaseSpan(span, experiment, self._task_place, rows)

    async def wait_for_room(self) -> None:
        """Hold the next case back while more rows wait to be sent than the sender can keep.

        A server that takes none for _STALL seconds is not waited for again until it does: the evaluation matters
        more than its traces.
        """
        if self._experiment is None:
            return
        batcher = self._experiment.state.batcher
        progress, since = -1, time.monotonic()
        while batcher.crowded:
            stats = batcher.stats()
            settled = stats.sent + stats.rejected
            if settled == self._stalled_at:
                return
            if settled != progress:
                progress, since = settled, time.monotonic()
            elif time.monotonic() - since > _STALL:
                self._stalled_at = settled
                return
            await asyncio.sleep(_POLL)


class CaseSpan:
    """The root span of one trial while it runs."""

    __slots__ = ("_experiment", "_rows", "_task_place", "span")

    def __init__(
        self,
        span: Span,
        experiment: Experiment | None,
        task_place: Caller | None,
        rows: RowBits | None = None,
    ) -> None:
        self.span = span
        self._rows = rows
        self._experiment = experiment
        self._task_place = task_place

    @property
    def root_span_id(self) -> str | None:
        """The trace's id; None when nothing is recorded."""
        return self.span.root_span_id or None

    @property
    def origin(self) -> dict[str, str] | None:
        """A reference to the root row; None when nothing is recorded."""
        if self._experiment is None:
            return None
        return {"object_type": "experiment", "object_id": self._experiment.id, "id": self.span.id}

    def start_task(self, value: Any, attempt: int = 1) -> Span:
        """Open the span of the task's attempt number `attempt`."""
        key = "task" if attempt == 1 else f"task {attempt}"
        return self._child("task", "task", self._task_place, {"input": value}, key)

    def start_scorer(
        self,
        name: str,
        arguments: Mapping[str, Any],
        place: Caller | None,
        key: str | None = None,
        *,
        brief: bool = False,
    ) -> Span:
        """Open a scorer's span; what it scores is its input, `key` what its answer can be found by. A `brief` one is
        sent when it ends, and not when it begins too.
        """
        attributes = _PURPOSE if key is None else {**_PURPOSE, CELL: key}
        return self._child(
            name, "score", place, {"input": arguments}, f"score {name}", attributes=attributes,
            propagated=_BELOW_SCORER, brief=brief,
        )  # fmt: skip

    def finish(
        self,
        result: EvalResult,
        *,
        error: str | None,
        metrics: Mapping[str, float] | None = None,
        reusable: bool = True,
    ) -> None:
        """Log what the trial came to and end the span. One that is not `reusable` gives up its key."""
        columns: dict[str, Any] = {"output": result.output, "metadata": result.metadata, "tags": result.tags}
        if error is not None:
            columns["error"] = error
        if not reusable:
            columns["span_attributes"] = {CELL: None}
        if metrics:
            columns["metrics"] = metrics
        if isinstance(self.span, LiveSpan):
            # Sent behind everything below it and with the end: where these columns are stored, the trial is whole.
            self.span.state.batcher.move_last(self.span)
            self.span.end_with(columns)

    def fetch_spans(self) -> list[dict[str, Any]]:
        """The rows recorded below this case so far. Raises RuntimeError when nothing is recorded."""
        if self._experiment is None:
            raise RuntimeError("this run records nothing, so there are no spans to read: drop no_send_logs")
        state = self._experiment.state
        state.flush()
        source = f"experiment('{self._experiment.id}')"
        query = f"SELECT * FROM {source} WHERE root_span_id = '{self.span.root_span_id}'"
        rows = cast(
            "list[dict[str, Any]]", state.transport.post("/btql", {"query": query, "fmt": "json"})["data"]
        )
        return sorted(rows, key=lambda row: str(row.get("created")))

    def _child(
        self,
        name: str,
        kind: str,
        place: Caller | None,
        event: Mapping[str, Any],
        key: str,
        *,
        attributes: Mapping[str, Any] | None = None,
        propagated: Mapping[str, Any] | None = None,
        brief: bool = False,
    ) -> Span:
        parent = self.span
        if not isinstance(parent, LiveSpan):
            return parent
        state = parent.state
        span = LiveSpan(
            state,
            parent.target,
            name,
            type=kind,
            root_span_id=parent.root_span_id,
            parent_id=parent.span_id,
            caller=place,
            attributes=attributes,
            propagated=propagated,
            bits=None if self._rows is None else self._rows.child(key),
        )
        fields = encode_event(state, event)
        if brief:
            span.hold(fields)
        else:
            state.batcher.add(span, fields)
        return span

    def __enter__(self) -> CaseSpan:
        self.span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The error, if any, is on the span already, in better words than the exception that got here.
        self.span.__exit__(None, None, None)


def end_span(span: Span, columns: Mapping[str, Any]) -> None:
    """Log what a task or scorer came to and end its span, in one step."""
    if isinstance(span, LiveSpan):
        span.end_with(columns)


class CaseTrace:
    """What a scorer with a `trace` parameter gets: the spans recorded while its case ran."""

    def __init__(self, span: CaseSpan) -> None:
        self._span = span

    @property
    def root_span_id(self) -> str | None:
        """The trace's id; None when nothing is recorded."""
        return self._span.root_span_id

    def spans(self, span_type: str | Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The trace's rows in the order they were opened, without those of scorers; waits for the server.

        `span_type`: only spans of this type, or these types. Raises RuntimeError when nothing is recorded.
        """
        wanted = {span_type} if isinstance(span_type, str) else set(span_type or ())
        found: list[dict[str, Any]] = []
        for row in self._span.fetch_spans():
            attributes: Mapping[str, Any] = row.get("span_attributes") or {}
            if attributes.get("purpose") != "scorer" and (not wanted or attributes.get("type") in wanted):
                found.append(row)
        return found

    async def get_spans(self, span_type: str | Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The same as `spans`, for scorers that await."""
        return await asyncio.to_thread(self.spans, span_type)
