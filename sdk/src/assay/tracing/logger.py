"""The project logger: what `init_logger` returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assay.client.targets import LogsTarget, Project
from assay.core.refs import SpanRef, encode_ref
from assay.tracing.feedback import write_feedback, write_update
from assay.tracing.links import object_link
from assay.tracing.span import Span, open_span

if TYPE_CHECKING:
    from assay.client.state import State


class Logger:
    """Writes spans to a project's logs."""

    def __init__(self, state: State, project: Project, *, async_flush: bool = True) -> None:
        self.state = state
        self.target = LogsTarget(project)
        self.target.deliver_each = not async_flush

    @property
    def project(self) -> Project:
        """The project; its id may not be known yet."""
        return self.target.logs_project

    @property
    def id(self) -> str:
        """The project's id. Raises Unreachable or ApiError when it has to be asked for and cannot."""
        return self.project.resolve(self.state.transport)

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
        """Open the root of a new trace in this project, or a child of `parent` (an exported span)."""
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
            self.state, self.target, name, type=type, attributes=span_attributes, start_time=start_time,
            propagated=propagated_event, event=event,
        )  # fmt: skip

    def traced(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The decorator `assay.traced`, with new traces going to this project."""
        from assay.tracing.decorators import traced

        return traced(*args, opener=self, **kwargs)

    def log(self, **event: Any) -> str:
        """Log a finished one-span trace; returns its row id. Takes the columns of `Span.log`."""
        span = self.start_span(event.pop("name", None), **event)
        span.end()
        return span.id

    def log_feedback(self, id: str, **event: Any) -> None:
        """Add scores, expected, tags or a comment to the row with this id; see `assay.log_feedback`."""
        write_feedback(self.state, self.target, id, **event)

    def update_span(self, id: str, **event: Any) -> None:
        """Merge columns into the row with this id."""
        write_update(self.state, self.target, id, event)

    def export(self) -> str:
        """Text for `parent=` that makes spans of other processes roots in this project."""
        object_id = self.target.known_id
        args = None if object_id else self.target.metadata_args()
        return encode_ref(SpanRef(object_type="project_logs", object_id=object_id, metadata_args=args))

    def link(self) -> str:
        """The URL of the project's logs."""
        return object_link(self.state, self.target)

    def flush(self) -> None:
        """Wait until everything logged so far is delivered."""
        self.state.flush()

    def __enter__(self) -> Logger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
