"""Who may read what in the query tests, and the shape of a golden case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.errors import NotFound
from tests.server.query import small_world as world

CASES = Path(__file__).parent / "cases"
OBJECTS = {
    ("project_logs", world.ALPHA): ObjectRef(world.ALPHA, "project_logs", world.ALPHA, "alpha"),
    ("experiment", world.EXPERIMENT_1): ObjectRef(world.ALPHA, "experiment", world.EXPERIMENT_1, "first"),
    ("experiment", world.EXPERIMENT_2): ObjectRef(world.ALPHA, "experiment", world.EXPERIMENT_2, "second"),
    ("dataset", world.DATASET): ObjectRef(world.ALPHA, "dataset", world.DATASET, "songs"),
    ("playground_logs", world.PLAYGROUND): ObjectRef(
        world.ALPHA, "playground_logs", world.PLAYGROUND, "play"
    ),
}
"""What the tenant of `ALICE` owns. The other tenant's project exists in the store only."""

ALICE = Actor(user_id="u1", org_id="org-a", org_name="Alpha Inc", kind="api_key", role="member")


class Grants:
    """Resolves objects by id or name; everything else does not exist for the asker."""

    def resolve(self, actor: Actor, kind: str, ref: str, *, action: str = "read") -> ObjectRef:
        for (known, object_id), found in OBJECTS.items():
            if known == kind and ref in (object_id, found.name):
                return found
        raise NotFound(f"There is no {kind} {ref!r}.")


LISTED = {
    "prompt": {
        "id": "f1",
        "slug": "greet",
        "_xact_id": world.version(70),
        "tags": ["a"],
        "prompt_data": {"n": 1},
    },
    "view": {"id": "v1", "name": "mine", "view_type": "logs", "view_data": {"filter": ["x"]}},
}
"""What `Catalog` has for Alice: a prompt named greet, which is a function too, and a view."""


class Catalog:
    """One prompt and one view of Alice's; the other tenant's do not exist for her."""

    def rows(
        self, actor: Actor, source: str, refs: Sequence[str], *, version: int | None, audit_log: bool
    ) -> Sequence[Mapping[str, Any]]:
        """The one row there is of a source, when it is asked for."""
        found = LISTED["view" if source == "view" else "prompt"]
        known = (
            ("alpha", "Alpha Inc", "org-a", world.ALPHA)
            if "_" in source
            else (found["id"], found.get("slug"))
        )
        for ref in refs:
            if ref not in known:
                raise NotFound(f"There is no {source} {ref!r}.")
        return [found]


@dataclass(slots=True)
class Case:
    """One golden case: a query and what it must give."""

    name: str
    file: str
    query: str
    options: dict[str, Any] = field(default_factory=dict)
    rows: list[Any] | None = None
    sql: str | None = None
    error: str | None = None
    cursor: bool = False


def read_cases(folder: Path = CASES) -> Iterator[Case]:
    """Cases of every file: `=== name`, the query, then `--- rows|sql|error|options|cursor` with what is expected.

    Rows are one JSON value a line. An error is a part of the message, then the line and column.
    """
    for path in sorted(folder.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n=== ")[1:]:
            yield _read_case(path.stem, block)


def _read_case(file: str, block: str) -> Case:
    name, _, body = block.partition("\n")
    query, *sections = body.split("\n--- ")
    case = Case(name.strip(), file, query.strip("\n"))
    for section in sections:
        title, _, text = section.partition("\n")
        match title.strip():
            case "rows":
                case.rows = [json.loads(line) for line in text.splitlines() if line.strip()]
            case "options":
                case.options = json.loads(text)
            case "sql":
                case.sql = text.strip()
            case "error":
                case.error = text.strip()
            case "cursor":
                case.cursor = True
            case other:
                raise ValueError(f"{file}: {name}: unknown section {other}")
    return case


def write_case(case: Case) -> str:
    """The text of a case."""
    parts = [f"=== {case.name}", case.query]
    if case.options:
        parts += ["--- options", json.dumps(case.options)]
    if case.rows is not None:
        parts += ["--- rows", *[json.dumps(row, ensure_ascii=False) for row in case.rows]]
    if case.cursor:
        parts += ["--- cursor"]
    if case.sql is not None:
        parts += ["--- sql", case.sql]
    if case.error is not None:
        parts += ["--- error", case.error]
    return "\n".join(parts) + "\n"


def query_of(case: Case) -> Any:
    """The query of a case: text, or the parsed JSON tree."""
    return json.loads(case.query) if case.query.lstrip().startswith("{") else case.query
