"""Taking turns: leases, answers, consensus, undo, skipping; correct when several ask at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from assay_server.features.review.tables import reviews
from tests.server.review.conftest import Person, World


def test_what_all_agree_on_is_written_to_the_row(world: World) -> None:
    queue = world.queue("agree", rows=1, reviewers_per_item=2, blind=True)
    first = queue.next(world.ann)
    assert first["content"] == [
        {
            "id": None,
            "input": "question 0",
            "output": "answer 0",
            "expected": None,
            "error": None,
            "metadata": None,
        }
    ]
    item = first["item"]["id"]
    assert first["item"]["sources"] is None
    assert queue.next(world.ann)["item"]["id"] == item  # a reload holds the same
    said = queue.answer(
        world.ann, item, tags=["good", "odd"], Correct="right", Tone=0.75, Note="fine", comment="hm"
    )
    assert said["status"] == "pending"
    assert world.logged(queue, "scores")["row-0"] == {"scores": None}

    waiting = queue.next(world.ann)
    assert (waiting["item"], waiting["waiting"]) == (None, "others")
    assert waiting["progress"]["mine"] == 1
    theirs = queue.next(world.ben)
    assert [one["user_id"] for one in theirs["item"]["reviews"]] == [world.ben.id]  # blind: Ann's is hidden
    done = queue.answer(world.ben, item, tags=["good"], Correct=["right"], Tone=0.85)
    assert done["status"] == "done"
    assert {one["user_id"] for one in done["reviews"]} == {world.ann.id, world.ben.id}
    row = world.logged(queue, "scores, metadata, tags, audit_data")["row-0"]
    assert row["scores"] == {"Correct": 1, "Tone": 0.8}
    assert row["metadata"] == {"model": "secret-model", "review": {"Note": "fine"}}
    assert row["tags"] == ["seed", "good"]  # a tag that one of two gave is not agreed on
    (audit,) = [one for one in row["audit_data"] if one.get("source") == "app"]
    assert audit["metadata"] == {
        "review_queue": queue.path.rsplit("/", 1)[1], "review_item": item,
        "reviewers": [world.ann.id, world.ben.id], "decided_by": None,
    }  # fmt: skip
    assert queue.next(world.ben)["waiting"] == "finished"


def test_a_disagreement_waits_for_somebody_to_decide(world: World) -> None:
    queue = world.queue("differ", rows=2, reviewers_per_item=2, spread=0.2)
    for who, correct, tone in ((world.ann, "right", 0.2), (world.ben, "wrong", 0.4)):
        item = queue.next(who)["item"]["id"]
        queue.answer(who, item, Correct=correct, Tone=tone)
    other = queue.next(world.ann)["item"]["id"]
    queue.answer(world.ann, other, Correct="right", Tone=0.2)
    queue.answer(world.ben, queue.next(world.ben)["item"]["id"], Correct="right", Tone=0.41)
    listed = world.owner.ask("GET", f"{queue.path}/items?status=needs_adjudication")["objects"]
    assert [(one["id"], one["disagree"]) for one in listed] == [
        (item, [queue.questions["Correct"]]),
        (other, [queue.questions["Tone"]]),
    ]
    assert {one["user_id"]: one["answers"][queue.questions["Correct"]] for one in listed[0]["reviews"]} == {
        world.ann.id: "right", world.ben.id: "wrong",
    }  # fmt: skip
    assert world.logged(queue, "scores")["row-0"] == {"scores": None}

    decision = {"answers": {queue.questions["Correct"]: "partly", queue.questions["Tone"]: 0.3}}
    decided = world.owner.ask("POST", queue.item(item, "/adjudicate"), decision)
    assert (decided["status"], decided["decided_by"]) == ("adjudicated", world.owner.id)
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0.5, "Tone": 0.3}
    again = {"answers": {queue.questions["Correct"]: "wrong"}}
    world.owner.ask("POST", queue.item(item, "/adjudicate"), again)
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0, "Tone": 0.3}
    assert len(world.owner.ask("GET", queue.item(item))["item"]["reviews"]) == 2


def test_many_at_once_never_review_an_item_too_often(
    world: World, helpers: Callable[[int], list[Person]]
) -> None:
    queue = world.queue("crowd", rows=12, reviewers_per_item=2)
    people = [world.owner, world.ann, world.ben, *helpers(5)]
    with ThreadPoolExecutor(len(people)) as pool:
        held = [turn["item"]["id"] for turn in pool.map(queue.next, people)]
    assert max(Counter(held).values()) == 2
    assert len(held) == 8

    def work(who: Person) -> int:
        done = 0
        while (turn := queue.next(who))["item"]:
            queue.answer(who, turn["item"]["id"], Correct="right")
            done += 1
        return done

    while True:  # who found everything held comes back when the others are through
        with ThreadPoolExecutor(len(people)) as pool:
            if not sum(pool.map(work, people)):
                break
    items = world.owner.ask("GET", f"{queue.path}/items")["objects"]
    assert [one["status"] for one in items] == ["done"] * 12
    assert [len({review["user_id"] for review in one["reviews"]}) for one in items] == [2] * 12
    progress = queue.results(world.owner)["progress"]
    assert (progress["done"], progress["in_review"], progress["pending"]) == (12, 0, 0)
    assert all(row["scores"] == {"Correct": 1} for row in world.logged(queue, "scores").values())


def test_a_lock_runs_out_and_others_take_the_place(world: World) -> None:
    queue = world.queue("locks", rows=1)
    item = queue.next(world.ann)["item"]["id"]
    locked = queue.next(world.ben)
    assert (locked["item"], locked["waiting"]) == (None, "locked")
    assert locked["until"] is not None
    assert locked["progress"]["in_review"] == 1
    body = {"answers": {queue.questions["Correct"]: "right"}}
    assert world.ben.refused("POST", queue.item(item, "/answer"), body) == (409, "item_taken")
    world.change(
        sa.update(reviews).where(reviews.c.item_id == item).values(until="2020-01-01T00:00:00.000000Z")
    )
    assert queue.next(world.ben)["item"]["id"] == item
    assert world.ann.refused("POST", queue.item(item, "/answer"), body) == (409, "item_taken")
    queue.answer(world.ben, item, Correct="wrong")
    assert world.ann.refused("POST", queue.item(item, "/answer"), body) == (409, "item_complete")
    assert queue.answer(world.ben, item, Correct="wrong")["status"] == "done"  # said twice, kept once
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0}


def test_undo(world: World) -> None:
    queue = world.queue("undo", rows=2)
    item = queue.next(world.ann)["item"]["id"]
    queue.answer(world.ann, item, Correct="right", Note="sure")
    second = queue.next(world.ann)["item"]["id"]
    back = world.ann.ask("POST", queue.item(item, "/reopen"))
    assert back["status"] == "pending"
    turn = queue.next(world.ann)
    assert turn["item"]["id"] == item
    assert turn["item"]["reviews"][0]["answers"] == {
        queue.questions["Correct"]: "right",
        queue.questions["Note"]: "sure",
    }
    queue.answer(world.ann, item, Correct="wrong")
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 0}
    assert queue.next(world.ann)["item"]["id"] == second
    assert world.ben.refused("POST", queue.item(item, "/reopen")) == (404, "review_not_found")


def test_blind_answers_are_not_changed_once_the_others_can_be_seen(world: World) -> None:
    queue = world.queue("sealed", rows=1, reviewers_per_item=2, blind=True)
    item = queue.next(world.ann)["item"]["id"]
    queue.answer(world.ann, item, Correct="right")
    world.ann.ask("POST", queue.item(item, "/reopen"))
    queue.answer(world.ann, item, Correct="partly")
    queue.next(world.ben)
    queue.answer(world.ben, item, Correct="wrong")
    assert world.ann.refused("POST", queue.item(item, "/reopen")) == (409, "item_complete")


def test_who_skips_leaves_an_item_to_the_others(world: World) -> None:
    queue = world.queue("skips", rows=2, reviewers=[world.ann.id, world.ben.id])
    item = queue.next(world.ann)["item"]["id"]
    assert world.ann.ask("POST", queue.item(item, "/skip"))["status"] == "pending"
    assert queue.next(world.ann)["item"]["id"] != item
    assert queue.next(world.ben)["item"]["id"] == item
    assert world.ben.ask("POST", queue.item(item, "/skip"))["status"] == "skipped"
    assert queue.results(world.owner)["progress"]["skipped"] == 1
    assert world.owner.ask("POST", queue.item(item, "/restore"))["status"] == "pending"
    assert queue.next(world.ben)["item"]["id"] == item
    queue.answer(world.ben, item, Correct="right")
    assert world.ben.refused("POST", queue.item(item, "/skip")) == (409, "item_complete")
    people = {one["user_id"]: one for one in queue.results(world.owner)["reviewers"]}
    assert (people[world.ben.id]["answered"], people[world.ben.id]["skipped"]) == (1, 0)


def test_answers_that_do_not_fit_are_refused_and_nothing_is_kept(world: World) -> None:
    queue = world.queue("strict", rows=1, tags=["good"])
    item = queue.next(world.ann)["item"]["id"]
    correct, tone, note = (queue.questions[name] for name in ("Correct", "Tone", "Note"))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"answers": {}}, "answer_missing"),
        ({"answers": {correct: None}}, "answer_missing"),
        ({"answers": {correct: "maybe"}}, "answer_invalid"),
        ({"answers": {correct: ["right", "wrong"]}}, "answer_invalid"),
        ({"answers": {correct: 1}}, "answer_invalid"),
        ({"answers": {correct: "right", tone: 2}}, "answer_invalid"),
        ({"answers": {correct: "right", tone: True}}, "answer_invalid"),
        ({"answers": {correct: "right", note: 3}}, "answer_invalid"),
        ({"answers": {correct: "right", "other": 1}}, "question_unknown"),
        ({"answers": {correct: "right"}, "tags": ["bad"]}, "tag_unknown"),
        ({"answers": {correct: "right"}, "preference": "left"}, "answer_invalid"),
    ]
    for body, code in cases:
        assert world.ann.refused("POST", queue.item(item, "/answer"), body) == (422, code), body
    assert world.owner.ask("GET", queue.item(item))["item"]["reviews"][0]["state"] == "leased"
    none = "00000000-0000-4000-8000-000000000000"
    assert world.ann.refused("POST", queue.item(none, "/answer"), cases[0][0]) == (
        404,
        "review_item_not_found",
    )


def test_fewer_reviewers_complete_what_has_enough(world: World) -> None:
    queue = world.queue("fewer", rows=1, reviewers_per_item=3)
    for who in (world.ann, world.ben):
        queue.answer(who, queue.next(who)["item"]["id"], Correct="right")
    changed = world.owner.ask("PATCH", queue.path, {"reviewers_per_item": 2})
    assert (changed["progress"]["done"], changed["progress"]["pending"]) == (1, 0)
    queue.results(world.owner)
    assert world.logged(queue, "scores")["row-0"]["scores"] == {"Correct": 1}
