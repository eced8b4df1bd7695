"""Where a new span belongs, and carrying that over process borders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.client.state import current_state
from assay.core.errors import InvalidReference
from assay.core.refs import decode_ref, format_traceparent, parse_traceparent
from assay.core.spans import SpanType
from assay.tracing.context import CURRENT_SPAN, REMOTE_PARENT, current_experiment, current_logger
from assay.tracing.noop import NOOP_SPAN
from assay.tracing.span import Caller, LiveSpan, Span, joined_events, open_child, open_span

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target


def start_span(
    name: str | None = None,
    type: SpanType | str | None = None,
    span_attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    set_current: bool | None = None,
    parent: str | None = None,
    propagated_event: Mapping[str, Any] | None = None,
    state: State | None = None,
    **event: Any,
) -> Span:
    """Open a span below `parent` (an exported span or traceparent), else below the current span, else as the
    root of a new trace in the current experiment or logger. Without any of these it is NOOP_SPAN.

    Use it in a `with` block to make it current and to end it; otherwise call `end()`. `event` is logged at
    once.
    """
    return start_any(
        name, type, event, parent=parent, state=state, attributes=span_attributes, start_time=start_time,
        propagated=propagated_event,
    )  # fmt: skip


def start_any(
    name: str | None,
    type: str | None,
    event: Mapping[str, Any],
    *,
    parent: str | None = None,
    state: State | None = None,
    caller: Caller | None = None,
    attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    propagated: Mapping[str, Any] | None = None,
) -> Span:
    """The span a call opens, by the rules of `start_span`."""
    if not parent:
        current = CURRENT_SPAN.get()
        if isinstance(current, LiveSpan):
            return open_child(
                current, name, type=type, attributes=attributes, start_time=start_time, propagated=propagated,
                event=event, caller=caller,
            )  # fmt: skip
        parent = REMOTE_PARENT.get()
    holder = current_experiment() or current_logger()
    if parent:
        state = state or (holder.state if holder else current_state())
        fallback = holder.target if holder else None
        return start_below(state, parent, fallback, name, type, attributes, start_time, propagated, event)
    if holder is None:
        return NOOP_SPAN
    return open_span(
        holder.state, holder.target, name, type=holder.type_of_root(type, attributes), attributes=attributes,
        start_time=start_time, propagated=propagated, event=event, caller=caller,
    )  # fmt: skip


def start_below(
    state: State,
    parent: str,
    fallback: Target | None,
    name: str | None,
    type: str | None,
    attributes: Mapping[str, Any] | None,
    start_time: float | None,
    propagated: Mapping[str, Any] | None,
    event: Mapping[str, Any],
) -> Span:
    """Open a span below an exported one. A traceparent names no object, so it needs `fallback`.

    A parent that cannot be read is reported once; the span then starts a trace of its own in `fallback`.
    """
    target, root, parent_id, inherited = fallback, None, None, None
    trace = parse_traceparent(parent)
    if trace is not None:
        root, parent_id = trace
    else:
        try:
            ref = decode_ref(parent)
            target = state.parent_target(ref.object_type, ref.object_id, ref.metadata_args) or fallback
            root, parent_id, inherited = ref.root_span_id, ref.span_id, ref.propagated_event
        except InvalidReference as error:
            state.notices.warn("parent", f"{error}; the span starts a new trace")
    if target is None:
        return NOOP_SPAN
    return open_span(
        state, target, name, type=type, root_span_id=root, parent_id=parent_id, attributes=attributes,
        start_time=start_time, propagated=joined_events(inherited, propagated), event=event,
    )  # fmt: skip


def traceparent(span: Span | None = None) -> str | None:
    """The W3C `traceparent` header value of a span (default: the current one); None for NOOP_SPAN."""
    found = span or CURRENT_SPAN.get()
    return format_traceparent(found.root_span_id, found.span_id) if found.recording else None
