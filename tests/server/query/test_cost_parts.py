"""What model calls cost, part by part, on a server that priced them as they came in."""

from __future__ import annotations

import pytest

from assay_server.engines.pricing import parts
from tests.support.servers import ServerProcess

TOKENS = {
    "prompt_tokens": 1000,
    "prompt_cached_tokens": 400,
    "completion_tokens": 100,
    "completion_reasoning_tokens": 25,
}
COMPONENTS = (
    "promptUncachedCost",
    "promptCachedCost",
    "promptCacheCreationCost",
    "completionCost",
    "reasoningCost",
)


def test_parts_of_a_cost_add_up_to_what_the_span_states(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "cost parts"})["id"]
    call = {
        "span_attributes": {"type": "llm"},
        "metadata": {"model": "gpt-4o"},
        "project_id": project,
        "log_id": "g",
    }
    rows = [
        {**call, "id": "listed", "metrics": TOKENS},
        {**call, "id": "stated", "metrics": {**TOKENS, "estimated_cost": 1.0}},
        {**call, "id": "unknown", "metrics": TOKENS, "metadata": {"model": "of our own"}},
        {**call, "id": "later"},
    ]
    server.request("POST", "/logs3", {"rows": rows})
    late = {"id": "later", "_is_merge": True, "metrics": TOKENS, "project_id": project, "log_id": "g"}
    server.request("POST", "/logs3", {"rows": [late]})
    items = ", ".join(f"estimated_cost_component('{name}') AS {name}" for name in COMPONENTS)
    query = f"SELECT id, estimated_cost() AS total, {items} FROM project_logs('{project}')"
    found = {row.pop("id"): row for row in server.sql(query)}
    listed = parts("gpt-4o", TOKENS)
    assert listed is not None
    assert [found["listed"][name] for name in COMPONENTS] == pytest.approx(list(listed.values()))
    assert found["later"] == found["listed"]
    assert found["stated"]["total"] == 1.0
    for row in (found["listed"], found["stated"]):
        assert sum(row[name] for name in COMPONENTS[:-1]) == pytest.approx(row["total"])
        assert row["reasoningCost"] == pytest.approx(row["completionCost"] / 4)
    assert set(found["unknown"].values()) == {None}
