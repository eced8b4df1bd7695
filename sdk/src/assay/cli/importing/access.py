"""Roles, groups and access rules: who may do what with what was copied.

People and service accounts are never made: a member there stands for the member here who has the same address. Roles
and groups of a name that is here already are taken for the same and left as they are.
"""

from __future__ import annotations

from typing import cast

from assay.cli.importing.context import Import
from assay.cli.importing.site import Object
from assay.core.errors import ApiError

_RULE = ("permission", "restrict_object_type")


def copy_access(run: Import) -> None:
    """Copy roles and groups of the organization, and the rules on what was copied."""
    try:
        here = run.target.listed("/v1/user")
    except ApiError as error:
        if error.status != 403:
            raise
        run.report.skip("roles, groups and access rules: the key of this login may not manage them here")
        return
    people = _people(run, here)
    roles = _readable(run, "/v1/role", "roles")
    for one in roles:
        if one.get("org_id") is None:
            _find_built_in(run, one)
    for one in _inner_first([one for one in roles if one.get("org_id") is not None], "member_roles"):
        inner = [run.ids.object(role) for role in _ids(one, "member_roles")]
        more = {
            "member_permissions": one.get("member_permissions"),
            "member_roles": list(filter(None, inner)),
        }
        _make(run, "/v1/role", one, more, "roles")
    for one in _inner_first(_readable(run, "/v1/group", "groups"), "member_groups"):
        inner = [run.ids.object(group) for group in _ids(one, "member_groups")]
        members = [_person(run, people, user) for user in _ids(one, "member_users")]
        more = {"member_users": list(filter(None, members)), "member_groups": list(filter(None, inner))}
        _make(run, "/v1/group", one, more, "groups")
    for rule in _readable(run, "/v1/acl/list_org", "access rules"):
        if run.ids.object(str(rule["object_id"])):
            _copy_rule(run, rule, people)


def _people(run: Import, members: list[Object]) -> dict[str, str]:
    """What members there are called, by id; who is among the `members` here as well is noted in the ids."""
    here = {str(one["email"]).lower(): str(one["id"]) for one in members if one.get("email")}
    found: dict[str, str] = {}
    for one in _readable(run, "/v1/user", "members"):
        address = str(one.get("email") or "")
        found[str(one["id"])] = address or str(one.get("given_name") or one["id"])
        if (same := here.get(address.lower())) is not None:  # never by a name, which may look like an address
            run.ids.add(str(one["id"]), same)
    return found


def _person(run: Import, people: dict[str, str], user_id: str) -> str | None:
    here = run.ids.object(user_id)
    if here is None:
        run.report.skip(
            f"access of {people.get(user_id, user_id)}, who is no member here: invite them, then run again"
        )
    return here


def _find_built_in(run: Import, role: Object) -> None:
    for one in run.target.listed("/v1/role", role_name=str(role["name"])):
        if one.get("org_id") is None and one["name"] == role["name"]:
            run.ids.add(str(role["id"]), str(one["id"]))


def _readable(run: Import, path: str, what: str) -> list[Object]:
    """A list of the source; empty, and said so, when the key may not read it."""
    try:
        return run.listed(path, what, org_name=run.source.org_name)
    except ApiError as error:
        if error.status != 403:
            raise
        run.report.skip(f"{what}: the key may not read them")
        return []


def _copy_rule(run: Import, rule: Object, people: dict[str, str]) -> None:
    source_id = str(rule["id"])
    if run.ids.object(source_id):  # also when someone has taken it away here since
        run.report.there("access rules")
        return
    body = {name: rule[name] for name in _RULE if rule.get(name)}
    body |= {"object_type": rule["object_type"], "object_id": run.ids.object(str(rule["object_id"]))}
    for name in ("role_id", "group_id"):
        if rule.get(name):
            body[name] = run.ids.object(str(rule[name]))
    if rule.get("user_id"):
        body["user_id"] = _person(run, people, str(rule["user_id"]))
    if None in body.values():
        if not rule.get("user_id"):
            run.report.skip(
                f"a rule on {rule['object_type']} {rule['object_id']}: its role or group was not copied"
            )
        return
    _post(run, "/v1/acl", body, source_id, ("access rules", str(rule["object_type"]), source_id))


def _make(run: Import, path: str, one: Object, more: Object, kind: str) -> None:
    if run.ids.object(str(one["id"])):
        run.report.there(kind)
        return
    body = {"name": one["name"], "description": one.get("description"), **more}
    sent = {name: value for name, value in body.items() if value is not None}
    _post(run, path, sent, str(one["id"]), (kind, run.target.org_name, str(one["name"])))


def _post(run: Import, path: str, body: Object, source_id: str, told: tuple[str, str, str]) -> None:
    """Make something; `told` is what a refusal says: kind, where, which one."""
    try:
        answer = run.target.call("POST", path, json=body)
    except ApiError as error:
        if error.retryable or error.status == 401:
            raise
        run.report.refuse(*told, str(error))
        return
    run.ids.add(source_id, str(answer.json()["id"]))
    found = answer.headers.get("x-bt-found-existing") == "true"
    (run.report.there if found else run.report.copied)(told[0])


def _ids(one: Object, name: str) -> list[str]:
    return [str(member) for member in cast("list[object]", one.get(name) or [])]


def _inner_first(found: list[Object], members: str) -> list[Object]:
    """Each after those that are in it."""
    by_id = {str(one["id"]): one for one in found}
    ordered: dict[str, Object] = {}
    seen: set[str] = set()

    def visit(one_id: str) -> None:
        if one_id in seen or one_id not in by_id:
            return
        seen.add(one_id)
        for inner in _ids(by_id[one_id], members):
            visit(inner)
        ordered[one_id] = by_id[one_id]

    for one_id in by_id:
        visit(one_id)
    return list(ordered.values())
