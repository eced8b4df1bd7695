"""Stored prompts, parameters and functions, read with the published SDKs; running them is refused with a code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.compat.conftest import Day
from tests.compat.reading import logged
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

SYSTEM = {"role": "system", "content": "You know A, B, no more."}
OLD = [SYSTEM, {"role": "user", "content": "Greet Ümit."}]
NEW = [SYSTEM, {"role": "user", "content": "Greet Ümit and nobody else."}]


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    return ran("prompts")


def test_a_prompt_is_built_by_slug_version_and_environment(day: Day) -> None:
    assert (day.seen["now"], day.seen["pinned"], day.seen["by_environment"]) == (NEW, OLD, OLD)
    assert day.seen["by_pretty"] == sorted(messages[1]["content"] for messages in (NEW, OLD))
    assert day.seen["by_id"] == day.seen["versions"][1]
    assert day.seen["defaulted"] == [7, 0.25, "gpt-4o-mini"]
    assert day.seen["prompt"][1:] == [
        "Greet",
        "greet",
        {"model": "gpt-4o-mini", "params": {"temperature": 0.25}},
    ]
    assert "nobody not found" in day.seen["unknown"]


def test_rest_and_sql_have_the_same_prompt(server: ServerProcess, day: Day) -> None:
    prompt_id, first = day.seen["prompt"][0], day.seen["versions"][0]
    old = server.request("GET", f"/v1/prompt/{prompt_id}?version={first}")
    now = server.request("GET", f"/v1/prompt/{prompt_id}")
    said = [row["prompt_data"]["prompt"]["messages"][1]["content"] for row in (old, now)]
    assert said == ["Greet {{name}}.", "Greet {{{name}}} and nobody else."]
    assert [old["_xact_id"], now["_xact_id"]] == day.seen["versions"]
    (row,) = server.sql(f"SELECT * FROM project_prompts('{day.project}') WHERE slug = 'greet'")
    assert {name: row[name] for name in ("id", "_xact_id", "prompt_data", "tags", "description")} == {
        name: now[name] for name in ("id", "_xact_id", "prompt_data", "tags", "description")
    }
    assert len(day.seen["pretty"]) == 2


def test_calls_with_a_prompt_name_it(server: ServerProcess, day: Day) -> None:
    (call,) = logged(server, day).values()
    prompt = call["metadata"]["prompt"]
    assert (prompt["id"], prompt["version"]) == (day.seen["prompt"][0], day.seen["versions"][1])
    assert prompt["variables"] == {"name": "N", "songs": []}
    assert call["input"][1]["content"] == "Greet N and nobody else."


def test_parameters_are_read(day: Day) -> None:
    assert day.seen["parameters"] == {"limit": 5}


@pytest.mark.parametrize("how", ["invoked", "function", "streamed"])
def test_running_a_function_is_refused_with_a_code(day: Day, how: str) -> None:
    assert "not_built" in day.seen[how]
    assert "Functions are stored, not run." in day.seen[how]
