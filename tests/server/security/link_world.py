"""What links are made of: a project with one trace, one run and one board shared, and treasure all around them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.clients import Answer, Client
from tests.support.people import join
from tests.support.servers import KEY, ServerProcess, running_server

MARK = "treasure"
"""In the name or content of everything that no link of these tests shows."""

SERVED = {
    "experiment": {
        ("GET", "/api/shared"), ("POST", "/btql"), ("GET", "/attachment"),
        ("GET", "/v1/experiment/{experiment_id}/compare"), ("GET", "/v1/experiment/{experiment_id}/cases"),
        ("GET", "/v1/experiment/{experiment_id}/plan"),
    },
    "trace": {("GET", "/api/shared"), ("POST", "/btql"), ("GET", "/attachment")},
    "board": {("GET", "/api/shared"), ("POST", "/api/shared/charts")},
}  # fmt: skip
"""What each kind of link opens."""

CHARTS = [
    {"id": "many", "title": "Many", "kind": "series", "grain": "traces", "unit": "",
     "measures": [{"label": "count", "sql": "count(*)"}]},
    {"id": "names", "title": "Names", "kind": "top", "grain": "spans", "unit": "", "by": "span_attributes.name",
     "measures": [{"label": "count", "sql": "count(*)"}]},
    {"id": "evil", "title": "Evil", "kind": "number", "grain": "spans", "unit": "",
     "measures": [{"label": "n", "sql": "(SELECT count(*) FROM dataset('vault'))"}]},
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """A project with two traces, three runs and a board; one of each is shared, the second run as a baseline."""

    server: ServerProcess
    owner: Client
    member: Client
    viewer: Client
    org: str
    project: str
    other_project: str
    run: str
    base: str
    secret_run: str
    board: str
    files: dict[str, str]
    tokens: dict[str, str]

    def holder(self, kind: str) -> Client:
        return Client(self.server.port, self.tokens[kind])

    def share(self, by: Client | None = None, **what: Any) -> Answer:
        return (by or self.owner).ask("POST", "/v1/shared_link", what)

    def shared(self, kind: str) -> dict[str, Any]:
        return {
            "experiment": {"object_type": "experiment", "object_id": self.run, "baseline_ids": [self.base]},
            "trace": {"object_type": "project_logs", "object_id": self.project, "root_span_id": "open"},
            "board": {"object_type": "view", "object_id": self.board},
        }[kind]


def upload(owner: Client, word: str) -> str:
    key = str(uuid.uuid4())
    made = owner.ask("POST", "/attachment", {"key": key, "filename": word, "content_type": "text/plain"})
    link = urlsplit(made.json()["signedUrl"])
    assert owner.ask("PUT", link.path, word.encode()).status == 200
    return key


def span(root: str, span_id: str, text: str, **more: Any) -> dict[str, Any]:
    parents = [] if root == span_id else [root]
    return {"id": span_id, "span_id": span_id, "root_span_id": root, "span_parents": parents, "input": text,
            "span_attributes": {"name": text, "type": "task"}, **more}  # fmt: skip


@contextmanager
def linked_world(data: Path) -> Iterator[World]:
    """The server with everything in it, and a link of each kind."""
    with running_server(data) as server:
        owner, member, viewer = (
            Client(server.port, key) for key in (KEY, join(data, "member"), join(data, "viewer"))
        )

        def made(path: str, **body: Any) -> str:
            answer = owner.ask("POST", path, body)
            assert answer.status == 200, answer.text
            return answer.json()["id"]

        project, other = made("/v1/project", name="shop"), made("/v1/project", name=f"{MARK} project")
        run, base, secret = (
            made("/v1/experiment", project_id=project, name=name) for name in ("run", "base", f"{MARK} run")
        )
        made("/v1/dataset", project_id=project, name="vault")
        for name in ("dataset", "prompt"):
            made(f"/v1/{name}", project_id=project, name=f"{MARK} {name}", slug=MARK)
        board = made(
            "/v1/view", object_type="project", object_id=project, view_type="monitor", name="board",
            options={"charts": CHARTS},
        )  # fmt: skip
        files = {word: upload(owner, word) for word in ("shown", MARK)}
        reference = {"type": "braintrust_attachment", "filename": "f", "content_type": "text/plain"}
        logs = {"project_id": project, "log_id": "g"}
        rows = [
            {**span("open", "open", "shown"), **logs},
            {**span("open", "file", "shown", output={"file": {**reference, "key": files["shown"]}}), **logs},
            {**span(MARK, MARK, MARK, output={"file": {**reference, "key": files[MARK]}}), **logs},
            {**span("else", "else", MARK), "project_id": other, "log_id": "g"},
            *({**span("r", "r", "case", scores={"s": 1}, output="shown"), "experiment_id": one} for one in (run, base)),
            {**span("r", "r", "case", scores={"s": 0}, output=MARK), "experiment_id": secret},
        ]  # fmt: skip
        assert owner.ask("POST", "/logs3", {"rows": rows}).status == 200
        org = owner.ask("GET", "/api/me").json()["org"]["id"]
        found = World(server, owner, member, viewer, org, project, other, run, base, secret, board, files, {})
        refused = found.share(**found.shared("trace"))
        assert (refused.status, refused.json()["error"]["code"]) == (403, "public_links_forbidden")
        allow(found, "allowed")
        for kind in SERVED:
            answer = found.share(**found.shared(kind))
            assert answer.status == 200, answer.text
            found.tokens[kind] = answer.json()["token"]
        yield found


def allow(world: World, choice: str, **more: Any) -> None:
    answer = world.owner.ask("PATCH", f"/v1/organization/{world.org}", {"public_links": choice, **more})
    assert (answer.status, answer.json()["public_links"]) == (200, choice), answer.text


def code(answer: Answer) -> str:
    """The code of a refusal."""
    return answer.json()["error"]["code"]
