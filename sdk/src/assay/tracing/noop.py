"""The span that records nothing, so that instrumented code runs the same without a logger."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.tracing.protocol import Span


class NoopSpan:
    """Accepts everything a span accepts and keeps nothing."""

    __slots__ = ()

    id = ""
    span_id = ""
    root_span_id = ""
    name = ""
    recording = False

    def log(self, **event: Any) -> None:
        """Nothing."""

    def log_feedback(self, **event: Any) -> None:
        """Nothing."""

    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing."""

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
        """This span again."""
        return self

    def traced(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """See `assay.traced`; the parent of the spans is looked up at each call."""
        from assay.tracing.decorators import traced

        return traced(*args, **kwargs)

    def end(self, end_time: float | None = None) -> float:
        """The time given, or now."""
        return end_time or time.time()

    def close(self, end_time: float | None = None) -> float:
        """The time given, or now."""
        return self.end(end_time)

    def export(self) -> str:
        """An empty string, which as a `parent` means none."""
        return ""

    def link(self) -> str:
        """An empty string: there is nothing to look at."""
        return ""

    def permalink(self) -> str:
        """An empty string: there is nothing to look at."""
        return ""

    def flush(self) -> None:
        """Nothing."""

    def set_current(self) -> None:
        """Nothing."""

    def unset_current(self) -> None:
        """Nothing."""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


NOOP_SPAN = NoopSpan()
"""The one span that records nothing."""
