"""One tenant reaches nothing of another: every route is asked for every id and name of a foreign organization.

The victim's organization holds one object of every kind, rows, files, people and keys, all with the word MARK in
them. For every operation of openapi.json and every place in it that takes an id or a name, a stranger sends what is
the victim's, and then something nobody has. Both answers must be the same, and the victim's world must not change.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.clients import Answer, Client
from tests.support.every_kind import KINDS, filled
from tests.support.people import join
from tests.support.samples import Samples
from tests.support.servers import ServerProcess, running_server

MARK = "treasure"

SKIPPED = {
    "/files/{link}",  # the path is the credential; see test_doors.py
    "/health", "/version", "/ping",  # open to everyone
    "/api/session/login",  # takes a token instead of a key
    "/v1/organization/members",  # see test_removing_a_foreign_person_tells_nothing
    "/v1/organization/{organization_id}",  # a name of an organization is taken for all; see test_a_foreign_organization
}  # fmt: skip

ALIASES = {
    "base_exp_id": "experiment", "base_experiment_id": "experiment", "comparison_experiment_id": "experiment",
    "to": "experiment", "base_experiment": "experiment", "parameters_id": "function", "org_id": "organization",
    "service_account_id": "user", "project": "project", "key": "attachment", "prompt_session_id": "project",
    "project_name": "project", "experiment_name": "experiment", "dataset_name": "dataset", "org_name": "organization",
    "environment": "environment", "environment_slug": "environment", "email": "user", "model": "ai_secret",
    "member_users": "user", "member_groups": "group", "member_roles": "role", "member_projects": "project",
    "project_group_name": "project_group",
}  # fmt: skip
"""Kinds that fields name whose name does not say so."""

NOUN_OF_TYPE = {
    "project_log": "project", "project_logs": "project", "org_project": "organization", "org_member": "user",
    "prompt_session": "project", "project_group_projects": "project_group", "org_audit_logs": "organization",
    "org_ai_secret": "organization", "org_account": "organization",
}  # fmt: skip


@dataclass(slots=True)
class Tenant:
    """A client of one organization, the ids of one object of every kind in it, and what they are called."""

    client: Client
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.ask(method, path, body)
        assert answer.status == 200, (method, path, answer.text)
        return answer.json()


def settle(tenant: Tenant, word: str) -> None:
    """Make one object of every kind whose content and name hold the word."""
    me = tenant.done("GET", "/api/me")
    tenant.ids |= {"organization": me["org"]["id"], "user": me["user"]["id"]}
    tenant.names |= {"organization": me["org"]["name"], "user": me["user"]["email"]}
    for kind in KINDS:
        name = f"{word} {kind.name}"
        text = {"description": word} if "description" in kind.body else {}
        made = tenant.done("POST", kind.address, kind.new(name, tenant.ids, **text))
        tenant.ids[kind.name], tenant.names[kind.name] = made["id"], name
    rule = {"object_type": "project", "object_id": tenant.ids["project"], "user_id": tenant.ids["user"],
            "permission": "read"}  # fmt: skip
    tenant.ids["acl"] = tenant.done("POST", "/v1/acl", rule)["id"]
    tenant.ids["api_key"] = tenant.done("POST", "/v1/api_key", {"name": f"{word} api_key"})["id"]
    tenant.ids["service_token"] = tenant.done("POST", "/v1/service_token", {"name": f"{word} service_token"})[
        "id"
    ]
    for kind in ("api_key", "service_token"):
        tenant.names[kind] = f"{word} {kind}"
    for noun in ("project_logs", "experiment", "dataset"):
        row = {"id": f"{word}-row", "root_span_id": f"{word}-root", "input": word, "metadata": {"w": word}}
        where = tenant.ids["project" if noun == "project_logs" else noun]
        tenant.done("POST", f"/v1/{noun}/{where}/insert", {"events": [row]})
    tenant.ids["attachment"] = tenant.names["attachment"] = str(uuid.uuid4())
    file = {"key": tenant.ids["attachment"], "filename": word, "content_type": "text/plain"}
    tenant.done("POST", "/attachment", file)
    pin = f"/environment-object/prompt/{tenant.ids['prompt']}/{quote(tenant.names['environment'])}"
    version = tenant.done("GET", f"/v1/prompt/{tenant.ids['prompt']}")["_xact_id"]
    tenant.done("PUT", pin, {"object_version": version})


def dump(tenant: Tenant) -> str:
    """Everything a tenant sees of itself."""
    parts: list[Any] = []
    for kind in KINDS:
        parts.append(tenant.done("GET", f"{kind.address}?{filled(kind.listed, tenant.ids)}"))
    for path in ("/v1/acl/list_org", "/v1/api_key", "/v1/service_token", "/v1/user", "/v1/organization"):
        parts.append(tenant.done("GET", path))
    for kind in ("prompt", "function", "dataset"):
        parts.append(tenant.done("GET", f"/environment-object/{kind}/{tenant.ids[kind]}"))
    parts.append(tenant.done("GET", f"/environment-object/changes?project_id={tenant.ids['project']}"))
    for noun in ("project_logs", "experiment", "dataset"):
        where = tenant.ids["project" if noun == "project_logs" else noun]
        parts.append(tenant.done("POST", f"/v1/{noun}/{where}/fetch", {}))
    parts.append(tenant.done("GET", f"/attachment?key={tenant.ids['attachment']}")["status"])
    return re.sub(r'"(used|last_used)[^,}]*', "", json.dumps(parts, sort_keys=True))


@dataclass(frozen=True, slots=True)
class World:
    server: ServerProcess
    victim: Tenant
    stranger: Tenant
    samples: Samples


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("tenants") / "data"
    with running_server(data) as server:
        victim, stranger = (
            Tenant(Client(server.port, join(data, "owner", org=org))) for org in (f"{MARK}-org", "elsewhere")
        )
        settle(victim, MARK)
        settle(stranger, "plain")
        samples = Samples(server.request("GET", "/openapi.json", key=None))
        yield World(server, victim, stranger, samples)


def kind_of(name: str, path: str, object_type: str | None = None) -> str | None:
    """The kind of object that a field or parameter names, or None for one that names none."""
    if name in ALIASES:
        return ALIASES[name]
    of_path = next((part for part in path.split("/") if part not in ("", "v1", "api")), "")
    noun = NOUN_OF_TYPE.get(object_type or "", object_type) or of_path
    if name in ("name", "slug", "ids", "starting_after", "ending_before"):
        noun = of_path
    noun = {"project_logs": "project", "environment-object": "prompt", "dataset-summary": "dataset"}.get(
        noun, noun
    )
    if name in ("id", "ids", "object_id", "object_ids", "starting_after", "ending_before", "name", "slug"):
        return noun
    stem = re.sub(r"_(ids?|names?)$", "", name)
    return stem if stem != name or name == stem + "_id" else None


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a request that an id or a name goes."""

    where: str  # path, query or body
    name: str
    kind: str
    called: bool  # by its name

    def of(self, tenant: Tenant) -> str | None:
        return (tenant.names if self.called else tenant.ids).get(self.kind)


class Request:
    """One operation with values of the asker's own in every place but one."""

    numbers = count()

    def __init__(
        self, world: World, method: str, path: str, operation: Mapping[str, Any], object_type: str | None
    ) -> None:
        self.world, self.method, self.path, self.operation = world, method, path, operation
        self.object_type = object_type
        self.schema = world.samples.body(operation)
        self.parameters = {one["name"]: one for one in operation.get("parameters", ())}

    def places(self) -> Iterator[Place]:
        for name, parameter in self.parameters.items():
            yield from self._place(parameter["in"], name)
        for name in (self.schema or {}).get("properties", {}):
            yield from self._place("body", name)

    def _place(self, where: str, name: str) -> Iterator[Place]:
        kind = kind_of(name, self.path, self.object_type)
        if kind is None or kind not in self.world.victim.ids:
            return
        if not re.search(r"name$|^slug$|^environment|^email$|^model$", name):
            yield Place(where, name, kind, called=False)
        if (kind in self.world.victim.names and where != "path") or name == "environment":
            yield Place(where, name, kind, called=True)

    def send(self, place: Place, value: str) -> Answer:
        """The request with the value in that place."""
        path, query = self.path, []
        for name, parameter in self.parameters.items():
            if parameter["in"] == "path":
                sent = value if (place.where, place.name) == ("path", name) else self._own(name)
                path = path.replace("{" + name + "}", quote(sent, safe=""))
            elif (place.where, place.name) == ("query", name):
                query.append(f"{name}={quote(value)}")
            elif parameter.get("required") or name in ("object_type", "object_id"):
                query.append(f"{name}={quote(self._own(name))}")
        body = None
        if self.schema is not None:
            body = self._body()
            if place.where == "body":
                plain = self.world.samples.plain(self.schema["properties"][place.name])
                body[place.name] = [value] if plain.get("type") == "array" else value
        return self.world.stranger.client.ask(
            self.method, path + ("?" if query else "") + "&".join(query), body
        )

    def _body(self) -> dict[str, Any]:
        assert self.schema is not None
        fields = self.schema.get("properties", {})
        wanted = {*self.schema.get("required", ()), *({"object_type", "object_id"} & set(fields))}
        made = {name: self.world.samples.value(fields[name], name, self._own) for name in sorted(wanted)}
        if self.object_type and "object_type" in fields:
            made["object_type"] = self.object_type
        return made

    def _own(self, name: str) -> str:
        """A value of the asker's own."""
        if name == "object_type":
            return self.object_type or "project"
        kind = kind_of(name, self.path, self.object_type)
        if name in ("name", "slug") or name.endswith("_name"):
            return f"own {next(self.numbers)}"
        own = self.world.stranger
        if name == "environment":
            return own.names["environment"]
        return own.ids.get(kind or "", f"own {next(self.numbers)}")


def requests(world: World) -> Iterator[Request]:
    every = [one for one in world.samples.operations() if one[1] not in SKIPPED]
    for method, path, operation in sorted(every, key=lambda one: (one[0] != "GET", one[1] == "/attachment")):
        types: list[str | None] = [None]
        schema = world.samples.body(operation) or {}
        chosen = schema.get("properties", {}).get("object_type") or next(
            (one["schema"] for one in operation.get("parameters", ()) if one["name"] == "object_type"), None
        )
        if chosen is not None:
            types = list(
                world.samples.plain(chosen).get("enum", ("project", "experiment", "dataset", "prompt"))
            )
        for object_type in types:
            yield Request(world, method, path, operation, object_type)


def slug(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def alike(answer: Answer, sent: str) -> tuple[int, str]:
    """An answer without what differs between any two of them."""
    text = answer.text
    for form in (sent, slug(sent), quote(sent), quote(sent, safe=""), json.dumps(sent)[1:-1]):
        text = text.replace(form, "SENT")
    text = re.sub(r'"request_id":"[^"]*"', "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID", text)
    text = re.sub(r'sk-assay-[^"]*', "KEY", text)
    text = re.sub(r"own[ -]\d+", "OWN", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "TIME", text)
    return answer.status, re.sub(r"[\w.-]{16,}|\d{6,}", "LONG", text)


def nobodys(place: Place) -> str:
    """What no organization has, of the same shape."""
    if not place.called:
        return str(uuid.uuid4())
    return (
        f"nobody-{uuid.uuid4().hex[:8]}@x.example"
        if place.kind == "user"
        else f"nothing {uuid.uuid4().hex[:8]}"
    )


def forget(tenant: Tenant, kind: str, name: str) -> None:
    """Delete what a tenant made in its own organization under a name that the other has, too."""
    addresses = {one.name: (one.address, filled(one.listed, tenant.ids)) for one in KINDS}
    addresses |= {one: (f"/v1/{one}", "") for one in ("api_key", "service_token")}
    address, needed = addresses.get(kind, ("", ""))
    for key in (f"{kind}_name", "slug") if address else ():
        for made in tenant.done("GET", f"{address}?{key}={quote(name)}&{needed}")["objects"]:
            if name in (made["name"], made.get("slug")):
                tenant.done("DELETE", f"{address}/{made['id']}")


def test_a_foreign_id_or_name_is_answered_like_one_that_is_not_there(world: World) -> None:
    before = dump(world.victim)
    secrets = [MARK, *(value for kind, value in world.victim.ids.items())]
    asked, reached, leaks = 0, set[str](), list[Any]()
    for request in requests(world):
        for place in request.places():
            if request.method == "DELETE" and place.where != "path" and "{" in request.path:
                continue  # would delete what is one's own
            foreign = place.of(world.victim)
            assert foreign is not None
            nothing = nobodys(place)
            answers = request.send(place, foreign), request.send(place, nothing)
            asked += 1
            reached.add(request.path)
            seen = answers[0].text.replace(foreign, "").replace(slug(foreign), "")
            told = [secret for secret in secrets if secret in seen]
            if told or alike(answers[0], foreign) != alike(answers[1], nothing):
                where = (
                    request.method,
                    request.path,
                    request.object_type,
                    place.where,
                    place.name,
                    place.called,
                )
                leaks.append((where, told, *(f"{one.status} {one.text[:300]}" for one in answers)))
            if place.called and request.method != "GET":
                forget(world.stranger, place.kind, foreign)
    assert leaks == [], "\n".join(map(str, leaks))
    assert asked > 700
    assert dump(world.victim) == before
    own = dump(world.stranger)
    assert MARK not in re.sub(rf"{MARK}[ -]\w+", "", own), (
        "what was written on the way shows nothing of the other"
    )


def test_a_foreign_organization_is_answered_like_one_that_is_not_there(world: World) -> None:
    for method, body in (("GET", None), ("PATCH", {"name": "mine"})):
        answers = [
            alike(world.stranger.client.ask(method, f"/v1/organization/{one}", body), one)
            for one in (world.victim.ids["organization"], str(uuid.uuid4()))
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_removing_a_foreign_person_tells_nothing(world: World) -> None:
    before = dump(world.victim)
    for by, foreign, nothing in (
        ("ids", world.victim.ids["user"], str(uuid.uuid4())),
        ("emails", world.victim.names["user"], "nobody@x.example"),
    ):
        answers = [
            world.stranger.client.ask("PATCH", "/v1/organization/members", {"remove_users": {by: [one]}})
            for one in (foreign, nothing)
        ]
        assert alike(answers[0], foreign) == alike(answers[1], nothing)
        assert answers[0].status == 400
        assert world.victim.ids["user"] not in answers[0].text.replace(foreign, "")
    assert dump(world.victim) == before
