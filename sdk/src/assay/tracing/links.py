"""URLs of spans and objects in the browser, made from what is known without asking the server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from assay.core.errors import AssayError

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target


def span_link(state: State, target: Target, root_span_id: str, span_id: str) -> str:
    """The page of a span: the pretty route when all names are known, else the `/object` redirect."""
    base = object_link(state, target)
    return f"{base}{'&' if '?' in base else '?'}{urlencode({'r': root_span_id, 's': span_id})}"


def object_link(state: State, target: Target) -> str:
    """The page of a project's logs, an experiment or a dataset."""
    app, org = state.config.app_url, state.org_name
    project = target.project.known_name if target.project else None
    pages = {"project_logs": "logs", "experiment": f"experiments/{_segment(target.known_name)}",
             "dataset": f"datasets/{_segment(target.known_name)}"}  # fmt: skip
    page = pages.get(target.object_type)
    if org and project and page and (target.known_name or target.object_type == "project_logs"):
        return f"{app}/app/{_segment(org)}/p/{_segment(project)}/{page}"
    query = {
        "object_type": target.object_type,
        "object_id": target.known_id,
        **(target.metadata_args() or {}),
    }
    home = f"{app}/app/{_segment(org)}" if org else f"{app}/app"
    return f"{home}/object?{urlencode({key: value for key, value in query.items() if value})}"


def resolve_names(state: State, target: Target) -> None:
    """Ask the server for the names a link is made of; without an answer the link stays the redirect."""
    try:
        state.login()
        target.resolve(state.transport)
        if target.project is not None:
            target.project.resolve_name(state.transport)
    except AssayError as error:
        state.notices.warn("link", f"a link could not be completed: {error}")


def resolved_id(state: State, target: Target) -> str | None:
    """The object's id, asked of the server; None when it cannot be had now."""
    try:
        target.resolve(state.transport)
    except AssayError as error:
        state.notices.warn("export", f"a span was exported without its object: {error}")
    return target.known_id


def _segment(name: str | None) -> str:
    return quote(name or "", safe="")
