"""Bodies of the routes of shared links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from assay_server.http.models import Created, Future, Wire
from assay_server.http.objects import OrgFields

Kind = Literal["experiment", "trace", "board"]


class SharedLinkCreate(OrgFields):
    """What to share: an experiment (beside the `baseline_ids` it is compared with), one trace of an experiment or of
    project logs (`root_span_id`), or the view that holds a board. A board of the organization needs `project_id`."""

    object_type: Literal["experiment", "project_logs", "view"]
    object_id: str
    root_span_id: Annotated[str | None, Field(min_length=1, max_length=512)] = None
    baseline_ids: list[str] = Field(default_factory=list)
    project_id: str | None = None
    expires_at: Future | None = None


class SharedLinkPatch(Wire):
    """When the link is to end; null for never."""

    expires_at: Future | None


class SharedLink(BaseModel):
    """A link without its token. `name` is what was shared, as it was called then."""

    id: str
    kind: Kind
    object_type: str
    object_id: str
    root_span_id: str | None = None
    baseline_ids: list[str] | None = None
    project_id: str
    name: str
    preview_token: str
    user_id: str
    created: str
    expires_at: str | None = None


class CreatedSharedLink(SharedLink):
    """A new link; `token` and `url` are shown this once and cannot be read again."""

    token: str
    url: str


class SharedLinkList(BaseModel):
    """A page of links, newest first."""

    objects: list[SharedLink]


class SharedExperiment(BaseModel):
    """An experiment as a shared link shows it."""

    id: str
    project_id: str
    name: str
    created: str
    description: str | None = None
    dataset_id: str | None = None
    dataset_version: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None


class SharedBoard(BaseModel):
    """A board as it is now; what its charts mean is up to the UI."""

    id: str
    name: str
    charts: list[Any]


class SharedTrace(BaseModel):
    """Which trace, and of which object."""

    object_type: str
    object_id: str
    root_span_id: str


class SharedView(BaseModel):
    """What a shared link shows: one of `experiment` (with the ids of its baselines), `trace` and `board`."""

    kind: Kind
    name: str
    project_id: str
    expires_at: str | None = None
    experiment: SharedExperiment | None = None
    baseline_ids: list[str] = []
    trace: SharedTrace | None = None
    board: SharedBoard | None = None


Unit = Literal[
    "1 second", "5 seconds", "15 seconds", "1 minute", "5 minutes", "15 minutes", "1 hour", "3 hours", "12 hours",
    "1 day", "7 days",
]  # fmt: skip


class BoardQuestion(Wire):
    """What to ask for charts of the shared board: when there is anything (`ends`), charts over time of one kind of row
    (`series`, in slots of `unit`; null: one of the whole time), or the rows of one top list or number (`list`).
    Times are ISO 8601."""

    ask: Literal["ends", "series", "list"]
    charts: list[str] = Field(default_factory=list, max_length=100)
    since: Created | None = None
    until: Created | None = None
    unit: Unit | None = "1 hour"
