"""`assay import braintrust` from one server to another: what arrives is what was there."""

from __future__ import annotations

from tests.sdk.imports.compare import objects, project_id, rest_rows
from tests.sdk.imports.conftest import Importer
from tests.sdk.imports.sameness import same_everywhere
from tests.sdk.imports.world import BROKEN_FILE, BYTES, FILE, World
from tests.support.proxy import Proxy
from tests.support.servers import ServerProcess


def test_everything_arrives_as_it_was(
    source: ServerProcess, world: World, target: ServerProcess, importer: Importer
) -> None:
    done = importer(target.url)
    assert [one["id"] for one in done.json["refused"]] == [BROKEN_FILE], done.err
    assert done.code == 1  # one file was never uploaded
    same_everywhere(source, target, world)
    found = target.request("GET", f"/attachment?key={FILE}")
    assert found["status"]["upload_status"] == "done"
    assert target.request("GET", found["downloadUrl"].removeprefix(target.url), key=None) == BYTES
    broken = target.request("GET", f"/attachment?key={BROKEN_FILE}")
    assert broken["status"]["upload_status"] == "error"
    assert done.json["skipped"] == ["variables of shop, whose values only you know: SHOP_KEY"]
    counts = done.json["counts"]
    assert counts["projects"] == {"copied": 2, "there": 0, "refused": 0}
    assert counts["dataset rows"] == {"copied": 709, "there": 0, "refused": 0}
    assert counts["prompt versions"] == {"copied": 6, "there": 0, "refused": 0}
    assert counts["attachments"] == {"copied": 1, "there": 0, "refused": 1}
    again = importer(target.url)
    assert (again.code, again.json["refused"]) == (1, done.json["refused"])  # until it is copied
    assert {name: one["copied"] for name, one in again.json["counts"].items()} == dict.fromkeys(
        again.json["counts"], 0
    )
    same_everywhere(source, target, world)


def test_a_plan_counts_and_writes_nothing(world: World, untouched: Proxy, importer: Importer) -> None:
    done = importer(
        untouched.url, "--dry-run", "--project", "shop", "--since", "2026-03-05", "--until", "2026-03-08"
    )
    assert done.code == 0
    (shop,) = done.json["plan"]
    assert shop == {
        "project": "shop", "id": world.project, "prompts": 3, "datasets": 1, "dataset rows": 703,
        "experiments": 2, "experiment rows": 8, "log rows": 3,
    }  # fmt: skip


def test_a_window_a_wider_window_and_what_is_new(
    source: ServerProcess, world: World, target: ServerProcess, importer: Importer
) -> None:
    chosen = ("-p", world.project, "--only", "logs")
    first = importer(target.url, *chosen, "--since", "2026-03-03", "--until", "2026-03-06T00:00:00Z")
    assert (first.code, first.json["counts"]["log rows"]["copied"]) == (0, 3)
    shop = project_id(target, "shop")
    assert sorted(rest_rows(target, "project_logs", shop)) == ["day3", "day4", "day5"]
    target.request(
        "POST", f"/v1/project_logs/{shop}/feedback", {"feedback": [{"id": "day4", "comment": "kept here"}]}
    )
    wider = importer(target.url, *chosen, "--since", "2026-03-02", "--until", "2026-03-09")
    assert wider.json["counts"]["log rows"] == {"copied": 4, "there": 3, "refused": 0}
    found = rest_rows(target, "project_logs", shop)
    assert sorted(found) == [f"day{day}" for day in range(2, 9)]
    assert "kept here" in found["day4"]["comments"]
    assert objects(target, "/v1/dataset", project_id=shop) == []


def test_what_changed_at_the_source_since_is_copied_too(
    source: ServerProcess, spare: ServerProcess, importer: Importer
) -> None:
    made = source.request("POST", "/v1/project", {"name": "alive"})["id"]
    cases = source.request("POST", "/v1/dataset", {"project_id": made, "name": "cases"})["id"]
    run = source.request("POST", "/v1/experiment", {"project_id": made, "name": "run"})["id"]
    try:
        for kind, one in (("project_logs", made), ("dataset", cases), ("experiment", run)):
            rows = [{"id": "a", "input": 1}, {"id": "b", "input": 1}]
            source.request("POST", f"/v1/{kind}/{one}/insert", {"events": rows})
        importer(spare.url, "-p", "alive")
        for kind, one in (("project_logs", made), ("dataset", cases), ("experiment", run)):
            rows = [{"id": "b", "_is_merge": True, "output": 2}, {"id": "c", "input": 3}]
            source.request("POST", f"/v1/{kind}/{one}/insert", {"events": rows})
        done = importer(spare.url, "-p", "alive")
        for kind, one in (("project_logs", made), ("dataset", cases), ("experiment", run)):
            (here,) = [project_id(spare, "alive")] if one == made else [
                found["id"] for found in objects(spare, f"/v1/{kind}", project_id=project_id(spare, "alive"))
            ]  # fmt: skip
            rows = rest_rows(spare, kind, here)
            assert rows == rest_rows(source, kind, one)
            assert (len(rows), rows["b"]["output"]) == (3, '"#2"')
        for kind in ("log rows", "dataset rows", "experiment rows"):
            assert done.json["counts"][kind] == {"copied": 2, "there": 2, "refused": 0}
    finally:
        source.request("DELETE", f"/v1/project/{made}")


def test_what_the_target_has_of_its_own_is_left_alone(
    source: ServerProcess, world: World, target: ServerProcess, importer: Importer
) -> None:
    shop = target.request("POST", "/v1/project", {"name": "shop", "settings": {"comparison_key": "mine"}})[
        "id"
    ]
    run = target.request("POST", "/v1/experiment", {"project_id": shop, "name": "base"})["id"]
    target.request("POST", f"/v1/experiment/{run}/insert", {"events": [{"id": "mine", "input": 1}]})
    code = {"type": "global", "name": "Mine"}
    mine = {"project_id": shop, "name": "Mine", "slug": "factual", "function_data": code}
    function = target.request("POST", "/v1/function", mine)
    target.request("POST", f"/v1/project_logs/{shop}/insert", {"events": [{"id": "day4", "input": "mine"}]})
    for _ in range(2):
        done = importer(target.url, "-p", "shop", "--skip", "attachments")
        assert done.code == 1
        assert {(one["kind"], one["id"]) for one in done.json["refused"]} == {
            ("experiments", "base"), ("prompts", world.scorer),
        }  # fmt: skip
        assert sorted(rest_rows(target, "experiment", run)) == ["mine"]
        assert target.request("GET", f"/v1/function/{function['id']}")["_xact_id"] == function["_xact_id"]
        assert target.request("GET", f"/v1/project/{shop}")["settings"]["comparison_key"] == "mine"
        assert rest_rows(target, "project_logs", shop)["day4"]["input"] == '"mine"'
        (candidate,) = objects(target, "/v1/experiment", project_id=shop, experiment_name="candidate")
        assert len(rest_rows(target, "experiment", candidate["id"])) == 4
        assert candidate["base_exp_id"] is None
