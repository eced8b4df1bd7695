"""A server with people of several roles, and projects with rows for them to review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assay_server.adapters.meta.store import MetaStore
from assay_server.settings import Settings
from tests.support.clients import Client
from tests.support.people import join
from tests.support.servers import KEY, ServerProcess, running_server

CHOICES = [{"name": "right", "value": 1}, {"name": "partly", "value": 0.5}, {"name": "wrong", "value": 0}]


class Person:
    """Somebody with a key; answers must be 200 unless `refused` is asked for."""

    def __init__(self, port: int, key: str) -> None:
        self.client = Client(port, key)
        self.id: str = self.ask("GET", "/api/me")["user"]["id"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.ask(method, path, body)
        assert answer.status == 200, (method, path, answer.text)
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        answer = self.client.ask(method, path, body)
        return answer.status, answer.json()["error"]["code"]


@dataclass
class Queue:
    """A queue over some rows of the logs of a project of its own; `questions` are ids by name."""

    path: str
    project: str
    name: str
    questions: dict[str, str]

    def next(self, who: Person) -> Any:
        return who.ask("POST", f"{self.path}/next")

    def item(self, item_id: str, step: str = "") -> str:
        return f"{self.path}/items/{item_id}{step}"

    def answer(self, who: Person, item_id: str, tags: list[str] | None = None, **said: Any) -> Any:
        """Answers by the names of questions; `preference`, `strength` and `comment` as they are."""
        plain = {key: said.pop(key) for key in ("preference", "strength", "comment") if key in said}
        answers = {self.questions[name]: value for name, value in said.items()}
        return who.ask(
            "POST", self.item(item_id, "/answer"), {"answers": answers, "tags": tags or [], **plain}
        )

    def results(self, who: Person) -> Any:
        return who.ask("GET", f"{self.path}/results")


@dataclass
class World:
    server: ServerProcess
    owner: Person
    ann: Person
    ben: Person
    viewer: Person
    stranger: Person

    def project(self, name: str, rows: int = 4) -> str:
        project = self.owner.ask("POST", "/v1/project", {"name": name})["id"]
        written = [
            {"id": f"row-{at}", "project_id": project, "log_id": "g", "input": f"question {at}",
             "output": f"answer {at}", "metadata": {"model": "secret-model"}, "tags": ["seed"]}
            for at in range(rows)
        ]  # fmt: skip
        if written:
            self.owner.ask("POST", "/logs3", {"rows": written})
        return project

    def question(self, project: str, name: str, score_type: str, **more: Any) -> str:
        body = {"project_id": project, "name": name, "score_type": score_type, **more}
        return self.owner.ask("POST", "/v1/project_score", body)["id"]

    def queue(self, name: str, rows: int = 4, **fields: Any) -> Queue:
        """A queue that asks for Correct (choice), Tone (slider, optional) and Note (text, optional)."""
        project = self.project(name, rows)
        questions = {
            "Correct": self.question(project, "Correct", "categorical", categories=CHOICES),
            "Tone": self.question(project, "Tone", "slider"),
            "Note": self.question(project, "Note", "free-form"),
        }
        asked = [{"project_score_id": one, "required": key == "Correct"} for key, one in questions.items()]
        made = self.make(project, name=name, questions=asked, **fields)
        queue = Queue(f"/v1/review_queue/{made['id']}", project, name, questions)
        if rows:
            items = [{"source": self.row(project, f"row-{at}")} for at in range(rows)]
            assert self.owner.ask("POST", f"{queue.path}/items", {"items": items})["added"] == rows
        return queue

    def make(self, project: str, **fields: Any) -> Any:
        return self.owner.ask("POST", "/v1/review_queue", {"project_id": project, **fields})

    @staticmethod
    def row(project: str, row_id: str) -> dict[str, Any]:
        return {"object_type": "project_logs", "object_id": project, "row_id": row_id}

    def logged(self, queue: Queue, columns: str) -> dict[str, Any]:
        """Rows of the queue's logs by their id."""
        found = self.server.sql(f"SELECT id, {columns} FROM project_logs('{queue.project}')")
        return {row.pop("id"): row for row in found}

    @contextmanager
    def metadata(self) -> Iterator[MetaStore]:
        """The database of the server, beside it."""
        meta = MetaStore(Settings(data=self.server.data).meta_url)
        try:
            yield meta
        finally:
            meta.close()

    def change(self, statement: sa.Executable) -> None:
        """Change the database of the server beside it: what only time or a crash would do."""
        with self.metadata() as meta, meta.begin() as connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("review") / "data"
    with running_server(data) as server:
        keys = [
            KEY,
            join(data, "member"),
            join(data, "member"),
            join(data, "viewer"),
            join(data, "owner", org="other"),
        ]
        yield World(server, *(Person(server.port, key) for key in keys))


@pytest.fixture
def helpers(world: World) -> Callable[[int], list[Person]]:
    """Further members of the organization."""
    return lambda count: [Person(world.server.port, join(world.server.data, "member")) for _ in range(count)]
