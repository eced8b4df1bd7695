"""Who asks, what is asked for, and the rules that say whether it may happen.

An actor belongs to one organization; nothing of another organization is ever allowed. Inside the
organization the role decides, by kind of object (`RULES`). Grants add to it: an access rule (ACL) gives a
user, or a group they are in, a permission on the organization, a project or one object, and with it on
everything below. Nothing takes a permission away again: who shall see one project only gets the role `guest`,
which may do nothing, and a grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assay_server.errors import Forbidden, NotFound

Role = Literal["owner", "member", "viewer", "guest"]
Action = Literal[
    "read", "create", "update", "delete", "read_acls", "create_acls", "update_acls", "delete_acls"
]

ROLES: tuple[Role, ...] = ("owner", "member", "viewer", "guest")
ACTIONS: tuple[Action, ...] = (
    "read", "create", "update", "delete", "read_acls", "create_acls", "update_acls", "delete_acls",
)  # fmt: skip

_EVERYTHING = frozenset[Action](ACTIONS)
_READ = frozenset[Action](("read", "read_acls"))
_WRITE = _READ | frozenset[Action](("create", "update", "delete"))
_ADMINISTRATION = ("organization", "user", "ai_secret", "role", "group", "project_group", "service_token")
_BY_NAME = ("org_audit_logs", "server")
_SUPERVISION = dict.fromkeys(_BY_NAME, frozenset[Action]())
"""What happened in the organization, and how the server is: for owners, and for whom an access rule names it."""

RULES: Mapping[Role, Mapping[str, frozenset[Action]]] = {
    "owner": {"*": _EVERYTHING},
    "member": {"*": _WRITE, **dict.fromkeys(_ADMINISTRATION, _READ), **_SUPERVISION},
    "viewer": {"*": _READ, **_SUPERVISION},
    "guest": {"*": frozenset[Action]()},
}
"""Role → kind of object → what it may do; `*` stands for every kind that is not named."""

ACL_TYPES: Mapping[str, str] = {
    "project_logs": "project_log",
    "playground_logs": "prompt_session",
    "function": "prompt",
    "user": "org_member",
}
"""What access rules call a kind of object, where that is not its own name."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission on one object and everything below it, or on what is of one kind among that."""

    permission: str
    object_type: str
    object_id: str
    restrict_object_type: str | None = None


LinkKind = Literal["experiment", "trace", "board"]


@dataclass(frozen=True, slots=True)
class Shared:
    """What a shared link shows. `object_id` is the experiment, the object that holds the trace, or the view of the
    board; `root_span_id` is the trace; `baseline_ids` are the experiments that an experiment is compared with."""

    link_id: str
    kind: LinkKind
    object_type: str
    object_id: str
    project_id: str
    root_span_id: str | None = None
    baseline_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request: a user through an API key or a browser session, or the server itself.

    Or nobody: whoever holds a shared link, who may read what is `shared` and is let in by routes that say so.
    """

    user_id: str | None
    org_id: str
    org_name: str
    kind: Literal["api_key", "session", "system", "link"]
    role: Role
    key_id: str | None = None
    grants: frozenset[Grant] = frozenset()
    session_id: str | None = None
    shared: Shared | None = None

    @property
    def author(self) -> str:
        """Who the caller is in the history of a row: the user's id, behind a slash the key's; '' for the server."""
        return "/".join(part for part in (self.user_id, self.key_id) if part)

    @property
    def trace_id(self) -> str | None:
        """The only trace whose rows may be read, of any object; None when no trace is."""
        return self.shared.root_span_id if self.shared else None


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One object that was found: what it is called, and whose it is.

    For `project_logs` the object id is the project id. `org_id` is the organization it belongs to; left
    empty it belongs to nobody and everything is refused. `owner_id` is the user a personal object (an API
    key) belongs to.
    """

    project_id: str
    object_type: str
    object_id: str
    name: str
    org_id: str = ""
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Which objects of one kind an actor may act on: all, or those in some projects and some single ones."""

    everywhere: bool
    projects: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()


def can(actor: Actor, action: Action, ref: ObjectRef) -> bool:
    """Whether the actor may do this to the object. A user may do anything to what is personally theirs."""
    if actor.org_id != ref.org_id:
        return False
    if ref.owner_id is not None and ref.owner_id == actor.user_id:
        return True
    if ref.object_type == "api_key" and actor.role != "owner":
        return False
    if _role_allows(actor, action, ref.object_type):
        return True
    return any(grant.permission == action and _covers(grant, ref) for grant in actor.grants)


def require(actor: Actor, action: Action, ref: ObjectRef) -> None:
    """Raises Forbidden unless `can` says yes: with the role that is missing, and the object's name for its readers."""
    if not can(actor, action, ref):
        if actor.shared:
            raise not_shared()
        kind = ref.object_type.replace("_", " ")
        known_as = repr(ref.name) if can(actor, "read", ref) else ref.object_id
        raise Forbidden(
            f"Your role {actor.role!r} may not {action.replace('_', ' ')} {kind} {known_as}; "
            f"ask an owner of {actor.org_name!r}.",
            action=action,
            object_type=ref.object_type,
            object_id=ref.object_id,
        )


def not_shared() -> NotFound:
    """What a shared link answers for everything that it does not show, whether that exists or not."""
    return NotFound("A shared link shows one object and nothing else.", code="not_shared")


def require_somewhere(actor: Actor, action: Action, object_type: str) -> None:
    """Raises Forbidden unless the role or any grant lets the actor do this; for what lies in no object yet."""
    if not _role_allows(actor, action, object_type) and all(
        grant.permission != action for grant in actor.grants
    ):
        raise Forbidden(
            f"Your role {actor.role!r} may not {action.replace('_', ' ')} any {object_type.replace('_', ' ')}; "
            f"ask an owner of {actor.org_name!r}.",
            action=action,
            object_type=object_type,
        )


def reach(actor: Actor, action: Action, object_type: str, *, in_projects: bool = True) -> Reach:
    """Where in the actor's organization the actor may do this to objects of a kind; for lists.

    `in_projects` says whether objects of the kind lie in projects.
    """
    wide = ("organization", "org_project") if in_projects else ("organization",)
    wanted = ACL_TYPES.get(object_type, object_type)
    grants = [
        grant
        for grant in actor.grants
        if grant.permission == action and grant.restrict_object_type in (None, wanted)
    ]
    if _role_allows(actor, action, object_type) or any(
        grant.object_type in wide and grant.object_id == actor.org_id for grant in grants
    ):
        return Reach(everywhere=True)
    return Reach(
        everywhere=False,
        projects=frozenset(grant.object_id for grant in grants if grant.object_type == "project"),
        objects=frozenset(grant.object_id for grant in grants if grant.object_type == wanted),
    )


def in_org(actor: Actor, object_type: str, name: str = "", *, owner_id: str | None = None) -> ObjectRef:
    """A reference to something of the actor's organization outside any project, or not created yet."""
    return ObjectRef("", object_type, "", name, actor.org_id, owner_id)


def _role_allows(actor: Actor, action: Action, object_type: str) -> bool:
    rules = RULES[actor.role]
    return action in rules.get(object_type, rules["*"])


def _covers(grant: Grant, ref: ObjectRef) -> bool:
    """Whether a grant on one object reaches another: it is that object, or lies in it."""
    wanted = ACL_TYPES.get(ref.object_type, ref.object_type)
    if grant.restrict_object_type not in (None, wanted):
        return False
    match grant.object_type:
        case "organization":
            return grant.object_id == ref.org_id and ref.object_type not in _BY_NAME
        case "org_project":
            return grant.object_id == ref.org_id and bool(ref.project_id)
        case "project":
            return grant.object_id == ref.project_id
        case object_type:
            return object_type == wanted and grant.object_id == ref.object_id
