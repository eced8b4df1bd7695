"""The objects rows belong to, registered by name the first time somebody needs their id.

Nothing here contacts the server until `resolve` runs, which the background thread does before it sends the
first row and user code does by asking for an id.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from assay.client.locks import ForkSafeLock
from assay.core.errors import ConfigError
from assay.core.refs import ParentType
from assay.core.spans import LOGS_LOG_ID

if TYPE_CHECKING:
    from assay.client.http import Transport

DEFAULT_PROJECT = "default"

Description = dict[str, Any]
"""What the offline spool keeps of a target: enough to register it later."""


class Project:
    """A project by name or id. `resolve` registers the name (an existing project is returned as it is)."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, org_name: str | None = None
    ) -> None:
        self._name = name if name or id else DEFAULT_PROJECT
        self._id = id
        self._org_name = org_name
        self._lock = ForkSafeLock()

    @property
    def known_name(self) -> str | None:
        """The name, when it was given or has been looked up."""
        return self._name

    @property
    def known_id(self) -> str | None:
        """The id, when it was given or has been looked up."""
        return self._id

    def resolve(self, transport: Transport) -> str:
        """The project's id. Raises Unreachable or ApiError."""
        with self._lock:
            if self._id is None:
                body = {"name": self._name, "org_name": self._org_name}
                self._id = str(transport.post("/v1/project", {k: v for k, v in body.items() if v})["id"])
            return self._id

    def resolve_name(self, transport: Transport) -> str:
        """The project's name. Raises Unreachable or ApiError."""
        if self._name is None:
            self._name = str(transport.get(f"/v1/project/{self._id}")["name"])
        return self._name

    def args(self) -> dict[str, str]:
        """`{"project_id"}` or `{"project_name"}`, whatever is known."""
        return {"project_id": self._id} if self._id else {"project_name": cast("str", self._name)}


class Target:
    """An object that rows can be written to.

    `deliver_each` asks for a flush at the end of every trace in it.
    """

    def __init__(self, object_type: str, project: Project | None) -> None:
        self.object_type = object_type
        self.project = project
        self.deliver_each = False

    @property
    def parent_type(self) -> ParentType:
        """The object type as an exported span names it; a dataset cannot hold spans."""
        return cast("ParentType", self.object_type)

    @property
    def known_id(self) -> str | None:
        """The object's id when no request is needed to tell it."""
        raise NotImplementedError

    @property
    def known_name(self) -> str | None:
        """The object's name when no request is needed to tell it."""
        return None

    def resolve(self, transport: Transport) -> dict[str, str]:
        """The routing columns of the object's rows. Raises Unreachable or ApiError."""
        raise NotImplementedError

    def metadata_args(self) -> dict[str, Any] | None:
        """How another process finds the object while its id is unknown; None when it cannot."""
        return None

    def describe(self) -> Description:
        """What `target_from` needs to build this target again in another process."""
        raise NotImplementedError


class LogsTarget(Target):
    """The logs of a project."""

    def __init__(self, project: Project) -> None:
        super().__init__("project_logs", project)
        self.logs_project = project

    @property
    def known_id(self) -> str | None:
        """The project's id, once known."""
        return self.logs_project.known_id

    def resolve(self, transport: Transport) -> dict[str, str]:
        """`project_id` and the log marker."""
        return {"project_id": self.logs_project.resolve(transport), "log_id": LOGS_LOG_ID}

    def metadata_args(self) -> dict[str, Any] | None:
        """The project's id or name."""
        return dict(self.logs_project.args())

    def describe(self) -> Description:
        """Object type and project."""
        return {"object_type": self.object_type, **self.logs_project.args()}


class IdTarget(Target):
    """An object known by id alone, as found in an exported parent."""

    def __init__(self, object_type: str, object_id: str) -> None:
        super().__init__(object_type, Project(id=object_id) if object_type == "project_logs" else None)
        self._id = object_id

    @property
    def known_id(self) -> str:
        """The id given."""
        return self._id

    def resolve(self, transport: Transport) -> dict[str, str]:
        """The id under the column of its object type; no request."""
        return routing_columns(self.object_type, self._id)

    def describe(self) -> Description:
        """Object type and id."""
        return {"object_type": self.object_type, "object_id": self._id}


class RegisteredTarget(Target):
    """An experiment or dataset created by `POST /v1/<type>` when first needed."""

    def __init__(
        self, object_type: str, project: Project, request: dict[str, Any], *, key: str | None = None
    ) -> None:
        super().__init__(object_type, project)
        self.registered_project = project
        self._request = request
        self._key = (
            key or uuid.uuid4().hex
        )  # two runs may ask for the same name and must stay two experiments
        self._data: dict[str, Any] | None = None
        self._lock = ForkSafeLock()

    @property
    def known_id(self) -> str | None:
        """The id, once registered."""
        return None if self._data is None else str(self._data["id"])

    @property
    def known_name(self) -> str | None:
        """The registered name; before that, the requested one when it cannot change."""
        if self._data is not None:
            return str(self._data["name"])
        return None if self._request.get("ensure_new") else self._request.get("name")

    def data(self, transport: Transport) -> dict[str, Any]:
        """The registered object as the server describes it. Raises Unreachable or ApiError."""
        with self._lock:
            if self._data is None:
                project_id = self.registered_project.resolve(transport)
                path = f"/v1/{self.object_type}"
                # With ensure_new a repeated POST would leave an empty experiment behind: one try a call.
                send = transport.request if self._request.get("ensure_new") else transport.retrying
                answer = send("POST", path, json={"project_id": project_id, **self._request})
                self._data = cast("dict[str, Any]", answer.json())
            return self._data

    def resolve(self, transport: Transport) -> dict[str, str]:
        """The object's id and its project's."""
        data = self.data(transport)
        return {f"{self.object_type}_id": str(data["id"]), "project_id": str(data["project_id"])}

    def describe(self) -> Description:
        """The request, and the id when it has been made."""
        if self.known_id:
            return {"object_type": self.object_type, "object_id": self.known_id}
        return {
            "object_type": self.object_type,
            "key": self._key,
            "request": self._request,
            **self.registered_project.args(),
        }


def routing_columns(object_type: str, object_id: str) -> dict[str, str]:
    """The columns that say which object a row belongs to."""
    match object_type:
        case "project_logs":
            return {"project_id": object_id, "log_id": LOGS_LOG_ID}
        case "playground_logs":
            return {"prompt_session_id": object_id, "log_id": "x"}
        case _:
            return {f"{object_type}_id": object_id}


def target_from(described: Description) -> Target:
    """The target of a spooled row.

    Raises ConfigError when the description is not one of ours.
    """
    kind, object_id = described.get("object_type"), described.get("object_id")
    if kind and object_id:
        return IdTarget(str(kind), str(object_id))
    project = Project(name=described.get("project_name"), id=described.get("project_id"))
    if kind == "project_logs":
        return LogsTarget(project)
    if kind in ("experiment", "dataset") and isinstance(described.get("request"), dict):
        return RegisteredTarget(str(kind), project, described["request"], key=described.get("key"))
    raise ConfigError(f"spooled row names no object we know: {described!r}")


def parent_target(
    object_type: ParentType, object_id: str | None, metadata_args: dict[str, Any] | None
) -> Target | None:
    """The target an exported parent points at, or None when it does not say enough."""
    if object_id:
        return IdTarget(object_type, object_id)
    args = metadata_args or {}
    if object_type == "project_logs" and (args.get("project_name") or args.get("project_id")):
        return LogsTarget(Project(name=args.get("project_name"), id=args.get("project_id")))
    return None
