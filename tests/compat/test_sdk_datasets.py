"""Versions of datasets: snapshots, environments, filters and restores of the published SDKs, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.compat.conftest import NODE, Day
from tests.compat.reading import by_rest
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

FIRST = [["a", 0, 0], ["b", 1, 2], ["c", 2, 4]]
CHANGED = [["a", 10, None], ["c", 2, 4], ["d", 3, None]]


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    return ran("datasets")


def read(server: ServerProcess, day: Day, version: str | None = None) -> list[list[Any]]:
    """The rows of a version by SQL, after checking that REST says the same."""
    pinned = {"version": version} if version else {}
    query = f"SELECT id, input, expected FROM dataset('{day.seen['dataset']}') ORDER BY id"
    rows = server.request("POST", "/btql", {"query": query, "fmt": "json", **pinned})["data"]
    found = [[row["id"], row["input"], row["expected"]] for row in rows]
    rest = by_rest(server, "dataset", day.seen["dataset"], **pinned)
    assert sorted([row["id"], row["input"], row["expected"]] for row in rest) == found
    return found


def test_a_snapshot_reads_what_was_there(server: ServerProcess, day: Day) -> None:
    snapshot = day.seen["snapshot"]
    assert (snapshot["name"], snapshot["description"]) == ("the first", "three songs")
    assert day.seen["listed"] == snapshot
    assert server.request("GET", f"/v1/dataset_snapshot/{snapshot['id']}") == snapshot
    listed = server.request("GET", f"/v1/dataset_snapshot?dataset_id={day.seen['dataset']}")["objects"]
    assert listed == [snapshot]
    assert (day.seen["by_snapshot"], day.seen["now"]) == (FIRST, CHANGED)
    assert read(server, day, snapshot["xact_id"]) == FIRST


def test_snapshots_are_found_renamed_and_deleted(day: Day) -> None:
    """Functions of the JavaScript SDK alone."""
    assert ("both" in day.seen) == (day.client == NODE)
    if day.client == NODE:
        assert day.seen["both"] == ["renamed", ["renamed", "the first"]]
        assert day.seen["looked_up"] == day.seen["snapshot"]


def test_an_environment_pins_a_version(server: ServerProcess, day: Day) -> None:
    assert (day.seen["by_environment"], day.seen["environment_version"]) == (FIRST, day.seen["first"])
    slug = day.project.replace(" ", "-")
    pin = server.request("GET", f"/environment-object/dataset/{day.seen['dataset']}/{slug}")
    assert pin["object_version"] == day.seen["first"]


def test_an_eval_on_a_pinned_dataset_says_which_version_it_saw(server: ServerProcess, day: Day) -> None:
    experiment = day.seen["pinned"]
    query = (
        f"SELECT input, expected, output, origin FROM experiment('{experiment}') WHERE is_root ORDER BY input"
    )
    cases = server.sql(query)
    assert [[case["origin"]["id"], case["input"], case["expected"]] for case in cases] == FIRST
    assert [case["output"] for case in cases] == [0, 2, 4]
    assert {case["origin"]["object_id"] for case in cases} == {day.seen["dataset"]}
    about = server.request("GET", f"/v1/experiment/{experiment}")
    assert (about["dataset_id"], about["dataset_version"]) == (day.seen["dataset"], day.seen["first"])


def test_parts_of_a_dataset_are_read(server: ServerProcess, day: Day) -> None:
    assert (day.seen["limited"], day.seen["filtered"]) == (2, [["a", 0, 0], ["c", 2, 4]])
    query = f"SELECT id FROM dataset('{day.seen['dataset']}') WHERE metadata.even ORDER BY id"
    body = {"query": query, "fmt": "json", "version": day.seen["first"]}
    assert server.request("POST", "/btql", body)["data"] == [{"id": "a"}, {"id": "c"}]


def test_an_old_version_is_written_on_top(server: ServerProcess, day: Day) -> None:
    assert day.seen["preview"] == {"rows_to_restore": 2, "rows_to_delete": 1}
    restored = day.seen["restored"]
    assert (restored["rows_restored"], restored["rows_deleted"]) == (2, 1)
    assert day.seen["again"] == {"xact_id": None, "rows_restored": 0, "rows_deleted": 0}
    assert day.seen["after"] == read(server, day) == FIRST
    assert day.seen["versions"] == [day.seen["first"], restored["xact_id"]]
    between = str(int(restored["xact_id"]) - 1)
    assert read(server, day, between) == CHANGED
