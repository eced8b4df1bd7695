"""What user code may do with a span, whether it is recorded or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol


class Span(Protocol):
    """What user code may do with a span, recorded or not."""

    @property
    def id(self) -> str:
        """The row id (a UUID); feedback and updates are addressed to it."""
        ...

    @property
    def span_id(self) -> str:
        """16 hex digits; children name it as their parent."""
        ...

    @property
    def root_span_id(self) -> str:
        """32 hex digits shared by the whole trace."""
        ...

    @property
    def name(self) -> str:
        """The name it was opened with."""
        ...

    @property
    def recording(self) -> bool:
        """False for NOOP_SPAN: whatever is logged is thrown away."""
        ...

    def log(self, **event: Any) -> None:
        """Add columns: input, output, expected, error, scores, metadata, metrics, tags. Objects merge key by
        key.
        """
        ...

    def log_feedback(self, **event: Any) -> None:
        """Add scores, expected, tags, a comment or metadata about the span, as `assay.log_feedback` does."""
        ...

    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Rename the span, change its type, add attributes."""
        ...

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
        """Open a child (or a child of `parent`, an exported span). `event` is logged at once."""
        ...

    def traced(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The decorator `assay.traced` with this span as parent."""
        ...

    def end(self, end_time: float | None = None) -> float:
        """Close the span (unix seconds, default now) and return the end. Only the first call counts."""
        ...

    def close(self, end_time: float | None = None) -> float:
        """The same as `end`."""
        ...

    def export(self) -> str:
        """Text that lets another process open children: pass it as `parent=`."""
        ...

    def link(self) -> str:
        """The URL of the span in the browser, made without a request."""
        ...

    def permalink(self) -> str:
        """Like `link`, asking the server for names it does not know yet."""
        ...

    def flush(self) -> None:
        """Wait until everything logged so far is delivered."""
        ...

    def set_current(self) -> None:
        """Make it the parent of spans opened from here on in this thread or task."""
        ...

    def unset_current(self) -> None:
        """Undo `set_current`."""
        ...

    def __enter__(self) -> Span: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
