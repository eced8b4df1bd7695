"""The project logger: what `init_logger` returns."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from assay.client.targets import LogsTarget, Project
from assay.core.refs import SpanRef, encode_ref
from assay.tracing.container import SpanContainer

if TYPE_CHECKING:
    from assay.client.state import State


class Logger(SpanContainer):
    """Writes spans to a project's logs."""

    root_type = "task"

    def __init__(self, state: State, project: Project, *, async_flush: bool = True) -> None:
        super().__init__(state, LogsTarget(project))
        self.target.deliver_each = not async_flush
        self.project = project
        """The project; its id may not be known yet."""

    @property
    def id(self) -> str:
        """The project's id. Raises Unreachable or ApiError when it has to be asked for and cannot."""
        return self.project.resolve(self.state.transport)

    def log(self, **event: Any) -> str:
        """Log a finished one-span trace; returns its row id. Takes the columns of `Span.log`."""
        span = self.start_span(event.pop("name", None), **event)
        span.end()
        return span.id

    def export(self) -> str:
        """Text for `parent=` that makes spans of other processes roots in this project."""
        object_id = self.target.known_id
        args = None if object_id else self.target.metadata_args()
        return encode_ref(SpanRef(object_type="project_logs", object_id=object_id, metadata_args=args))

    def __enter__(self) -> Logger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
