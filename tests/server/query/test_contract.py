"""Every construct of the query reference, over HTTP against a whole server: the values are those the reference names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.query.query_world import Case, query_of, read_cases
from tests.support.servers import Refused, ServerProcess, running_server

CASES = list(read_cases(Path(__file__).parent / "contract"))


def traces(project: str) -> list[dict[str, Any]]:
    """Six roots a minute apart from 10:00 on, each with a model call below; values of several types and none."""
    place = {"project_id": project, "log_id": "g"}
    rows: list[dict[str, Any]] = []
    for at in range(6):
        trace, start = f"r{at}", 1_772_359_200 + 60 * at  # 2026-03-01T10:00:00Z
        note = {"note": "the quick brown fox", "a key": {"b:c": 5}} if at == 3 else {}
        rows += [
            {
                **place, "id": trace, "span_id": trace, "root_span_id": trace,
                "created": f"2026-03-01T10:{at:02}:07.250Z",
                "input": {"q": f"Hello world {at}", "list": [1, 2, {"a": at}]},
                "output": "done" if at % 2 else {"x": at}, "expected": None,
                "metadata": {"model": "ab"[at % 2 == 0], "nums": [1, 2, 3], "s": "12", "d": "2026-01-02T03:04:05Z", **note},
                "tags": ["t1", "t2"] if at < 3 else None, "scores": {"S": at / 5, "T": None},
                "metrics": {"start": start, "end": start + 1.5, "tokens": 10 * at},
                "span_attributes": {"name": "root", "type": "task"}, "error": "boom" if at == 5 else None,
                "facets": {"Task": "no_match" if at % 2 else "play"},
            },
            {
                **place, "id": f"{trace}c", "span_id": f"{trace}c", "root_span_id": trace, "span_parents": [trace],
                "created": f"2026-03-01T10:{at:02}:08Z", "input": "sub", "metadata": {"model": "gpt-4o"},
                "span_attributes": {"name": "call", "type": "llm"},
                "metrics": {"start": start, "end": start + 1, "prompt_tokens": 100, "completion_tokens": 10},
            },
        ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The rows of `traces`, two datasets, an experiment, a prompt and two functions, as clients write them."""
    with running_server(tmp_path_factory.mktemp("contract") / "data") as made:
        ask = made.request
        project = ask("POST", "/v1/project", {"name": "reference"})["id"]
        rows = traces(project)
        for name, ids in (("records", "ab"), ("others", "c")):
            dataset = ask("POST", "/v1/dataset", {"project_id": project, "name": name})["id"]
            rows += [{"dataset_id": dataset, "id": one, "input": {"of": one}} for one in ids]
        run = ask("POST", "/v1/experiment", {"project_id": project, "name": "run"})["id"]
        case = {"experiment_id": run, "root_span_id": "e1", "created": "2026-03-01T10:00:00Z"}
        rows += [
            {**case, "id": "e1", "span_id": "e1", "output": 1, "metrics": {"start": 1.0, "end": 2.0},
             "span_attributes": {"name": "eval", "type": "eval"}},
            {**case, "id": "e1s", "span_id": "e1s", "span_parents": ["e1"], "scores": {"exact": 0.5}, "output": 2,
             "metrics": {"start": 1.0, "end": 2.0},
             "span_attributes": {"name": "exact", "type": "score", "purpose": "scorer"}},
        ]  # fmt: skip
        ask("POST", "/logs3", {"rows": rows, "api_version": 2})
        said = {"prompt": {"type": "completion", "content": "Hello {{name}}"}}
        ask(
            "POST",
            "/v1/prompt",
            {"project_id": project, "name": "Greet", "slug": "greet", "prompt_data": said},
        )
        for name, kind in (("Grade", "global"), ("Topics", "topic_map")):
            data = (
                {"type": kind, "name": name} if kind == "global" else {"type": kind, "source_facet": "Task"}
            )
            body = {"project_id": project, "name": name, "slug": name.lower(), "function_type": "scorer"}
            ask("POST", "/v1/function", {**body, "function_data": data})
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_reference_names(server: ServerProcess, case: Case) -> None:
    body = {"query": query_of(case), "fmt": "json", **case.options}
    if case.error is not None:
        with pytest.raises(Refused) as refused:
            server.request("POST", "/btql", body)
        error = refused.value.body["error"]
        assert f"{error['message']} @{error['line']}:{error['column']}" == case.error
        return
    answer = server.request("POST", "/btql", body)
    asked = [
        {name: row[name] for name in wanted}
        for row, wanted in zip(answer["data"], case.rows or (), strict=True)
    ]
    assert asked == case.rows
    assert (answer["cursor"] is not None) == case.cursor
