"""The typed REST client of the published Python SDK, over every kind of object it knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.compat.whole_programs import Runner, make_runner
from tests.support.every_kind import KINDS, Kind, filled
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

NAME = "by the typed client"
THEIRS = [kind for kind in KINDS if kind.name != "review_queue"]
"""Kinds that the client knows."""


@pytest.fixture(scope="module")
def known(server: ServerProcess) -> Mapping[str, str]:
    """Ids of what other objects hang on."""
    project = server.request("POST", "/v1/project", {"name": "typed client"})["id"]
    dataset = server.request("POST", "/v1/dataset", {"project_id": project, "name": "songs"})["id"]
    return {"project": project, "dataset": dataset}


@pytest.fixture(scope="module")
def seen(
    request: pytest.FixtureRequest,
    environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    known: Mapping[str, str],
) -> dict[str, Any]:
    """What the client saw, by kind."""
    runner: Runner = make_runner(request.config, environment, tmp_path_factory.mktemp("rest"))
    kinds = [
        {"kind": kind.name, "body": body_of(kind, known), "change": filled(kind.change, known),
         "parent": dict(parse_qsl(filled(kind.listed, known)))}
        for kind in THEIRS
    ]  # fmt: skip
    return runner.run("rest.py", stdin=json.dumps(kinds))


def body_of(kind: Kind, known: Mapping[str, str]) -> dict[str, Any]:
    named = "typed-client" if kind.key == "slug" else NAME
    return kind.new(named, known)


@pytest.mark.parametrize("kind", THEIRS, ids=[kind.name for kind in THEIRS])
def test_a_kind(server: ServerProcess, seen: dict[str, Any], known: Mapping[str, str], kind: Kind) -> None:
    told = seen[kind.name]
    assert "error" not in told, told
    assert all(told["same"])
    assert told["found"] == [True, 1, 1, False]
    body = body_of(kind, known)
    for name in body.keys() - kind.hidden:
        assert told["made"][name] == body[name], name
        assert told["put"] is None or told["put"][name] == body[name], name
    assert not kind.hidden & told["made"].keys()
    for name, value in filled(kind.changed, known).items():
        assert told["changed"][name] == value, name
    assert told["gone"] == []
