"""`bt environments`, `prompts`, `functions`, `tools` and `scorers` over objects that the server stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bt import Bt
from tests.support.servers import Refused, ServerProcess

pytestmark = [pytest.mark.slow]


def prompt(text: str) -> dict[str, Any]:
    return {
        "prompt": {"type": "chat", "messages": [{"role": "user", "content": text}]},
        "options": {"model": "gpt-5-mini"},
    }


def code(source: str) -> dict[str, Any]:
    runtime = {"runtime": "python", "version": "3.12"}
    return {"type": "code", "data": {"type": "inline", "runtime_context": runtime, "code": source}}


# -- environments ------------------------------------------------------------------------------------------


def test_environments(new_bt: Callable[[str], Bt], server: ServerProcess) -> None:
    """Environments are the organization's: the ones of this test have names nobody else uses."""
    bt = new_bt("with environments")
    made = bt.json("environments", "create", "Bt Production", "--description", "what customers see")
    assert made["slug"] == "bt-production"
    assert "bt-stage" in bt("environments", "create", "Staging ü", "--slug", "bt-stage")
    listed = {one["slug"]: one for one in bt.json("environments", "list")}
    stored = {one["slug"]: one for one in server.request("GET", "/environment")["objects"]}
    assert listed["bt-production"] == made == stored["bt-production"]
    assert listed["bt-stage"] == stored["bt-stage"]
    assert bt.json("environments", "view", "bt-production") == made
    assert "what customers see" in bt("environments", "view", "bt-production")
    bt(
        "environments",
        "update",
        "bt-production",
        "--name",
        "Live",
        "--new-slug",
        "bt-live",
        "--clear-description",
    )
    changed = server.request("GET", f"/environment/{made['id']}")
    assert changed == {**made, "name": "Live", "slug": "bt-live", "description": None}
    assert "name_taken" in bt("environments", "update", "bt-live", "--new-slug", "bt-stage", status=4)
    for slug in ("bt-live", "bt-stage"):
        bt("environments", "delete", slug, "--force")
        assert "not found" in bt("environments", "view", slug, status=4)
    assert not {"bt-live", "bt-stage"} & {one["slug"] for one in bt.json("environments", "list")}
    assert "not found" in bt("environments", "delete", "bt-live", "--force", status=4)


# -- prompts -----------------------------------------------------------------------------------------------


@pytest.fixture
def greeting(
    new_bt: Callable[[str], Bt], server: ServerProcess, request: pytest.FixtureRequest
) -> tuple[Bt, str, list[str]]:
    """A `bt` in a project with a prompt `greet` of three versions: with its id and versions, oldest first."""
    bt = new_bt(request.node.name)
    body = {"project_id": bt.project_id, "name": "Greet", "slug": "greet", "description": "says hello"}
    versions = [
        server.request("PUT", "/v1/prompt", {**body, "prompt_data": prompt(f"{{{{name}}}}, version {at}")})
        for at in range(3)
    ]
    return bt, versions[0]["id"], [one["_xact_id"] for one in versions]


def shown(text: str) -> str:
    """The message of a prompt that was printed with --json."""
    return json.loads(text)["prompt_data"]["prompt"]["messages"][0]["content"]


def test_prompts_and_their_versions(greeting: tuple[Bt, str, list[str]], server: ServerProcess) -> None:
    bt, prompt_id, versions = greeting
    (listed,) = bt.json("prompts", "list")
    stored = server.request("GET", f"/v1/prompt/{prompt_id}")
    assert listed == {key: stored[key] for key in listed}
    assert "says hello" in bt("prompts", "list")
    short = bt.json("prompts", "versions", "greet")
    assert len(short) == 3
    rows = server.request(
        "POST",
        "/btql",
        {
            "query": f"SELECT _xact_id FROM project_prompts('{bt.project_id}') ORDER BY _xact_id DESC",
            "audit_log": True,
        },
    )["data"]
    assert [row["_xact_id"] for row in rows] == versions[::-1]
    for at, pretty in enumerate(short[::-1]):
        for version in (pretty, versions[at]):
            printed = bt.run("prompts", "view", "greet", "--version", version, "--json").stdout
            assert shown(printed) == f"{{{{name}}}}, version {at}"
            assert json.loads(printed)["_xact_id"] == versions[at]
    assert "version 2" in bt("prompts", "view", "greet")
    assert "not found" in bt("prompts", "view", "nothing", status=4)
    assert "not found" in bt("prompts", "view", "greet", "--version", "123", status=4)


def test_versions_are_pinned_to_environments(
    greeting: tuple[Bt, str, list[str]], server: ServerProcess
) -> None:
    bt, prompt_id, versions = greeting
    for slug in ("bt-pins", "bt-other-pins"):
        server.request("POST", "/environment", {"name": slug, "slug": slug})
    pin = f"/environment-object/prompt/{prompt_id}/bt-pins"
    for version in versions[:2]:
        bt("prompts", "assign", "greet", "--environment", "bt-pins", "--version", version)
        assert server.request("GET", pin)["object_version"] == version
        seen = bt.json("prompts", "view", "greet", "--environment", "bt-pins")
        assert seen["_xact_id"] == version
        assert [one["_xact_id"] for one in bt.json("prompts", "list", "--environment", "bt-pins")] == [
            version
        ]
    assert bt.json("prompts", "list", "--environment", "bt-other-pins") == []
    bt("prompts", "unassign", "greet", "--environment", "bt-pins")
    with pytest.raises(Refused, match="404"):
        server.request("GET", pin)
    assert "not found" in bt("prompts", "view", "greet", "--environment", "bt-pins", status=4)
    refused = bt("prompts", "assign", "greet", "--environment", "nowhere", "--version", versions[0], status=4)
    assert "environment_not_found" in refused
    assert "not found" in bt(
        "prompts", "assign", "greet", "--environment", "bt-pins", "--version", "1", status=4
    )


def test_deleted_prompts_are_gone(greeting: tuple[Bt, str, list[str]], server: ServerProcess) -> None:
    bt, prompt_id, _ = greeting
    bt("prompts", "delete", "greet", "--force")
    assert bt.json("prompts", "list") == []
    with pytest.raises(Refused, match="prompt_not_found"):
        server.request("GET", f"/v1/prompt/{prompt_id}")
    assert "not found" in bt("prompts", "delete", "greet", "--force", status=4)


# -- functions ---------------------------------------------------------------------------------------------


@pytest.fixture
def functions(
    new_bt: Callable[[str], Bt], server: ServerProcess, request: pytest.FixtureRequest
) -> tuple[Bt, dict[str, dict[str, Any]]]:
    """A `bt` in a project with a function of each of some types, by slug as the server has them."""
    bt = new_bt(request.node.name)
    stored = {}
    for slug, kind in (("judge", "scorer"), ("sorts", "classifier"), ("look-up", "tool"), ("work", "task")):
        body = {"project_id": bt.project_id, "name": slug.title(), "slug": slug, "function_type": kind}
        source = f"def handler(input):\n    return {slug!r}\n"
        stored[slug] = server.request("POST", "/v1/function", {**body, "function_data": code(source)})
    return bt, stored


def same(printed: dict[str, Any], stored: dict[str, Any]) -> bool:
    """Whether all that `bt` prints of a function is what the server has."""
    return printed == {key: stored[key] for key in printed}


def test_functions_are_listed_by_type(functions: tuple[Bt, dict[str, dict[str, Any]]]) -> None:
    bt, stored = functions
    lists = {
        ("functions",): {"judge", "sorts", "look-up", "work"},
        ("functions", "--type", "task"): {"work"},
        ("tools",): {"look-up"},
        ("scorers",): {"judge", "sorts"},
    }
    for (group, *options), slugs in lists.items():
        listed = {one["slug"]: one for one in bt.json(group, "list", *options)}
        assert listed.keys() == slugs
        assert all(same(listed[slug], stored[slug]) for slug in slugs)
        table = bt(group, "list", *options)
        assert all(slug in table for slug in slugs)


def test_functions_are_viewed_and_deleted(
    functions: tuple[Bt, dict[str, dict[str, Any]]], server: ServerProcess
) -> None:
    bt, stored = functions
    for group, slug in (("functions", "work"), ("tools", "look-up"), ("scorers", "judge")):
        assert same(bt.json(group, "view", slug), stored[slug])
        assert same(bt.json(group, "view", "--id", stored[slug]["id"]), stored[slug])
        assert f"return '{slug}'" in bt(group, "view", slug)
        bt(group, "delete", slug, "--force")
        with pytest.raises(Refused, match="function_not_found"):
            server.request("GET", f"/v1/function/{stored[slug]['id']}")
        assert "not found" in bt(group, "view", slug, status=4)
        assert "not found" in bt(group, "delete", slug, "--force", status=4)
    assert [one["slug"] for one in bt.json("functions", "list")] == ["sorts"]


def test_old_versions_of_functions(
    functions: tuple[Bt, dict[str, dict[str, Any]]], server: ServerProcess
) -> None:
    bt, stored = functions
    changed = {"function_data": code("def handler(input):\n    return 'changed'\n")}
    server.request("PATCH", f"/v1/function/{stored['work']['id']}", changed)
    assert "return 'changed'" in bt("functions", "view", "work")
    old = bt.json("functions", "view", "work", "--version", stored["work"]["_xact_id"])
    assert same(old, stored["work"])


def test_scorers_are_created_and_prompts_pulled(new_bt: Callable[[str], Bt], server: ServerProcess) -> None:
    bt = new_bt("scorers to create")
    messages = json.dumps([{"role": "user", "content": "is {{output}} helpful?"}])
    how = ("--model", "gpt-5-mini", "--messages", messages, "--choice-scores", '{"A": 1, "B": 0.5}')
    bt("scorers", "create", "Helpful", *how)
    (stored,) = server.request("GET", f"/v1/function?project_id={bt.project_id}&slug=helpful")["objects"]
    assert same(bt.json("scorers", "view", "helpful"), stored)
    assert stored["prompt_data"]["parser"]["choice_scores"] == {"A": 1, "B": 0.5}
    assert "_taken" in bt("scorers", "create", "Helpful", *how, "--json", status=4)
    body = {
        "project_id": bt.project_id,
        "name": "Greet",
        "slug": "greet",
        "prompt_data": prompt("hello {{name}}"),
    }
    server.request("POST", "/v1/prompt", body)
    bt("functions", "pull", "--output-dir", "pulled", "--slug", "greet")
    (file,) = [path for path in (bt.folder / "pulled").rglob("*") if path.is_file()]
    assert "hello {{name}}" in file.read_text()


def test_running_a_function_is_refused_with_a_stable_code(
    functions: tuple[Bt, dict[str, dict[str, Any]]],
) -> None:
    bt, _ = functions
    assert '"code":"not_built"' in bt("functions", "invoke", "work", "--input", "{}", status=3)
    assert '"code":"not_built"' in bt("tools", "invoke", "look-up", "--input", "{}", status=3)
