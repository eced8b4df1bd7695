"""What the published SDKs logged and saw, read back through SQL and REST: all three agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest

from tests.compat.conftest import NODE, Day
from tests.compat.reading import by_rest, get, logged, project_id
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    """A day of a team: logs, datasets, evaluations."""
    return ran("scenario")


def test_every_kind_of_value_comes_back(server: ServerProcess, day: Day) -> None:
    rows = logged(server, day)
    row = rows[day.seen["logs"]["one"]]
    assert row["input"] == "question"
    assert row["output"] == {"text": "ä 😀", "n": [1.5, None, True]}
    assert (row["expected"], row["scores"]) == ("yes", {"ok": 1, "half": 0.5, "none": None})
    assert (row["metadata"], row["tags"]) == ({"user": {"id": 7}, "k v": True}, ["a", "b"])
    assert len(rows) == 6


def test_a_row_larger_than_a_request_arrives_whole(server: ServerProcess, day: Day) -> None:
    limit = server.request("GET", "/version")["logs3_payload_max_bytes"]
    row = logged(server, day)[day.seen["logs"]["large"]]
    assert row["input"] == "ß" * 600_000
    assert len(row["input"].encode()) > limit
    uploads = [path for path in (server.data / "blobs" / "overflow").rglob("*") if path.is_file()]
    assert any(path.stat().st_size > limit for path in uploads)


def test_a_trace_hangs_together_and_later_changes_are_merged(server: ServerProcess, day: Day) -> None:
    rows = logged(server, day)
    request, model = rows[day.seen["logs"]["request"]], rows[day.seen["logs"]["model"]]
    assert (request["is_root"], model["is_root"]) == (True, False)
    assert model["span_parents"] == [request["span_id"]]
    assert model["root_span_id"] == request["root_span_id"]
    assert model["span_attributes"]["type"] == "llm"
    assert model["metrics"]["tokens"] == 7
    assert model["metrics"]["end"] >= model["metrics"]["start"]
    assert (request["input"], request["output"]) == ({"text": "hi"}, "later")
    assert request["metadata"] == {"user": {"id": 7, "name": "U"}}


def test_feedback_and_comment_are_on_the_row_and_no_rows_themselves(server: ServerProcess, day: Day) -> None:
    row = logged(server, day)[day.seen["logs"]["request"]]
    assert (row["scores"], row["expected"], row["tags"]) == ({"thumbs": 1}, "better", ["seen"])
    assert [comment["comment"]["text"] for comment in row["comments"]] == ["nice"]


def test_errors_are_rows(server: ServerProcess, day: Day) -> None:
    (failed,) = [row for row in logged(server, day).values() if row["error"]]
    assert failed["span_attributes"]["name"] == "fail"
    assert "no good" in failed["error"]


def test_attachments_hold_the_bytes_the_client_reads(server: ServerProcess, day: Day) -> None:
    row = logged(server, day)[day.seen["logs"]["files"]]
    assert day.seen["bytes"] == [0, 255, 7]
    reference = row["input"]["file"]
    assert {key: reference[key] for key in ("type", "filename", "content_type")} == {
        "type": "braintrust_attachment",
        "filename": "ä three.bin",
        "content_type": "application/x-three",
    }
    for stored, data in ((reference, b"\x00\xff\x07"), (row["output"], b'{"a":[1,"\xc3\xa4"]}')):
        found = server.request("GET", f"/attachment?{urlencode({'key': stored['key']})}")
        body = get(found["downloadUrl"])[1].replace(b"\\u00e4", "ä".encode()).replace(b" ", b"")
        assert (found["status"], body) == ({"upload_status": "done"}, data)


def test_datasets_now_and_pinned(server: ServerProcess, day: Day) -> None:
    now = [["a", 0, 1, {"n": {"x": 1, "y": 2}}, ["new"]], ["c", 3, None, None, None]]
    pinned = [[name, n, n * 2, {"n": {"x": 1}}, ["new"]] for n, name in enumerate("abc")]
    assert (day.seen["now"], day.seen["pinned"], day.seen["total"]) == (now, pinned, 2)
    dataset, version = day.seen["dataset"], day.seen["version"]
    columns = ("id", "input", "expected", "metadata", "tags")
    query = f"SELECT {', '.join(columns)} FROM dataset('{dataset}') ORDER BY id"
    for wanted, body in ((now, {}), (pinned, {"version": version})):
        rows = server.request("POST", "/btql", {"query": query, "fmt": "json", **body})["data"]
        assert [[row[column] for column in columns] for row in rows] == wanted
        rest = by_rest(server, "dataset", dataset, **body)
        assert sorted([row[column] for column in columns] for row in rest) == wanted
    about = server.request("GET", f"/v1/dataset/{dataset}/summarize?summarize_data=true")
    assert about["data_summary"] == {"total_records": 2}
    assert about["dataset_url"] == day.seen["dataset_url"]


def test_summaries_agree_to_the_last_digit(server: ServerProcess, day: Day) -> None:
    first, second, third, again = day.seen["evals"]
    everything = (first, second, third, again, day.seen["by_hand"])
    for told in everything:
        rest = server.request("GET", f"/v1/experiment/{told['id']}/summarize?summarize_scores=true")
        assert rest["comparison_experiment_name"] == told["compared_with"]
        assert rest["experiment_url"] == told["url"]
        other = server.request("GET", f"/experiment-comparison2?experiment_id={told['id']}")
        for name, score in told["scores"].items():
            measured = f"avg(scores.\"{name}\") AS mean FROM experiment('{told['id']}')"
            assert server.sql(f"SELECT {measured}") == [{"mean": score["score"]}]
            for answer in (rest["scores"][name], other["scores"][name]):
                assert {key: answer.get(key) for key in score} == score
    assert [told["name"] for told in everything[:3]] == ["first", "second", "third"]
    assert again["name"].startswith("first-")
    assert first["scores"]["Levenshtein"]["score"] == pytest.approx((1 + 2 / 3) / 2)
    assert first["scores"]["ExactMatch"]["score"] == 0.5
    assert (
        second["scores"]["Levenshtein"]["improvements"],
        second["scores"]["Levenshtein"]["regressions"],
    ) == (1, 1)
    assert day.seen["by_hand"]["scores"]["quality"]["score"] == 0.375


def test_bases_are_what_was_asked_for(day: Day) -> None:
    assert [told["compared_with"] for told in day.seen["evals"][:3]] == [None, "first", "second"]
    assert day.seen["by_hand"]["compared_with"] == "first"


def test_trials_errors_and_origins_of_an_eval(server: ServerProcess, day: Day) -> None:
    first, _, third, _ = day.seen["evals"]
    roots = server.sql(f"SELECT input FROM experiment('{first['id']}') WHERE is_root ORDER BY input")
    assert [row["input"] for row in roots] == ["bar", "bar", "foo", "foo"]
    assert day.seen["errors"] == ["TypeError" if day.client == NODE else "ValueError"]
    cases = server.sql(
        f"SELECT input, error, origin FROM experiment('{third['id']}') WHERE is_root ORDER BY input"
    )
    assert [row["input"] for row in cases] == [0, 3]
    assert [bool(row["error"]) for row in cases] == [False, True]
    assert "three is not allowed" in cases[1]["error"]
    assert [row["origin"]["id"] for row in cases] == ["a", "c"]
    assert {row["origin"]["object_id"] for row in cases} == {day.seen["dataset"]}
    experiment = server.request("GET", f"/v1/experiment/{third['id']}")
    assert experiment["dataset_id"] == day.seen["dataset"]
    assert experiment["dataset_version"] == max(row["origin"]["_xact_id"] for row in cases)


def test_an_experiment_opened_again_holds_its_rows(server: ServerProcess, day: Day) -> None:
    assert day.seen["opened"] == ["x", "y"]
    rows = by_rest(server, "experiment", day.seen["by_hand"]["id"])
    assert sorted((row["input"], row["output"], row["scores"]["quality"]) for row in rows) == [
        ("x", "X", 0.25),
        ("y", "Y", 0.5),
    ]


def test_printed_links_open_a_page_of_ours(server: ServerProcess, day: Day) -> None:
    home = f"{server.url}/app/local"
    first = day.seen["evals"][0]
    assert first["url"] == f"{home}/p/{quote(day.project)}/experiments/first"
    assert day.seen["dataset_url"] == f"{home}/p/{quote(day.project)}/datasets/songs"
    permalink = f"{home}/object?object_type=project_logs&object_id={project_id(server, day)}&id="
    assert day.seen["links"][-1].startswith(permalink)
    assert all(link.endswith(f"id={day.seen['logs']['request']}") for link in day.seen["links"])
    entry = opened(f"{server.url}/")
    links = (*day.seen["links"], first["url"], day.seen["dataset_url"])
    assert [opened(quote(link, safe=":/?&=%")) for link in links] == [entry] * 4


def opened(url: str) -> tuple[int, bytes]:
    """Status and text of a page, without the nonce that is made for each answer."""
    status, body = get(url)
    return status, re.sub(rb'nonce="[^"]+"', b"nonce", body)
