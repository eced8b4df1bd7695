"""What came of a queue: who did how much, whether they agree, which system is preferred; and every answer as a file."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.engines.stats.agreement import (
    Agreement,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
    tabulate,
)
from assay_server.engines.stats.pairwise import bradley_terry, standing
from assay_server.features.review.consensus import Question
from assay_server.features.review.service import KIND, may_manage, may_review, progress, questions_of
from assay_server.features.review.settling import PREFERENCE, reviews_of
from assay_server.features.review.shown import visible
from assay_server.features.review.tables import review_items, reviews
from assay_server.features.review.writing import DECIDED
from assay_server.features.users.service import list_members

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

_MOST_RANKS = 20
"""Choices of a question up to which they are compared as ordered."""

_PAGE = 500
Given = dict[str, dict[str, Any]]
"""Answers to one question: item → user → answer."""


def read_results(objects: ObjectService, actor: Actor, queue_id: str) -> Record:
    """The results of a queue, see `types.Results`. Raises NotFound or Forbidden."""
    queue = objects.get(actor, KIND, queue_id)
    questions = questions_of(objects, actor, queue)
    with objects.meta.read() as connection:
        complete = sa.select(reviews.c.item_id, reviews.c.user_id, reviews.c.answers).join(review_items)
        complete = complete.where(
            reviews.c.queue_id == queue["id"],
            reviews.c.state == "answered",
            review_items.c.status != "pending",
        )
        said = list(connection.execute(complete.order_by(reviews.c.created, reviews.c.id)))
        people = _people(connection, actor, queue)
        pairs = _pairs(connection, queue) if queue["kind"] == "pairwise" else []
        sides = _systems_of(connection, queue) if queue["kind"] == "pairwise" else {}
    if queue["kind"] == "pairwise":
        given: Given = defaultdict(dict)
        for item_id, user_id, answers in said:
            given[item_id][user_id] = _preferred(answers[PREFERENCE], sides[item_id])
        names = sorted({name for pair in sides.values() for name in pair})
        agreement = [_agreement(None, PREFERENCE, given, [*names, "tie"], None)]
    else:
        agreement = [_question_agreement(one, said) for one in questions if one.type != "free-form"]
    return {
        "progress": progress(objects, actor, [queue])[queue["id"]],
        "may_review": may_review(objects, actor, queue),
        "may_manage": may_manage(objects, actor, queue),
        "reviewers": people,
        "agreement": agreement,
        **_standings(pairs),
    }


# -- agreement ---------------------------------------------------------------------------------------------


def _question_agreement(question: Question, said: Sequence[Any]) -> Record:
    given: Given = defaultdict(dict)
    for item_id, user_id, answers in said:
        if question.id in answers:
            value = answers[question.id]
            given[item_id][user_id] = " + ".join(value) if isinstance(value, list) else value
    occurring = {value for unit in given.values() for value in unit.values()}
    if question.type == "slider":
        numbers = sorted(occurring)
        return _agreement(question.id, question.name, given, numbers, numbers)
    worth = {name: question.choices.get(name, 0.0) for name in occurring | set(question.choices)}
    ordered = sorted(occurring | set(question.choices), key=lambda name: (worth[name], name))
    ranks = (
        None if question.multiple or len(set(worth.values())) < len(ordered) else [worth[n] for n in ordered]
    )
    return _agreement(
        question.id, question.name, given, ordered, None, ranked=ranks is not None and len(ordered) > 2
    )


def _agreement(
    score_id: str | None,
    name: str,
    given: Given,
    values: Sequence[Any],
    numbers: Sequence[float] | None,
    *,
    ranked: bool = False,
) -> Record:
    """Agreement about one question; `numbers` are what the values are worth where their distance counts."""
    code = {value: at for at, value in enumerate(values)}
    units = [[code[value] for value in unit.values()] for unit in given.values()]
    table = tabulate(units, len(values))
    found: list[tuple[str, Agreement]] = []
    if numbers is not None:
        found.append(("alpha_interval", krippendorff_alpha(table, "interval", np.array(numbers))))
    else:
        kappa = _kappa(given, code, table)
        found += [kappa] if kappa else []
        found.append(("alpha_nominal", krippendorff_alpha(table, "nominal")))
        if ranked and len(values) <= _MOST_RANKS:
            found.append(("alpha_ordinal", krippendorff_alpha(table, "ordinal")))
    return {
        "project_score_id": score_id,
        "name": name,
        "items": len(table),
        "equal": percent_agreement(table),
        "coefficients": [
            {"measure": measure, "value": one.value, "interval": one.interval, "items": one.units}
            for measure, one in found
        ],
    }


def _kappa(given: Given, code: Mapping[Any, int], table: np.ndarray) -> tuple[str, Agreement] | None:
    """Cohen's for the two people of a queue, Fleiss' for more where each item has as many answers."""
    people = sorted({user for unit in given.values() for user in unit})
    if len(people) == 2:
        both = [unit for unit in given.values() if len(unit) == 2]
        first, second = (np.array([code[unit[user]] for unit in both], dtype=np.int64) for user in people)
        return "cohen_kappa", cohen_kappa(first, second, len(code))
    kappa = fleiss_kappa(table) if len(people) > 2 else None
    return ("fleiss_kappa", kappa) if kappa is not None else None


# -- people ------------------------------------------------------------------------------------------------


def _people(connection: sa.Connection, actor: Actor, queue: Record) -> list[Record]:
    query = sa.select(reviews).where(reviews.c.queue_id == queue["id"], reviews.c.state != "leased")
    counts: dict[str, Counter[str]] = {user: Counter() for user in queue["reviewers"] or ()}
    times: dict[str, list[float]] = defaultdict(list)
    for review in connection.execute(query.order_by(reviews.c.submitted)).mappings():
        user = review["user_id"]
        counts.setdefault(user, Counter())[review["state"]] += 1
        if review["state"] == "answered":
            times[user].append(_seconds(review["created"], review["submitted"]))
    names = names_of(connection, actor, list(counts))
    return [
        {
            "user_id": user, "name": names.get(user, user), "answered": count["answered"],
            "skipped": count["skipped"], "seconds": median(times[user]) if times[user] else None,
        }
        for user, count in counts.items()
    ]  # fmt: skip


def names_of(connection: sa.Connection, actor: Actor, ids: Sequence[str]) -> dict[str, str]:
    """What users of the organization are called."""
    if not ids:
        return {}
    found = list_members(connection, actor.org_id, Page(len(ids)), {"id": list(ids)})
    return {
        user["id"]: " ".join(filter(None, (user["given_name"], user["family_name"]))) or user["email"]
        for user in found
    }


def _seconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


# -- pairs -------------------------------------------------------------------------------------------------


def systems(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the two rows of a pair are called in results."""
    return [source["system"] or name for source, name in zip(sources, ("first", "second"), strict=False)]


def _preferred(side: str, names: Sequence[str]) -> str:
    return "tie" if side == "tie" else names[side == "second"]


def _systems_of(connection: sa.Connection, queue: Record) -> dict[str, list[str]]:
    item = review_items.c
    rows = connection.execute(sa.select(item.id, item.sources).where(item.queue_id == queue["id"]))
    return {item_id: systems(sources) for item_id, sources in rows}


def _pairs(connection: sa.Connection, queue: Record) -> list[tuple[str, str, float]]:
    """(one system, another, share the first won) of each pair that was decided, systems in order of their names."""
    item = review_items.c
    query = sa.select(item.sources, item.decision).where(
        item.queue_id == queue["id"], item.status.in_(DECIDED)
    )
    found: list[tuple[str, str, float]] = []
    for sources, decision in connection.execute(query.order_by(item.position)):
        one, other = systems(sources)
        share = {"first": 1.0, "second": 0.0, "tie": 0.5}[decision["answers"][PREFERENCE]]
        found.append((one, other, share) if one <= other else (other, one, 1.0 - share))
    return found


def _standings(pairs: Sequence[tuple[str, str, float]]) -> dict[str, list[Record]]:
    names = sorted({name for one, other, _ in pairs for name in (one, other)})
    tally: dict[tuple[str, str], Counter[float]] = defaultdict(Counter)
    for one, other, share in pairs:
        tally[one, other][share] += 1
    code = {name: at for at, name in enumerate(names)}
    strengths = (
        bradley_terry([(code[one], code[other], share) for one, other, share in pairs], len(names))
        if len(names) > 2
        else None
    )
    found: list[Record] = []
    for name in names:
        mine: Counter[float] = Counter()
        for one, other, share in pairs:
            if one != other and name in (one, other):
                mine[share if one == name else 1.0 - share] += 1
        strength = None if strengths is None else float(strengths[code[name]])
        found.append({"system": name, **_stands(mine), "strength": strength})
    between = [
        {"system": one, "against": other, **_stands(count)}
        for (one, other), count in sorted(tally.items())
        if one != other
    ]
    return {"systems": found, "pairs": between}


def _stands(count: Counter[float]) -> Record:
    return msgspec.to_builtins(standing(count[1.0], count[0.0], count[0.5]))


# -- export ------------------------------------------------------------------------------------------------


def export_answers(
    objects: ObjectService, actor: Actor, queue_id: str, fmt: Literal["csv", "jsonl"]
) -> Iterator[bytes]:
    """Every answer and every decision of a queue that the caller may see, a line each, items in their order."""
    queue = objects.get(actor, KIND, queue_id)
    questions = questions_of(objects, actor, queue)
    records = _lines(objects, actor, queue, {one.id: one.name for one in questions})
    if fmt == "jsonl":
        return (msgspec.json.encode(record) + b"\n" for record in records)
    return _csv(records, [one.name for one in questions], pairs=queue["kind"] == "pairwise")


def _lines(objects: ObjectService, actor: Actor, queue: Record, names: Mapping[str, str]) -> Iterator[Record]:
    item, position = review_items.c, 0
    while True:
        query = sa.select(review_items).where(item.queue_id == queue["id"], item.position > position)
        with objects.meta.read() as connection:
            rows = [
                dict(row) for row in connection.execute(query.order_by(item.position).limit(_PAGE)).mappings()
            ]
            said = reviews_of(connection, [row["id"] for row in rows])
            users = {review["user_id"] for each in said.values() for review in each}
            called = names_of(
                connection, actor, [*users, *(row["decided_by"] for row in rows if row["decided_by"])]
            )
        for row in rows:
            for review in said[row["id"]]:
                if review["state"] != "leased" and visible(queue, row, review, actor.user_id):
                    who = {
                        "reviewer": called.get(review["user_id"], review["user_id"]),
                        "state": review["state"],
                    }
                    yield _line(row, review, names, {**who, "time": review["submitted"]})
            if row["decision"] is not None:
                who = {
                    "reviewer": called.get(row["decided_by"]),
                    "state": row["status"],
                    "time": row["decided"],
                }
                yield _line(row, row["decision"], names, who)
        if len(rows) < _PAGE:
            return
        position = rows[-1]["position"]


def _line(item: Record, said: Mapping[str, Any], names: Mapping[str, str], who: Record) -> Record:
    answers = said["answers"] or {}
    pair: Record = {}
    if PREFERENCE in answers:
        chosen = _preferred(answers[PREFERENCE], systems(item["sources"]))
        pair = {"preference": chosen, "strength": answers["strength"]}
    return {
        "item": item["position"],
        "status": item["status"],
        "sources": item["sources"],
        **who,
        "answers": {names[key]: value for key, value in answers.items() if key in names},
        **pair,
        "tags": said["tags"] or [],
        "comment": said.get("comment"),
    }


def _csv(records: Iterator[Record], names: Sequence[str], *, pairs: bool) -> Iterator[bytes]:
    rows = ["row_id", "other_row_id"] if pairs else ["object_type", "object_id", "row_id"]
    said = ["preference", "strength"] if pairs else list(names)
    yield _record(["item", "status", *rows, "reviewer", "state", "time", *said, "tags", "comment"])
    for one in records:
        first, *rest = one["sources"]
        where = [first["row_id"], rest[0]["row_id"]] if pairs else [first[name] for name in rows]
        cells = [one.get(name) for name in said] if pairs else [one["answers"].get(name) for name in said]
        joined = [", ".join(cell) if isinstance(cell, list) else cell for cell in (*cells, one["tags"])]
        yield _record(
            [
                one["item"],
                one["status"],
                *where,
                one["reviewer"],
                one["state"],
                one["time"],
                *joined,
                one["comment"],
            ]
        )


def _record(cells: Sequence[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()
