"""Cases by tag and by value, and pages of large payloads."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from assay_server.features.experiments import cases
from tests.server.verdicts.client import Client
from tests.server.verdicts.traces import eval_trace

_names = itertools.count()
TAGS = {0: ["slow", "long"], 1: ["slow"], 2: [], 3: ["long", "long"]}


@pytest.fixture
def project(client: Client) -> str:
    return client.create("project", name=f"slices {next(_names)}")


def run(client: Client, project: str, name: str, *, gain: float = 0.0, size: int = 40) -> str:
    """Cases with tags in turn; those called slow gain."""
    experiment = client.create("experiment", project_id=project, name=name)
    rows = []
    for i in range(size):
        tags = TAGS[i % 4]
        value = 0.4 + (i % 3) / 100 + (gain * (1 + (i % 5) / 10) if "slow" in tags else 0.0)
        rows += eval_trace(
            f"{name}-{i}", input={"case": i, "lang": "en" if i % 2 else "de"}, scores={"S": value}, at=i,
            tags=tags, metadata={"tier": ["gold", None][i % 2]},
        )  # fmt: skip
    client.insert("experiment", experiment, *rows)
    return experiment


def test_a_case_with_several_tags_is_in_several_slices(client: Client, project: str) -> None:
    old, new = run(client, project, "old"), run(client, project, "new", gain=0.2)
    found = client.get(f"/v1/experiment/{new}/compare", to=old, slice="tags")
    assert found["slice_key"] == "tags"
    sizes = {part["value"]: part["cases"]["matched"] for part in found["slices"]}
    assert sizes == {"long": 20, "slow": 20, None: 10}
    by_value: dict[Any, Any] = {part["value"]: part["scores"][0] for part in found["slices"]}
    assert by_value["slow"]["verdict"] == "better"
    assert by_value[None]["diff"] == 0.0
    for item in by_value.values():
        assert item["p"] >= item["p_raw"]
    strict = client.get(f"/v1/experiment/{new}/compare", to=old)["scores"][0]
    assert strict["p"] == strict["p_raw"], "one score alone needs no correction; three slices of it do"
    assert by_value["slow"]["p"] > by_value["slow"]["p_raw"]


def test_tags_pair_and_cluster_nothing(client: Client, project: str) -> None:
    new = run(client, project, "new", size=4)
    status, code, _ = client.refused(f"/v1/experiment/{new}/compare", cluster="tags")
    assert (status, code) == (400, "bad_key_path")


@pytest.mark.parametrize(
    ("slice", "value", "expected"),
    [
        ("tags", "long", [0, 3, 4, 7]),
        ("tags", "", [2, 6]),
        ("input.lang", "en", [1, 3, 5, 7]),
        ("metadata.tier", "gold", [0, 2, 4, 6]),
        ("metadata.tier", "", [1, 3, 5, 7]),
        ("metadata.tier", "brass", []),
    ],
)
def test_the_cases_of_one_slice(
    client: Client, project: str, slice: str, value: str, expected: list[int]
) -> None:
    new = run(client, project, "new", size=8)
    found = client.get(f"/v1/experiment/{new}/cases", to="none", slice=slice, value=value)
    assert [case["input"]["case"] for case in found["cases"]] == expected
    assert found["counts"]["all"] == len(expected)
    everything = client.get(f"/v1/experiment/{new}/cases", to="none", slice=slice)
    assert everything["counts"]["all"] == 8, "a slice without a value restricts nothing"


def test_a_value_of_nothing_is_refused(client: Client, project: str) -> None:
    new = run(client, project, "new", size=1)
    assert client.refused(f"/v1/experiment/{new}/cases", value="x")[:2] == (400, "slice_missing")


def test_a_page_of_large_payloads_ends_early_and_loses_no_case(client: Client, project: str) -> None:
    experiment = client.create("experiment", project_id=project, name="large")
    size = cases.PAGE_BYTES // 2 + 1000
    for i in range(5):
        client.insert(
            "experiment",
            experiment,
            *eval_trace(f"large-{i}", input=i, scores={}, at=i, output=f"{i}" * size),
        )
    pages: list[list[int]] = []
    cursor = None
    while True:
        page = client.get(
            f"/v1/experiment/{experiment}/cases",
            to=experiment,
            limit=100,
            **({"cursor": cursor} if cursor else {}),
        )
        pages.append([case["input"] for case in page["cases"]])
        assert all(case["output"] == case["baseline"]["output"] for case in page["cases"])
        assert all(len(case["output"]) == size for case in page["cases"])
        cursor = page["cursor"]
        if cursor is None:
            break
    assert pages == [[0, 1], [2, 3], [4]]
