"""`bt sync` against a server: what is pulled and pushed is what was there, in windows, and over interruptions."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.compat.conftest import MAX_BODY
from tests.support.bt import Bt
from tests.support.relay import Relay, relay_to
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

KEPT = ("id", "span_id", "root_span_id", "span_parents", "input", "output", "expected", "error", "scores", "metadata",
        "metrics", "span_attributes", "tags", "extra.my_field")  # fmt: skip
"""What a copy has in common with what was copied: `bt` leaves out when rows were created."""


@pytest.fixture
def bt(new_bt: Callable[[str], Bt], request: pytest.FixtureRequest) -> Bt:
    """A `bt` in a project of the test's own."""
    return new_bt(request.node.name)


def fill(server: ServerProcess, bt: Bt, traces: int = 40) -> list[str]:
    """Write so many traces, every other of two spans, into the logs of the project: the ids of all rows, sorted."""
    rows: list[dict[str, Any]] = []
    for at in range(traces):
        trace = {"project_id": bt.project_id, "log_id": "g", "root_span_id": f"{at:032x}"}
        rows.append({**trace, "id": f"r{at:02}", "span_id": f"{at:016x}", "input": {"ü\n": at}, "tags": ["t"],
                     "scores": {"s": at / 64}, "metadata": {"even": at % 2 == 0}, "my_field": [at, None]})  # fmt: skip
        if at % 2:
            rows.append({**trace, "id": f"s{at:02}", "span_id": f"f{at:015x}", "span_parents": [f"{at:016x}"],
                         "output": "x", "span_attributes": {"name": "inner", "type": "llm"},
                         "metrics": {"start": 1, "end": 2.5, "tokens": at}})  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    return sorted(row["id"] for row in rows)


def rows_in(server: ServerProcess, source: str) -> list[dict[str, Any]]:
    """What is compared of every row of a source, in the order of their ids."""
    query = f"SELECT {', '.join(KEPT)} FROM {source} ORDER BY id LIMIT 1000"
    return server.sql(query)


def pulled_rows(bt: Bt, pulled: dict[str, Any]) -> list[dict[str, Any]]:
    files = sorted(Path(bt.folder, pulled["output_path"]).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def pulled_ids(bt: Bt, pulled: dict[str, Any]) -> list[str]:
    return sorted(row["id"] for row in pulled_rows(bt, pulled))


# -- whole objects -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["--traces", "--spans"])
def test_sync_copies_logs(bt: Bt, new_bt: Callable[[str], Bt], server: ServerProcess, scope: str) -> None:
    ids = fill(server, bt)
    large = {"project_id": bt.project_id, "log_id": "g", "id": "large", "input": "ß" * MAX_BODY}
    upload(server, {**large, "my_field": {"kept": 1}})
    pulled = bt.json("sync", "pull", f"project_logs:{bt.project}", scope, "1000")
    assert (pulled["status"], pulled_ids(bt, pulled)) == ("completed", ["large", *ids])
    copy = new_bt(f"copy by {scope}")
    pushed = bt.json("sync", "push", f"project_logs:{copy.project}", "--in", pulled["output_path"])
    assert (pushed["status"], pushed["rows_uploaded"]) == ("completed", len(ids) + 1)
    ours, copied = (rows_in(server, f"project_logs('{one.project_id}')") for one in (bt, copy))
    assert [row for row, other in zip(copied, ours, strict=True) if row != other] == []
    again = bt.json("sync", "push", f"project_logs:{copy.project}", "--in", pulled["output_path"])
    assert "already completed" in again["message"]


@pytest.mark.parametrize("kind", ["experiment", "dataset"])
def test_sync_copies_experiments_and_datasets(bt: Bt, server: ServerProcess, kind: str) -> None:
    made = server.request("POST", f"/v1/{kind}", {"project_id": bt.project_id, "name": "first"})["id"]
    rows: list[dict[str, Any]] = [
        {"id": f"c{at}", "input": {"ä": at}, "expected": [at, None], "metadata": {"k": str(at)}, "tags": ["x", "y"],
         "created": (datetime.now(UTC) - timedelta(days=400)).isoformat()}
        for at in range(25)
    ]  # fmt: skip
    if kind == "experiment":
        rows = [{**row, "output": row["input"], "scores": {"s": 0.5}, "error": "no"} for row in rows]
    server.request("POST", f"/v1/{kind}/{made}/insert", {"events": rows})
    pulled = bt.json("sync", "pull", f"{kind}:first", "--page-size", "10")
    state = bt.json("sync", "status", f"{kind}:{made}", "--traces", "100", "--page-size", "10")
    assert (state["manifest"]["items_done"], state["manifest"]["output_path"]) == (25, pulled["output_path"])
    assert len(pulled_rows(bt, pulled)) == 25  # of any age: only logs have a window
    bt.json("sync", "push", f"{kind}:second", "--in", pulled["output_path"])
    first, second = (rows_in(server, f"{kind}('{bt.project}/{name}')") for name in ("first", "second"))
    assert len(first) == 25
    assert second == first


def upload(server: ServerProcess, row: dict[str, Any]) -> None:
    """Write a row larger than a request."""
    body = json.dumps({"rows": [row]}, ensure_ascii=False).encode()
    made = server.request("POST", "/logs3/overflow", {"size_bytes": len(body)})
    parts = urlsplit(made["signedUrl"])
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("PUT", parts.path, body)
    assert connection.getresponse().status == 200
    connection.close()
    server.request("POST", "/logs3", {"rows": {"type": "logs3_overflow", "key": made["key"]}})


# -- parts -------------------------------------------------------------------------------------------------


def test_windows_of_time(bt: Bt, server: ServerProcess) -> None:
    now = datetime.now(UTC)
    ages = {"hour": timedelta(hours=1), "days": timedelta(days=2), "week": timedelta(days=7)}
    rows = [{"project_id": bt.project_id, "log_id": "g", "id": name, "created": (now - age).isoformat()}
            for name, age in ages.items()]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    windows = {
        (): ["days", "hour"],
        ("--window", "90m"): ["hour"],
        ("--window", "30d"): ["days", "hour", "week"],
    }
    for options, wanted in windows.items():
        for scope in ("--traces", "--spans"):
            pulled = bt.json("sync", "pull", f"project_logs:{bt.project}", *options, scope, "10", "--force")
            assert pulled_ids(bt, pulled) == wanted, (options, scope)


def test_filters_and_limits(bt: Bt, server: ServerProcess) -> None:
    ids = fill(server, bt, traces=20)
    source = f"project_logs:{bt.project_id}"
    even = bt.json("sync", "pull", source, "--filter", "metadata.even = true")
    assert pulled_ids(bt, even) == [f"r{at:02}" for at in range(0, 20, 2)]
    newest = bt.json("sync", "pull", source, "--spans", "4", "--page-size", "3")
    assert len(set(pulled_ids(bt, newest))) == 4
    traces = pulled_rows(bt, bt.json("sync", "pull", source, "--traces", "4", "--page-size", "3"))
    roots = {row["root_span_id"] for row in traces}
    assert len(roots) == 4
    assert len(traces) == sum(1 for name in ids if f"{int(name[1:]):032x}" in roots)
    part = bt.json("sync", "push", "dataset:some", "--in", even["output_path"], "--spans", "3")
    assert part["rows_uploaded"] == 3
    (count,) = server.sql(f"SELECT count(*) AS n FROM dataset('{bt.project}/some')")
    assert count == {"n": 3}
    assert "not found" in bt("sync", "pull", "project_logs:nowhere", status=4)


# -- interruptions -----------------------------------------------------------------------------------------


@pytest.fixture
def relay(server: ServerProcess) -> Iterator[Relay]:
    with relay_to(server.url) as made:
        yield made


def behind(relay: Relay, bt: Bt) -> Bt:
    """The same `bt`, which knows the server by the relay's address."""
    places = {"BRAINTRUST_API_URL": relay.url, "BRAINTRUST_APP_URL": relay.url}
    return replace(bt, environment={**bt.environment, **places})


def killed(bt: Bt, relay: Relay, path: str, after: int, *command: str) -> None:
    """Run a command and kill it when it waits for the answer to its request number `after` + 1 to a path."""
    relay.hold(path, after=after)
    with bt.start(*command, "--json") as process:
        assert relay.holding.wait(30), "it never came that far"
        process.kill()
        process.communicate()
    relay.release()


@pytest.mark.parametrize(("scope", "after"), [("--traces", 1), ("--traces", 4), ("--spans", 3)])
def test_a_killed_pull_goes_on(bt: Bt, server: ServerProcess, relay: Relay, scope: str, after: int) -> None:
    """Killed when traces are found but none is fetched, while they are fetched, or in a plain list of spans."""
    ids = fill(server, bt)
    through = behind(relay, bt)
    command = (
        "sync",
        "pull",
        f"project_logs:{bt.project_id}",
        scope,
        "1000",
        "--page-size",
        "10",
        "--workers",
        "1",
    )
    killed(through, relay, "/btql", after, *command)
    pulled = through.json(*command)
    resumed = relay.count("/btql")
    assert (pulled["status"], pulled_ids(bt, pulled)) == ("completed", ids)
    relay.release()
    whole = through.json(*command, "--force")
    assert pulled_ids(bt, whole) == ids
    assert resumed < relay.count("/btql")


def test_a_killed_push_goes_on(
    bt: Bt, new_bt: Callable[[str], Bt], server: ServerProcess, relay: Relay
) -> None:
    fill(server, bt)
    pulled = bt.json("sync", "pull", f"project_logs:{bt.project}")
    copy = new_bt("copy of a killed push")
    through = behind(relay, bt)
    command = ("sync", "push", f"project_logs:{copy.project}", "--in", pulled["output_path"],
               "--page-size", "10", "--workers", "1")  # fmt: skip
    killed(through, relay, "/logs3", 3, *command)
    assert 0 < len(rows_in(server, f"project_logs('{copy.project_id}')")) < 60
    pushed = through.json(*command)
    assert pushed["status"] == "completed"
    assert 0 < relay.count("/logs3") < 6  # of six batches, those that were acknowledged are not sent again
    ours, copied = (rows_in(server, f"project_logs('{one.project_id}')") for one in (bt, copy))
    assert copied == ours
