"""What a logger and an experiment have in common: spans are opened in them and rows written to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from assay.tracing.feedback import write_feedback, write_update
from assay.tracing.links import object_link
from assay.tracing.span import Span, open_span

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target


class SpanContainer:
    """An object of the server that holds spans."""

    root_type: str | None = None
    """`span_attributes.type` of the traces opened in here, unless they say otherwise."""

    def __init__(self, state: State, target: Target) -> None:
        self.state = state
        self.target = target

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
        """Open the root of a new trace in here, or a child of `parent` (an exported span)."""
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
        return open_span(
            self.state, self.target, name, type=self.type_of_root(type, span_attributes),
            attributes=span_attributes, start_time=start_time, propagated=propagated_event, event=event,
        )  # fmt: skip

    def type_of_root(self, type: str | None, attributes: Mapping[str, Any] | None) -> str | None:
        """The type given either way, else `root_type`."""
        return type or (None if attributes and attributes.get("type") else self.root_type)

    def traced(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The decorator `assay.traced`, with new traces going in here."""
        from assay.tracing.decorators import traced

        return traced(*args, opener=self, **kwargs)

    def log_feedback(self, id: str, **event: Any) -> None:
        """Add scores, expected, tags or a comment to the row with this id; see `assay.log_feedback`."""
        write_feedback(self.state, self.target, id, **event)

    def update_span(self, id: str, **event: Any) -> None:
        """Merge columns into the row with this id."""
        write_update(self.state, self.target, id, event)

    def link(self) -> str:
        """Its URL in the browser, made without a request."""
        return object_link(self.state, self.target)

    def flush(self) -> None:
        """Wait until everything logged so far is delivered."""
        self.state.flush()
