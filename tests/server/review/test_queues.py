"""What goes into a queue and who may do what with it; pairs; agreement and exports; what a crash leaves."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from assay_server.engines.stats.agreement import cohen_kappa, krippendorff_alpha, tabulate
from assay_server.engines.stats.estimate import wilson
from assay_server.features.review.tables import review_items
from tests.server.review.conftest import Person, Queue, World

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_rows_are_added_once_and_what_cannot_be_is_listed(world: World) -> None:
    queue = world.queue("adding", rows=2)
    other = world.project("elsewhere", rows=1)
    dataset = world.owner.ask("POST", "/v1/dataset", {"project_id": queue.project, "name": "d"})["id"]
    world.owner.ask("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": "a", "input": "x"}]})
    world.server.request(
        "POST", "/logs3", {"rows": [{"id": "new", "project_id": queue.project, "log_id": "g"}]}
    )
    row = world.row(queue.project, "row-0")
    items: list[dict[str, Any]] = [
        {"source": row},
        {"source": world.row(queue.project, "new")},
        {"source": world.row(queue.project, "none")},
        {"source": world.row(other, "row-0")},
        {"source": {"object_type": "dataset", "object_id": dataset, "row_id": "a"}},
        {"source": {"object_type": "experiment", "object_id": NOBODY, "row_id": "a"}},
        {"pair": [row, world.row(queue.project, "row-1")]},
        {},
    ]
    answer = world.owner.ask("POST", f"{queue.path}/items", {"items": items})
    assert (answer["added"], answer["found"]) == (1, 1)
    assert [(one["item"], one["code"]) for one in answer["refused"]] == [
        (2, "row_not_found"), (3, "item_outside_project"), (4, "item_takes_no_scores"), (5, "experiment_not_found"),
        (6, "item_kind"), (7, "item_kind"),
    ]  # fmt: skip
    again = world.owner.ask("POST", f"{queue.path}/items", {"items": items[:2]})
    assert (again["added"], again["found"], again["refused"]) == (0, 2, [])
    page = world.owner.ask("GET", f"{queue.path}/items?limit=2")["objects"]
    rest = world.owner.ask("GET", f"{queue.path}/items?limit=2&starting_after={page[-1]['id']}")["objects"]
    assert [one["sources"][0]["row_id"] for one in page + rest] == ["row-0", "row-1", "new"]
    assert world.owner.refused("GET", f"{queue.path}/items?starting_after={NOBODY}") == (400, "page_invalid")
    assert world.owner.refused("POST", f"{queue.path}/items", {}) == (422, "invalid")
    new = rest[0]["id"]
    assert world.owner.ask("DELETE", queue.item(new))["id"] == new
    assert world.owner.refused("DELETE", queue.item(new)) == (404, "review_item_not_found")
    item = queue.next(world.ann)["item"]["id"]
    queue.answer(world.ann, item, Correct="right")
    assert world.owner.refused("DELETE", queue.item(item)) == (409, "item_answered")


def test_rows_by_a_predicate_and_samples_that_repeat(world: World) -> None:
    project = world.project("sampled", rows=30)
    source = {"object_type": "project_logs", "object_id": project}

    def sample(name: str, **more: Any) -> list[str]:
        queue = world.make(project, name=name)["id"]
        world.owner.ask("POST", f"/v1/review_queue/{queue}/items", {"from": {**source, **more}})
        items = world.owner.ask("GET", f"/v1/review_queue/{queue}/items?limit=1000")["objects"]
        return sorted(one["sources"][0]["row_id"] for one in items)

    assert sample("some", where="input IN ('question 1', 'question 2') -- and") == ["row-1", "row-2"]
    assert len(sample("all")) == 30
    first, same, other = (
        sample("a", sample=5, seed=1),
        sample("b", sample=5, seed=1),
        sample("c", sample=5, seed=2),
    )
    assert len(first) == 5
    assert first == same != other
    queue = world.make(project, name="bad")["id"]
    bad = {"from": {**source, "where": "input ="}}
    assert world.owner.refused("POST", f"/v1/review_queue/{queue}/items", bad) == (400, "query_invalid")


def test_rows_of_a_dataset_get_what_was_expected(world: World) -> None:
    project = world.project("gold", rows=0)
    dataset = world.owner.ask("POST", "/v1/dataset", {"project_id": project, "name": "gold"})["id"]
    world.owner.ask("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": "a", "input": "x"}]})
    label = world.question(
        project, "Label", "categorical", categories=["ham", "spam"], config={"destination": "expected"}
    )
    made = world.make(project, name="labels", questions=[{"project_score_id": label}])
    queue = Queue(f"/v1/review_queue/{made['id']}", project, "labels", {"Label": label})
    world.owner.ask("POST", f"{queue.path}/items", {"from": {"object_type": "dataset", "object_id": dataset}})
    queue.answer(world.ann, queue.next(world.ann)["item"]["id"], Label="spam")
    assert world.server.sql("SELECT expected FROM dataset('gold/gold')") == [{"expected": "spam"}]


def test_who_may_do_what(world: World) -> None:
    queue = world.queue("doors", rows=2)
    item = world.owner.ask("GET", f"{queue.path}/items")["objects"][0]["id"]
    add = {"items": [{"source": world.row(queue.project, "row-0")}]}
    said = {"answers": {queue.questions["Correct"]: "right"}}
    writes = (
        ("POST", f"{queue.path}/items", add),
        ("POST", queue.item(item, "/adjudicate"), said),
        ("POST", queue.item(item, "/restore"), None),
        ("DELETE", queue.item(item), None),
    )
    turns = (
        ("POST", f"{queue.path}/next", None),
        ("POST", queue.item(item, "/answer"), said),
        ("POST", queue.item(item, "/skip"), None),
        ("POST", queue.item(item, "/reopen"), None),
    )
    reads = (f"{queue.path}/items", queue.item(item), f"{queue.path}/results", f"{queue.path}/answers")
    for method, path, body in writes:
        assert world.viewer.refused(method, path, body) == (403, "forbidden"), path
    for method, path, body in turns:
        assert world.viewer.refused(method, path, body) == (403, "not_a_reviewer"), path
    for method, path, body in (*writes, *turns, *(("GET", path, None) for path in reads)):
        assert world.stranger.refused(method, path, body) == (404, "review_queue_not_found"), path
    for path in reads:
        assert world.viewer.client.ask("GET", path).status == 200
    assert queue.results(world.viewer)["may_manage"] is False
    assert queue.results(world.ann)["may_review"] is True

    world.owner.ask("PATCH", queue.path, {"reviewers": [world.viewer.id]})
    turn = queue.next(world.viewer)  # a named reviewer needs no more than to read the project
    assert turn["progress"]["mine_open"] == 2
    queue.answer(world.viewer, turn["item"]["id"], Correct="partly")
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0.5}
    assert world.ann.refused("POST", f"{queue.path}/next") == (403, "not_a_reviewer")
    assert queue.results(world.ann)["progress"]["mine_open"] == 0


def test_a_blind_queue_tells_a_viewer_neither_where_rows_come_from_nor_what_others_said(world: World) -> None:
    queue = world.queue("veiled", rows=1, reviewers_per_item=2, blind=True)
    world.owner.ask("PATCH", queue.path, {"reviewers": [world.viewer.id, world.ann.id]})
    queue.answer(world.ann, queue.next(world.ann)["item"]["id"], Correct="right", comment="private words")
    item = queue.next(world.viewer)["item"]["id"]
    for path in (f"{queue.path}/items", queue.item(item), f"{queue.path}/results", f"{queue.path}/answers",
                 f"{queue.path}/answers?format=csv"):  # fmt: skip
        text = world.viewer.client.ask("GET", path).text
        for secret in ("row-0", "secret-model", "private words"):
            assert secret not in text, path
    queue.answer(world.viewer, item, Correct="wrong")
    assert "private words" in world.viewer.client.ask("GET", f"{queue.path}/answers").text
    assert world.viewer.ask("GET", queue.item(item))["content"][0]["metadata"] == {"model": "secret-model"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "pairwise", "questions": "$Correct"}, "queue_invalid"),
        ({"questions": "$Online"}, "queue_invalid"),
        ({"questions": "$Twice"}, "queue_invalid"),
        ({"reviewers": [NOBODY]}, "user_not_found"),
        ({"reviewers": "$ann", "reviewers_per_item": 2}, "reviewers_too_few"),
        ({"reviewers_per_item": 0}, "invalid"),
        ({"lock_minutes": 0}, "invalid"),
        ({"kind": "both"}, "invalid"),
    ],
    ids=["pairs-with-questions", "not-to-people", "twice", "nobody", "too-few", "no-reviews", "no-lock", "kind"],
)  # fmt: skip
def test_queues_that_make_no_sense_are_refused(world: World, fields: dict[str, Any], code: str) -> None:
    project = world.project("senseless", rows=0)
    correct = world.question(project, "Correct", "categorical", categories=["a", "b"])
    online = world.question(project, "Online", "online")
    meant = {
        "$Correct": [{"project_score_id": correct}], "$Online": [{"project_score_id": online}],
        "$Twice": [{"project_score_id": correct}] * 2, "$ann": [world.ann.id],
    }  # fmt: skip
    body = {name: meant.get(str(value), value) for name, value in fields.items()}
    answer = world.owner.refused("POST", "/v1/review_queue", {"project_id": project, "name": "no", **body})
    assert answer == (422, code)


def test_a_queue_with_items_keeps_its_kind(world: World) -> None:
    queue = world.queue("kept", rows=1)
    body = {"project_id": queue.project, "name": "kept", "kind": "pairwise"}
    assert world.owner.refused("PUT", "/v1/review_queue", body) == (409, "queue_kind_fixed")


def test_agreement_is_what_the_formulas_say_and_exports_have_every_answer(world: World) -> None:
    queue = world.queue("figures", rows=12, reviewers_per_item=2)
    names = ["right", "partly", "wrong"]
    ann = [0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 0, 1]
    ben = [0, 1, 1, 2, 2, 1, 0, 0, 2, 2, 0, 0]
    tones = [(at / 12, (at % 4) / 8 + at / 24) for at in range(12)]
    for who, codes, side in ((world.ann, ann, 0), (world.ben, ben, 1)):
        for at, code in enumerate(codes):
            turn = queue.next(who)
            queue.answer(
                who, turn["item"]["id"], Correct=names[code], Tone=tones[at][side], comment=f"note {at}"
            )
    correct, tone = queue.results(world.owner)["agreement"]
    found = {one["measure"]: one for one in correct["coefficients"]}
    ascending = [[2 - one, 2 - other] for one, other in zip(ann, ben, strict=True)]  # wrong, partly, right
    first, second = np.array(ascending).T
    kappa = cohen_kappa(first, second, 3)
    table = tabulate(ascending, 3)
    assert kappa.value is not None
    assert found["cohen_kappa"]["value"] == pytest.approx(kappa.value)
    assert found["cohen_kappa"]["interval"] == pytest.approx(kappa.interval)
    for metric in ("nominal", "ordinal"):
        alpha = krippendorff_alpha(table, metric)
        assert found[f"alpha_{metric}"]["value"] == pytest.approx(alpha.value)
        assert found[f"alpha_{metric}"]["interval"] == pytest.approx(alpha.interval)
    assert correct["equal"] == pytest.approx(9 / 12)
    numbers = sorted({value for pair in tones for value in pair})
    alpha = krippendorff_alpha(
        tabulate([[numbers.index(one) for one in pair] for pair in tones], len(numbers)),
        "interval",
        np.array(numbers),
    )
    (interval,) = tone["coefficients"]
    assert (interval["measure"], interval["items"]) == ("alpha_interval", 12)
    assert interval["value"] == pytest.approx(alpha.value)

    lines = [
        json.loads(line) for line in world.owner.client.ask("GET", f"{queue.path}/answers").text.splitlines()
    ]
    said = [line for line in lines if line["state"] == "answered"]
    assert len(said) == 24
    assert said[0]["answers"] == {"Correct": "right", "Tone": 0}
    assert said[0]["sources"][0]["row_id"] == "row-0"
    text = world.owner.client.ask("GET", f"{queue.path}/answers?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [
        (row["row_id"], row["Correct"], row["comment"]) for row in rows if row["state"] == "answered"
    ] == [(line["sources"][0]["row_id"], line["answers"]["Correct"], line["comment"]) for line in said]
    assert sum(row["state"] == "done" for row in rows) == queue.results(world.owner)["progress"]["done"]


def experiments(world: World, project: str, names: tuple[str, ...], cases: int) -> None:
    for name in names:
        made = world.owner.ask("POST", "/v1/experiment", {"project_id": project, "name": name})["id"]
        rows = [
            {"id": f"{name}-{at}", "input": {"q": at}, "output": f"{name} says {at}"} for at in range(cases)
        ]
        world.owner.ask("POST", f"/v1/experiment/{made}/insert", {"events": rows})


def judge_all(queue: Queue, who: Person, best: str) -> None:
    """Prefer the best system wherever it occurs, else say tie."""
    while (turn := queue.next(who))["item"]:
        left, right = turn["content"]
        side = "left" if best in left["output"] else "right" if best in right["output"] else "tie"
        queue.answer(who, turn["item"]["id"], preference=side, strength=2)


def test_pairs_are_judged_side_by_side(world: World) -> None:
    project = world.project("battle", rows=0)
    experiments(world, project, ("old", "new"), 10)
    made = world.make(project, name="Better", kind="pairwise", blind=True, reviewers_per_item=2)
    queue = Queue(f"/v1/review_queue/{made['id']}", project, "Better", {})
    added = world.owner.ask(
        "POST", f"{queue.path}/items", {"pairs": {"experiments": ["battle/old", "battle/new"]}}
    )
    assert added == {"added": 10, "found": 0, "refused": []}
    again = world.owner.ask(
        "POST", f"{queue.path}/items", {"pairs": {"experiments": ["battle/new", "battle/old"]}}
    )
    assert again["found"] == 10  # a pair is the same the other way round

    sides = set()
    while (turn := queue.next(world.ann))["item"]:
        left, right = turn["content"]
        assert left["input"] == right["input"]
        assert queue.next(world.ann)["content"] == turn["content"]  # the order is by chance, and stays
        sides.add("new" in left["output"])
        best = "left" if "new" in left["output"] else "right"
        other = {"left": "right", "right": "left"}[best]
        case = left["input"]["q"]
        side = "tie" if case == 0 else other if case == 1 else best
        queue.answer(world.ann, turn["item"]["id"], preference=side)
    assert sides == {True, False}
    while (turn := queue.next(world.ben))["item"]:
        left, _ = turn["content"]
        case, best = left["input"]["q"], "left" if "new" in left["output"] else "right"
        other = {"left": "right", "right": "left"}[best]
        side = "tie" if case == 0 else other if case in (1, 2) else best
        queue.answer(world.ben, turn["item"]["id"], preference=side)
    (apart,) = world.owner.ask("GET", f"{queue.path}/items?status=needs_adjudication")["objects"]
    assert apart["disagree"] == ["preference"]
    content = world.owner.ask("GET", queue.item(apart["id"]))
    said = {one["user_id"]: one["preference"] for one in content["item"]["reviews"]}
    new_side = "left" if content["item"]["sources"][0]["system"] == "new" else "right"
    assert said[world.ann.id] == new_side != said[world.ben.id]
    world.owner.ask("POST", queue.item(apart["id"], "/adjudicate"), {"preference": new_side, "strength": 1})

    results = queue.results(world.owner)
    new, old = results["systems"]
    assert (new["system"], new["wins"], new["losses"], new["ties"]) == ("new", 8, 1, 1)
    assert new["rate"] == pytest.approx(0.85)
    assert new["interval"] == pytest.approx(wilson(0.85, 10))
    assert (old["system"], old["rate"]) == ("old", pytest.approx(0.15))
    assert new["strength"] is None
    (kappa,) = [one for one in results["agreement"][0]["coefficients"] if one["measure"] == "cohen_kappa"]
    assert kappa["items"] == 10
    scores = world.server.sql("SELECT id, scores FROM experiment('battle/new') ORDER BY id")
    assert [row["scores"]["Better"] for row in scores] == [0.5, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    lines = [
        json.loads(line) for line in world.owner.client.ask("GET", f"{queue.path}/answers").text.splitlines()
    ]
    assert {line["preference"] for line in lines} == {"new", "old", "tie"}


def test_three_systems_have_strengths_and_a_row_the_share_it_won(world: World) -> None:
    project = world.project("three", rows=0)
    experiments(world, project, ("a", "b", "c"), 4)
    made = world.make(project, name="Best", kind="pairwise")
    queue = Queue(f"/v1/review_queue/{made['id']}", project, "Best", {})
    wanted = {"pairs": {"experiments": [f"three/{name}" for name in "abc"]}}
    assert world.owner.ask("POST", f"{queue.path}/items", wanted)["added"] == 12
    judge_all(queue, world.ann, "a says")
    assert queue.results(world.owner)["systems"][0]["strength"] is None  # a never lost: no strength can tell
    lost = next(
        one for one in world.owner.ask("GET", f"{queue.path}/items")["objects"]
        if {source["system"] for source in one["sources"]} == {"a", "b"}
    )  # fmt: skip
    side = "left" if lost["sources"][0]["system"] == "b" else "right"
    world.owner.ask("POST", queue.item(lost["id"], "/adjudicate"), {"preference": side})
    found = {one["system"]: one for one in queue.results(world.owner)["systems"]}
    assert (found["a"]["wins"], found["a"]["losses"]) == (7, 1)
    assert found["c"]["ties"] == 4
    strengths = [found[name]["strength"] for name in "abc"]
    assert strengths == sorted(strengths, reverse=True)
    assert sum(strengths) == pytest.approx(1)
    scores = world.server.sql("SELECT scores FROM experiment('three/a') ORDER BY scores.Best")
    assert [row["scores"]["Best"] for row in scores] == [0.5, 1, 1, 1]


def test_a_decision_that_a_crash_kept_from_the_rows_is_written_later(world: World) -> None:
    queue = world.queue("crash", rows=1)
    item = queue.next(world.ann)["item"]["id"]
    queue.answer(world.ann, item, Correct="right")
    decision = {"answers": {queue.questions["Correct"]: "wrong"}, "tags": []}
    world.change(
        sa.update(review_items).where(review_items.c.id == item).values(
            status="adjudicated", decision=decision, decided="2026-01-01T00:00:00.000000Z", written=None
        )
    )  # fmt: skip
    queue.results(world.owner)
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0}


def test_a_deleted_row_stays_deleted(world: World) -> None:
    queue = world.queue("gone", rows=1)
    world.server.request(
        "POST",
        f"/v1/project_logs/{queue.project}/insert",
        {"events": [{"id": "row-0", "_object_delete": True}]},
    )
    turn = queue.next(world.ann)
    assert turn["content"] == [None]
    queue.answer(world.ann, turn["item"]["id"], Correct="right")
    assert world.logged(queue, "scores") == {}
