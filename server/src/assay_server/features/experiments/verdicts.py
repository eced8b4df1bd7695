"""From a request to two loaded experiments: which baseline, which rules, whose rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.records import Page, Record
from assay_server.engines.stats import LEVEL, SCORE_MARGIN, Correction, Direction, Method
from assay_server.errors import BadRequest, Forbidden, NotFound
from assay_server.features.experiments.aggregates import aggregates_of, with_aggregates
from assay_server.features.experiments.comparison import Caveat, Comparison, ExperimentHead, Rules, Side
from assay_server.features.experiments.evidence import Evidence, Proof, comparison_of
from assay_server.features.experiments.lineup import Lineup
from assay_server.features.experiments.rows import TAGS, KeyPath, Keys
from assay_server.features.experiments.tables import MAY_BE_BASELINE, experiments
from assay_server.features.experiments.unmatched import find_unmatched

if TYPE_CHECKING:
    from assay_server.services import Services

NO_BASELINE = "none"
"""Value of `to` that asks for the experiment alone."""


MAX_BASELINES = 10
"""Most experiments one comparison may hold beside the one it is about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks of a comparison.

    `to` are ids or names of baselines, the first one the main one; `NO_BASELINE` alone asks for none, nothing
    for the chosen one. `margin` None means each score's own. `cluster` None means the project's, "none" none.
    `key` is what pairs cases, None the project's.
    """

    to: tuple[str, ...] = ()
    margin: float | None = None
    correction: Correction = "holm"
    cluster: str | None = None
    slice: str | None = None
    level: float = LEVEL
    method: Method = "auto"
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Both sides with their rows, and what the comparison has to respect and to mention."""

    ref: ObjectRef
    experiment: Side
    baseline_ref: ObjectRef | None
    baseline: Side | None
    others: tuple[Side, ...]
    other_refs: tuple[ObjectRef, ...]
    rules: Rules
    notes: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment as the metadata database knows it, and its project's settings."""

    ref: ObjectRef
    head: ExperimentHead
    base_exp_id: str | None
    archived: bool
    settings: Mapping[str, Any]


async def find(
    services: Services, actor: Actor, experiment: str, *, to: tuple[str, ...] = ()
) -> tuple[Found, list[Found]]:
    """An experiment and its baselines, by id or name; see `load`."""
    return await asyncio.to_thread(_find, services, actor, experiment, to)


async def load(services: Services, actor: Actor, experiment: str, question: Question = Question()) -> Loaded:
    """Read an experiment and its baselines, all acknowledged rows included.

    `experiment` and `question.to` are ids or names; a bare name is sought in the experiment's project first.
    Without `to` the baseline is the stored one, else the project's, else the newest experiment created before that is
    no rerun of some cases and had any.

    Raises NotFound, Forbidden, BadRequest for keys that are no paths, or Unavailable when the store is behind.
    """
    found, bases = await find(services, actor, experiment, to=question.to)
    keys, notes = _keys(found.settings, question)
    scores = await asyncio.to_thread(_scores, services, actor, found)
    await services.ingest.caught_up()
    sides, more = await _sides(services, [found, *bases], keys, scores)
    return Loaded(
        ref=found.ref,
        experiment=sides[0],
        baseline_ref=bases[0].ref if bases else None,
        baseline=sides[1] if bases else None,
        others=tuple(sides[2:]),
        other_refs=tuple(base.ref for base in bases[1:]),
        rules=_rules(scores, found, question, keys),
        notes=(*notes, *more),
    )


async def load_history(
    services: Services, actor: Actor, experiment: str, runs: int, cluster: str | None = None
) -> tuple[Found, list[Side], str | None]:
    """An experiment and up to `runs` earlier ones on the same dataset of its project, oldest first, itself last.

    Also the key their cases are clustered by; `cluster` as in Question.
    """
    found, _ = await find(services, actor, experiment, to=(NO_BASELINE,))
    earlier = await asyncio.to_thread(_earlier, services, actor, found, runs)
    keys, _ = _keys(found.settings, Question(cluster=cluster))
    scores = await asyncio.to_thread(_scores, services, actor, found)
    await services.ingest.caught_up()
    sides, _ = await _sides(services, [*earlier, found], keys, scores)
    return found, sides, str(keys.cluster) if keys.cluster else None


async def judged(services: Services, loaded: Loaded) -> Comparison:
    """The comparison of loaded experiments."""
    return (await proven(services, loaded)).comparison


async def proven(services: Services, loaded: Loaded) -> Proof:
    """The comparison together with what it was computed from."""
    return await asyncio.to_thread(_proven, services, loaded)


def _proven(services: Services, loaded: Loaded) -> Proof:
    lineup = Lineup(loaded.experiment, loaded.baseline)
    counts = lineup.counts()
    unmatched = []
    if loaded.baseline_ref and (counts.only_experiment or counts.only_baseline):
        unmatched = find_unmatched(services.spans, lineup, (loaded.ref, loaded.baseline_ref))
    evidence = Evidence(
        loaded.experiment, loaded.baseline, loaded.rules, loaded.notes, loaded.others, tuple(unmatched)
    )
    return Proof(evidence, comparison_of(evidence))


async def _sides(
    services: Services, found: list[Found], keys: Keys, scores: list[Record]
) -> tuple[list[Side], list[Caveat]]:
    """The rows of each experiment with the project's aggregates, and what is known of its scorers, read side by side.

    Also what the aggregates could not be computed for.
    """
    held = await asyncio.gather(*(asyncio.to_thread(services.cases.load, one.ref, keys) for one in found))
    aggregates, notes = aggregates_of(scores)
    sides: list[Side] = []
    for one, rows in zip(found, held, strict=True):
        table, more = with_aggregates(rows.table, aggregates, one.head.name)
        sides.append(Side(one.head, table, rows.scorers))
        notes += more
    return sides, notes


def _find(
    services: Services, actor: Actor, experiment: str, to: tuple[str, ...]
) -> tuple[Found, list[Found]]:
    found = _read(services, actor, services.objects.resolve(actor, "experiment", experiment))
    if NO_BASELINE in to:
        if len(to) > 1:
            raise BadRequest(
                f"to={NO_BASELINE} asks for no baseline: give it alone.", code="contradicting_baselines"
            )
        return found, []
    if len(to) > MAX_BASELINES:
        raise BadRequest(
            f"{len(to)} baselines are too many: give {MAX_BASELINES} at most.", code="too_many_baselines"
        )
    if to:
        refs = dict.fromkeys(_named(services, actor, found, name) for name in to)
        return found, [_read(services, actor, ref) for ref in refs]
    for candidate in _baseline_candidates(services, found):
        try:
            base = _read(services, actor, services.objects.resolve(actor, "experiment", candidate))
        except NotFound:
            continue
        if not base.archived:  # one that was deleted or put away since gives its place to the next
            return found, [base]
    return found, []


def _earlier(services: Services, actor: Actor, found: Found, runs: int) -> list[Found]:
    dataset = found.head.dataset_id
    query = (
        sa.select(experiments.c.id)
        .where(
            experiments.c.project_id == found.head.project_id,
            experiments.c.deleted_at.is_(None),
            experiments.c.archived.is_(False),
            experiments.c.created < found.head.created,
            experiments.c.dataset_id.is_(None) if dataset is None else experiments.c.dataset_id == dataset,
        )
        .order_by(experiments.c.created.desc())
        .limit(runs)
    )
    with services.meta.read() as connection:
        ids = connection.execute(query).scalars().all()
    readable: list[Found] = []
    for one in reversed(ids):
        with suppress(NotFound, Forbidden):  # what the caller may not read says nothing here
            readable.append(_read(services, actor, services.objects.resolve(actor, "experiment", one)))
    return readable


def _named(services: Services, actor: Actor, found: Found, to: str) -> ObjectRef:
    try:
        return services.objects.resolve(actor, "experiment", f"{found.head.project_name}/{to}")
    except NotFound:
        return services.objects.resolve(actor, "experiment", to)


def _read(services: Services, actor: Actor, ref: ObjectRef) -> Found:
    row = services.objects.get(actor, "experiment", ref.object_id)
    project = services.objects.get(actor, "project", ref.project_id)
    head = ExperimentHead(
        project_name=project["name"],
        **{name: row[name] for name in ExperimentHead.__struct_fields__ if name != "project_name"},
    )
    return Found(ref, head, row["base_exp_id"], row["archived"], project["settings"] or {})


def _baseline_candidates(services: Services, found: Found) -> Iterator[str]:
    """Ids to try, best first; ancestor commits became `base_exp_id` when the experiment was created."""
    for chosen in (found.base_exp_id, found.settings.get("baseline_experiment_id")):
        if isinstance(chosen, str) and chosen != found.head.id:
            yield chosen
    earlier = (
        sa.select(experiments.c.id)
        .where(
            experiments.c.project_id == found.head.project_id,
            experiments.c.deleted_at.is_(None),
            experiments.c.archived.is_(False),
            experiments.c.created < found.head.created,
            MAY_BE_BASELINE,
        )
        .order_by(experiments.c.created.desc())
        .limit(1)
    )
    with services.meta.read() as connection:
        yield from connection.execute(earlier).scalars().all()


def _keys(settings: Mapping[str, Any], question: Question) -> tuple[Keys, tuple[Caveat, ...]]:
    """Where keys are: what the caller asks for must be a path, what the project has set should be."""
    notes: list[Caveat] = []

    def stated(name: str, default: str) -> KeyPath | None:
        expression = settings.get(name) or default
        if path := KeyPath.parse(expression) if isinstance(expression, str) else None:
            return path
        if expression:
            message = (
                f"The {name.replace('_', ' ')} {expression!r} is no path such as input or metadata.id; "
                f"{default or 'none'} was used."
            )
            notes.append(Caveat(f"{name}_unsupported", message))
        return KeyPath.parse(default)

    case = _asked("key", question.key) or stated("comparison_key", "input")
    assert case is not None
    cluster = stated("cluster_key", "") if question.cluster is None else _asked("cluster", question.cluster)
    by = TAGS if question.slice == str(TAGS) else _asked("slice", question.slice)
    return Keys(case, cluster, by), tuple(notes)


def _asked(parameter: str, expression: str | None) -> KeyPath | None:
    if not expression or expression == NO_BASELINE:
        return None
    path = KeyPath.parse(expression)
    if path is None:
        raise BadRequest(
            f"{parameter}={expression!r} is no path such as metadata.customer or input.language.",
            code="bad_key_path",
        )
    return path


def _scores(services: Services, actor: Actor, found: Found) -> list[Record]:
    """What is set up about scores in the experiment's project."""
    configured = {"project_id": found.head.project_id}
    return services.objects.list(actor, "project_score", Page(), filters=configured)


def _rules(scores: list[Record], found: Found, question: Question, keys: Keys) -> Rules:
    """Directions and margins: the request's, else those of the project's scores, else the project's settings."""
    directions, margins = _directions(found.settings), dict[str, float]()
    for score in scores:
        config = score["config"] or {}
        if config.get("direction") in ("higher", "lower"):
            directions[score["name"]] = config["direction"]
        if isinstance(config.get("margin"), int | float):
            margins[score["name"]] = float(config["margin"])
    return Rules(
        directions=directions,
        margin=SCORE_MARGIN if question.margin is None else question.margin,
        comparison_key=str(keys.case),
        margins=margins if question.margin is None else {},
        correction=question.correction,
        cluster_key=str(keys.cluster) if keys.cluster else None,
        slice_key=str(keys.slice) if keys.slice else None,
        level=question.level,
        method=question.method,
    )


def _directions(settings: Mapping[str, Any]) -> dict[str, Direction]:
    stated = settings.get("score_directions")
    if not isinstance(stated, dict):
        return {}
    return {name: "lower" for name, value in stated.items() if value == "lower"}
