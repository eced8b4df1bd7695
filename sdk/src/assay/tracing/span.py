"""The recorded span: one row of a trace, opened, filled and ended by user code."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import Token
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any

from assay.client.records import Record
from assay.core.merge import deep_merge
from assay.core.refs import SpanRef, encode_ref
from assay.core.times import iso_time
from assay.tracing.context import CURRENT_SPAN
from assay.tracing.events import encode_event
from assay.tracing.idgen import new_root_id, random_bits, row_id_of, span_id_of
from assay.tracing.protocol import Span as Span

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target

Caller = tuple[CodeType, int]
"""Where a span was opened: code object and line."""

_next_counter = itertools.count(1).__next__
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class LiveSpan(Record):
    """A recorded span. Its columns are put together on the background thread; opening one is a few
    assignments.
    """

    __slots__ = (
        "_attributes", "_bits", "_caller", "_counter", "_end", "_name", "_parent_id", "_start",
        "_token", "_type", "propagated", "root_span_id", "span_id", "state",
    )  # fmt: skip

    recording = True

    def __init__(
        self,
        state: State,
        target: Target,
        name: str,
        *,
        type: str | None = None,
        root_span_id: str | None = None,
        parent_id: str | None = None,
        caller: Caller | None = None,
        attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        propagated: Mapping[str, Any] | None = None,
        bits: int | None = None,
    ) -> None:
        # Record's slots, set here: a super() call would be a tenth of the whole cost.
        self.target = target
        self.pending = {}
        self.pending_bytes = 0
        self.queued = self.begun = False
        self.holes = 0
        self.state = state
        if bits is None:
            bits = random_bits(128)
        self._bits = bits
        self.span_id = span_id_of(bits)
        self.root_span_id = root_span_id or new_root_id()
        self._parent_id = parent_id
        self._name = name
        self._type = type
        self._caller = caller
        self._attributes = attributes
        self.propagated = propagated
        self._counter = _next_counter()
        self._token: Token[Span] | None = None
        self._end: float | None = None
        self._start = time.time() if start_time is None else start_time

    @property
    def id(self) -> str:
        """The row id."""
        return row_id_of(self._bits)

    @property
    def name(self) -> str:
        """The name it was opened with."""
        return self._name

    @property
    def ended(self) -> bool:
        """Whether `end` was called."""
        return self._end is not None

    def columns(self, *, first: bool) -> dict[str, Any]:
        """Identity and times; called on the background thread."""
        row: dict[str, Any] = {
            "id": row_id_of(self._bits),
            "span_id": self.span_id,
            "root_span_id": self.root_span_id,
            "span_parents": [self._parent_id] if self._parent_id else None,
        }
        end = self._end
        if not first:
            if end is not None:
                row["metrics"] = {"end": end}
            return row
        attributes: dict[str, Any] = {"name": self._name, "exec_counter": self._counter}
        if self._type:
            attributes["type"] = self._type
        if self._attributes:
            attributes.update(self._attributes)
        row["created"] = iso_time(self._start)
        row["span_attributes"] = attributes
        row["metrics"] = {"start": self._start} if end is None else {"start": self._start, "end": end}
        if self._caller is not None:
            code, line = self._caller
            row["context"] = {
                "caller_functionname": code.co_qualname,
                "caller_filename": code.co_filename,
                "caller_lineno": line,
            }
        return row

    def log(self, **event: Any) -> None:
        """See `Span.log`."""
        self.state.batcher.add(self, encode_event(self.state, event))

    def log_feedback(self, **event: Any) -> None:
        """See `Span.log_feedback`."""
        from assay.tracing.feedback import write_feedback

        write_feedback(self.state, self.target, self.id, **event)

    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """See `Span.set_attributes`."""
        if name:
            self._name = name
        given = {"name": name, "type": type}
        self.log(span_attributes={**(span_attributes or {}), **{k: v for k, v in given.items() if v}})

    def start_span(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        set_current: bool | None = None,
        parent: str | None = None,
        propagated_event: Mapping[str, Any] | None = None,
        **event: Any,
    ) -> Span:
        """See `Span.start_span`."""
        if parent:
            from assay.tracing.propagation import start_below

            return start_below(
                self.state,
                parent,
                self.target,
                name,
                type,
                span_attributes,
                start_time,
                propagated_event,
                event,
            )
        return open_child(
            self, name, type=type, attributes=span_attributes, start_time=start_time,
            propagated=propagated_event, event=event,
        )  # fmt: skip

    def traced(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """See `Span.traced`."""
        from assay.tracing.decorators import traced

        return traced(*args, opener=self, **kwargs)

    def end(self, end_time: float | None = None) -> float:
        """See `Span.end`."""
        if self._end is None:
            self._end = time.time() if end_time is None else end_time
            self.state.batcher.add(self, {})
            self._delivered()
        return self._end

    def close(self, end_time: float | None = None) -> float:
        """See `Span.end`."""
        return self.end(end_time)

    def finish(self, column: str, value: Any) -> None:
        """Log one column and end, in one step."""
        self._end = self._end or time.time()
        self.state.batcher.add(self, {column: self.state.snapshot(value)})
        self._delivered()

    def end_with(self, event: Mapping[str, Any]) -> None:
        """Log columns and end, in one step: a stored row that has these columns has the end too."""
        self._end = self._end or time.time()
        self.state.batcher.add(self, encode_event(self.state, event))
        self._delivered()

    def _delivered(self) -> None:
        """Wait for delivery at the end of a trace, where that was asked for."""
        if self.target.deliver_each and self._parent_id is None:
            self.state.flush()

    def fail(self, error: BaseException) -> None:
        """Log an exception with its traceback and end."""
        self.finish("error", error_text(error))

    def export(self) -> str:
        """See `Span.export`. Asks the server only for an experiment that has not been registered yet."""
        target = self.target
        object_id = target.known_id
        args = None if object_id else target.metadata_args()
        if object_id is None and args is None:
            from assay.tracing.links import resolved_id

            object_id = resolved_id(self.state, target)
        return encode_ref(
            SpanRef(
                object_type=target.parent_type,
                object_id=object_id,
                metadata_args=args,
                row_id=self.id,
                span_id=self.span_id,
                root_span_id=self.root_span_id,
                propagated_event=dict(self.propagated) if self.propagated else None,
            )
        )

    def link(self) -> str:
        """See `Span.link`."""
        from assay.tracing.links import span_link

        return span_link(self.state, self.target, self.root_span_id, self.span_id)

    def permalink(self) -> str:
        """See `Span.permalink`."""
        from assay.tracing.links import resolve_names

        resolve_names(self.state, self.target)
        return self.link()

    def flush(self) -> None:
        """See `Span.flush`."""
        self.state.flush()

    def set_current(self) -> None:
        """See `Span.set_current`."""
        self._token = CURRENT_SPAN.set(self)

    def unset_current(self) -> None:
        """See `Span.unset_current`."""
        token, self._token = self._token, None
        if token is None:
            return
        try:  # noqa: SIM105 — contextlib.suppress costs more than all the rest of leaving a span
            CURRENT_SPAN.reset(token)
        except ValueError:  # ended in another task than entered in: it is not current there
            pass

    def __enter__(self) -> Span:
        self.set_current()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unset_current()
        if error is not None and not isinstance(error, GeneratorExit):
            self.fail(error)
        else:
            self.end()


def open_span(
    state: State,
    target: Target,
    name: str | None,
    *,
    event: Mapping[str, Any],
    propagated: Mapping[str, Any] | None = None,
    caller: Caller | None = None,
    **options: Any,
) -> LiveSpan:
    """Open a span in an object. `options` are LiveSpan's; without a name it takes the calling function's."""
    caller = caller or find_caller()
    label = name or _default_name(caller)
    span = LiveSpan(state, target, label, caller=caller, propagated=propagated, **options)
    fields = encode_event(state, deep_merge(dict(propagated), dict(event)) if propagated else event)
    state.batcher.add(span, fields)
    return span


def open_child(
    parent: LiveSpan,
    name: str | None,
    *,
    type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    propagated: Mapping[str, Any] | None = None,
    caller: Caller | None = None,
    bits: int | None = None,
    event: Mapping[str, Any],
) -> LiveSpan:
    """Open a span below another one, in the same object and trace. `bits` make its ids (default: random)."""
    return open_span(
        parent.state,
        parent.target,
        name,
        type=type,
        root_span_id=parent.root_span_id,
        parent_id=parent.span_id,
        attributes=attributes,
        start_time=start_time,
        propagated=joined_events(parent.propagated, propagated),
        event=event,
        caller=caller,
        bits=bits,
    )


def joined_events(
    inherited: Mapping[str, Any] | None, own: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What a span passes on to those below it: what it was passed, with its own laid over."""
    return deep_merge(dict(inherited or {}), dict(own or {})) or None


def find_caller() -> Caller | None:
    """The first frame outside this package."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lineno)


def error_text(error: BaseException) -> str:
    """`Type: message`, an empty line, the traceback."""
    import traceback

    try:
        return f"{type(error).__name__}: {error}\n\n{''.join(traceback.format_exception(error))}"
    except Exception:  # an exception whose own text cannot be made
        return type(error).__name__


def _default_name(caller: Caller | None) -> str:
    name = caller[0].co_name if caller else "root"
    return "root" if name == "<module>" else name
