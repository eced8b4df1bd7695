"""Who asks, what is asked for, and the one table that says whether it may happen.

An actor belongs to one organisation; nothing of another organisation is ever allowed. Inside the
organisation the role decides, by kind of object (`RULES`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assay_server.errors import Forbidden

Role = Literal["owner", "member", "viewer"]
Action = Literal["read", "create", "update", "delete"]

ROLES: tuple[Role, ...] = ("owner", "member", "viewer")
ACTIONS: tuple[Action, ...] = ("read", "create", "update", "delete")

_ALL = frozenset[Action](ACTIONS)
_READ = frozenset[Action](("read",))
_ADMINISTRATION: Mapping[str, frozenset[Action]] = {"organization": _READ, "user": _READ, "ai_secret": _READ}

RULES: Mapping[Role, Mapping[str, frozenset[Action]]] = {
    "owner": {"*": _ALL},
    "member": {"*": _ALL, **_ADMINISTRATION},
    "viewer": {"*": _READ},
}
"""Role → kind of object → what it may do; `*` stands for every kind that is not named."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request: a user through an API key or a browser session, or the server itself."""

    user_id: str | None
    org_id: str
    org_name: str
    kind: Literal["api_key", "session", "system"]
    role: Role
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One object that was found: what it is called, and whose it is.

    For `project_logs` the object id is the project id. `org_id` is the organisation it belongs to; left
    empty it belongs to nobody and everything is refused. `owner_id` is the user a personal object (an API
    key) belongs to.
    """

    project_id: str
    object_type: str
    object_id: str
    name: str
    org_id: str = ""
    owner_id: str | None = None


def can(actor: Actor, action: Action, ref: ObjectRef) -> bool:
    """Whether the actor may do this to the object. A user may do anything to what is personally theirs."""
    if actor.org_id != ref.org_id:
        return False
    if ref.owner_id is not None and ref.owner_id == actor.user_id:
        return True
    if ref.object_type == "api_key" and actor.role != "owner":
        return False
    rules = RULES[actor.role]
    return action in rules.get(ref.object_type, rules["*"])


def require(actor: Actor, action: Action, ref: ObjectRef) -> None:
    """Raises Forbidden, naming the object and the role that is missing, unless `can` says yes."""
    if not can(actor, action, ref):
        kind = ref.object_type.replace("_", " ")
        raise Forbidden(
            f"Your role {actor.role!r} may not {action} {kind} {ref.name!r}; "
            f"ask an owner of {actor.org_name!r}.",
            action=action,
            object_type=ref.object_type,
            object_id=ref.object_id,
        )


def in_org(actor: Actor, object_type: str, name: str = "", *, owner_id: str | None = None) -> ObjectRef:
    """A reference to something of the actor's organisation outside any project, or not created yet."""
    return ObjectRef("", object_type, "", name, actor.org_id, owner_id)
