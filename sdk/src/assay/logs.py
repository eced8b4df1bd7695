"""Production logs: the module-level functions most programs use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from assay.client.state import configured_state, current_state, for_each_state
from assay.core.errors import ConfigError, InvalidReference
from assay.core.refs import decode_ref
from assay.tracing.context import current_experiment, current_logger, current_span, set_current_logger
from assay.tracing.feedback import write_feedback, write_update
from assay.tracing.logger import Logger

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target


def init_logger(
    project: str | None = None,
    project_id: str | None = None,
    async_flush: bool = True,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    force_login: bool = False,
    set_current: bool = True,
    state: State | None = None,
) -> Logger:
    """Log to a project, created when it does not exist.

    Nothing contacts the server before the first span leaves, and nothing here fails without one.
    `async_flush=False` delivers at the end of every root span (for functions that are frozen between
    requests); `force_login=True` checks the key now and raises what `State.login` raises.
    """
    found = state or configured_state(api_key=api_key, app_url=app_url, org_name=org_name)
    if force_login:
        found.login()
    logger = Logger(found, found.project(name=project, id=project_id), async_flush=async_flush)
    if set_current:
        set_current_logger(logger)
    return logger


def login(
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    force_login: bool = False,
) -> dict[str, Any]:
    """Check the key and return its organization `{id, name, …}`.

    Raises ConfigError without a key, ApiError for a bad one, Unreachable without a server.
    """
    return configured_state(api_key=api_key, app_url=app_url, org_name=org_name, force=force_login).login()


def log_feedback(
    id: str,
    scores: Mapping[str, Any] | None = None,
    expected: Any = None,
    tags: list[str] | None = None,
    comment: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> None:
    """Add what a user or reviewer said to the row with this id, in the current experiment or logger.

    Raises ConfigError when neither is current.
    """
    state, target = _current_target()
    write_feedback(
        state,
        target,
        id,
        scores=scores,
        expected=expected,
        tags=tags,
        comment=comment,
        metadata=metadata,
        source=source,
    )


def update_span(exported: str, **event: Any) -> None:
    """Merge columns into a span known by what its `export()` returned, from any process and at any time.

    Raises InvalidReference when the text names no row.
    """
    state = _current_state()
    ref = decode_ref(exported)
    target = state.parent_target(ref.object_type, ref.object_id, ref.metadata_args)
    if target is None or ref.row_id is None:
        raise InvalidReference("this export names an object, not a span: pass what span.export() returned")
    write_update(state, target, ref.row_id, event)


def flush() -> None:
    """Wait until everything logged so far is delivered; gives up after 5 s without progress and keeps the
    rows.
    """
    for_each_state(lambda state: state.flush())


def permalink(exported: str) -> str:
    """The URL of a span known by what its `export()` returned.

    Raises InvalidReference when the text is not an exported span.
    """
    from assay.tracing.links import object_link, resolve_names, span_link

    state = _current_state()
    ref = decode_ref(exported)
    target = state.parent_target(ref.object_type, ref.object_id, ref.metadata_args)
    if target is None:
        raise InvalidReference("this export names no object")
    resolve_names(state, target)
    if ref.root_span_id is None or ref.span_id is None:
        return object_link(state, target)
    return span_link(state, target, ref.root_span_id, ref.span_id)


def set_masking_function(masking_function: Callable[[Any], Any] | None) -> None:
    """Pass input, output, expected, error, metadata, scores, metrics and context of every row through a
    function before it leaves the process; None ends that. It runs on the background thread. When it fails,
    the column is replaced by a note, never sent as it was.
    """
    _current_state().set_masking(masking_function)


def get_span_parent_object() -> Any:
    """What a new span would be opened in: the current span, experiment or logger, else NOOP_SPAN."""
    span = current_span()
    return span if span.recording else current_experiment() or current_logger() or span


def _current_state() -> State:
    holder = current_experiment() or current_logger()
    return holder.state if holder else current_state()


def _current_target() -> tuple[State, Target]:
    holder = current_experiment() or current_logger()
    if holder is None:
        raise ConfigError(
            "nothing to log to: call assay.init_logger(project=…) or assay.init(project=…) first"
        )
    return holder.state, holder.target
