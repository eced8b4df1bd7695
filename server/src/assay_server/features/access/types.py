"""Bodies of the routes of roles, groups and access rules."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from assay_server.engines.authz import Action
from assay_server.http.models import Name, Wire
from assay_server.http.objects import OrgFields

AclType = Literal[
    "organization", "project", "experiment", "dataset", "prompt", "prompt_session", "group", "role",
    "org_member", "project_log", "org_project", "org_audit_logs", "project_group", "project_group_projects",
    "ai_secret", "org_ai_secret", "org_account",
]  # fmt: skip


class MemberPermission(Wire):
    """A permission, for every type of object or for one."""

    permission: Action
    restrict_object_type: AclType | None = None


class RoleCreate(OrgFields):
    """A role to create, or to find by its name."""

    name: Name
    description: str | None = None
    member_permissions: list[MemberPermission] | None = None
    member_roles: list[str] | None = None


class RolePatch(Wire):
    """Fields to change; what is added and removed is a set."""

    name: Name | None = None
    description: str | None = None
    add_member_permissions: list[MemberPermission] | None = None
    remove_member_permissions: list[MemberPermission] | None = None
    add_member_roles: list[str] | None = None
    remove_member_roles: list[str] | None = None


class Role(BaseModel):
    """A set of permissions; it has those of its member roles, too. Built-in roles have no organization."""

    id: str
    org_id: str | None = None
    user_id: str | None = None
    created: str | None = None
    name: str
    description: str | None = None
    deleted_at: str | None = None
    member_permissions: list[dict[str, Any]] | None = None
    member_roles: list[str] | None = None


class GroupCreate(OrgFields):
    """A group to create, or to find by its name."""

    name: Name
    description: str | None = None
    member_users: list[str] | None = None
    member_groups: list[str] | None = None


class GroupPatch(Wire):
    """Fields to change; what is added and removed is a set."""

    name: Name | None = None
    description: str | None = None
    add_member_users: list[str] | None = None
    remove_member_users: list[str] | None = None
    add_member_groups: list[str] | None = None
    remove_member_groups: list[str] | None = None


class _Named(BaseModel):
    """What a group has beside its members."""

    id: str
    org_id: str
    user_id: str | None = None
    created: str
    name: str
    description: str | None = None
    deleted_at: str | None = None


class Group(_Named):
    """A set of users; those of its member groups are in it, too."""

    member_users: list[str] | None = None
    member_groups: list[str] | None = None


class ProjectGroupCreate(OrgFields):
    """A group of projects to create, or to find by its name."""

    name: Name
    description: str | None = None
    member_projects: list[str] | None = None


class ProjectGroupPatch(Wire):
    """Fields to change; what is added and removed is a set."""

    name: Name | None = None
    description: str | None = None
    add_member_projects: list[str] | None = None
    remove_member_projects: list[str] | None = None


class ProjectGroup(_Named):
    """A set of projects; access rules on `project_group_projects` reach each of them."""

    member_projects: list[str] | None = None


class AclItem(Wire):
    """Gives one user or group a permission, or those of a role, on an object and what is below it."""

    object_type: AclType
    object_id: str
    user_id: str | None = None
    group_id: str | None = None
    permission: Action | None = None
    role_id: str | None = None
    restrict_object_type: AclType | None = None

    @model_validator(mode="after")
    def _check_choices(self) -> Self:
        if bool(self.user_id) == bool(self.group_id):
            raise ValueError("give either user_id or group_id")
        if bool(self.permission) == bool(self.role_id):
            raise ValueError("give either permission or role_id")
        if self.role_id and self.restrict_object_type:
            raise ValueError("restrict_object_type goes with a permission, not with a role_id")
        return self


class AclQuery(Wire):
    """Query parameters of a list of access rules."""

    ids: list[str] | None = None
    object_type: AclType | None = None
    object_id: str | None = None
    user_id: str | None = None
    group_id: str | None = None
    permission: Action | None = None
    role_id: str | None = None
    restrict_object_type: AclType | None = None


class Acl(BaseModel):
    """An access rule."""

    id: str
    object_type: str
    object_id: str
    user_id: str | None = None
    group_id: str | None = None
    permission: str | None = None
    role_id: str | None = None
    restrict_object_type: str | None = None
    object_org_id: str = Field(alias="_object_org_id")
    created: str | None = None


class AclList(BaseModel):
    """A page of access rules, newest first."""

    objects: list[Acl]


class AclBatch(OrgFields):
    """Access rules to add and to remove in one transaction."""

    add_acls: list[AclItem] | None = None
    remove_acls: list[AclItem] | None = None


class AclBatchDone(BaseModel):
    """The rules that were added, or there before, and those that were removed."""

    added_acls: list[Acl]
    removed_acls: list[Acl]


class AboutObject(Wire):
    """Query parameters: which object."""

    object_type: AclType
    object_id: str


class Permissions(BaseModel):
    """What the caller may do to an object and, by kind, to what is in it. `role` is theirs in the organization,
    `owners` are whom to ask for more."""

    object_type: str
    object_id: str
    role: str
    actions: dict[str, list[Action]]
    owners: list[str]


class Subject(BaseModel):
    """Who has access: a user, a group, or everybody (`people` of them) with a role in the organization."""

    type: Literal["user", "group", "org_role"]
    id: str
    name: str
    people: int | None = None


class NamedRole(BaseModel):
    """A role that a rule gives."""

    id: str
    name: str


class AccessSource(BaseModel):
    """The object whose rule gives access."""

    object_type: str
    object_id: str
    name: str


class AccessEntry(BaseModel):
    """One way to an object. `acl_id` is the rule to take back; null for what a role in the organization gives."""

    subject: Subject
    permissions: list[Action]
    role: NamedRole | None = None
    restrict_object_type: str | None = None
    acl_id: str | None = None
    source: AccessSource
    inherited: bool


class AccessList(BaseModel):
    """Everybody with access to an object: its own rules first, then those of what it is in, then roles."""

    objects: list[AccessEntry]
