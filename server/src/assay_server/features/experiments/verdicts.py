"""From a request to two loaded experiments: which baseline, which rules, whose rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.stats import LEVEL, SCORE_MARGIN, Direction
from assay_server.errors import NotFound
from assay_server.features.experiments.compare import Caveat, Comparison, ExperimentHead, Rules, Side
from assay_server.features.experiments.evidence import Evidence, Proof, comparison_of
from assay_server.features.experiments.rows import INPUT, KeyPath, load_cases
from assay_server.features.experiments.tables import experiments

if TYPE_CHECKING:
    from assay_server.services import Services

NO_BASELINE = "none"
"""Value of `to` that asks for the experiment alone."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Both sides with their rows, and what the comparison has to respect and to mention."""

    ref: ObjectRef
    experiment: Side
    baseline_ref: ObjectRef | None
    baseline: Side | None
    rules: Rules
    notes: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment as the metadata database knows it, and its project's settings."""

    ref: ObjectRef
    head: ExperimentHead
    base_exp_id: str | None
    settings: Mapping[str, Any]


async def find(
    services: Services, actor: Actor, experiment: str, *, to: str | None = None
) -> tuple[Found, Found | None]:
    """An experiment and its baseline, by id or name; see `load`."""
    return await asyncio.to_thread(_find, services, actor, experiment, to)


async def load(
    services: Services,
    actor: Actor,
    experiment: str,
    *,
    to: str | None = None,
    margin: float = SCORE_MARGIN,
    level: float = LEVEL,
) -> Loaded:
    """Read an experiment and its baseline, all acknowledged rows included.

    `experiment` and `to` are ids or names; a bare name is sought in the experiment's project first. Without
    `to` the baseline is the stored one, else the project's, else the newest experiment created before.

    Raises NotFound, Forbidden, or Unavailable when the store is behind.
    """
    found, base = await find(services, actor, experiment, to=to)
    key, notes = _comparison_key(found.settings)
    await services.ingest.caught_up()
    tables = await asyncio.gather(
        *(asyncio.to_thread(load_cases, services.spans, side.ref, key) for side in (found, base) if side)
    )
    return Loaded(
        ref=found.ref,
        experiment=Side(found.head, tables[0]),
        baseline_ref=base.ref if base else None,
        baseline=Side(base.head, tables[1]) if base else None,
        rules=Rules(_directions(found.settings), margin, ".".join((key.column, *key.path)), level),
        notes=notes,
    )


async def judged(loaded: Loaded) -> Comparison:
    """The comparison of two loaded experiments."""
    return await asyncio.to_thread(comparison_of, _evidence(loaded))


async def proven(loaded: Loaded) -> Proof:
    """The comparison together with what it was computed from."""
    return Proof(_evidence(loaded), await judged(loaded))


def _evidence(loaded: Loaded) -> Evidence:
    return Evidence(loaded.experiment, loaded.baseline, loaded.rules, loaded.notes)


def _find(services: Services, actor: Actor, experiment: str, to: str | None) -> tuple[Found, Found | None]:
    found = _read(services, actor, services.objects.resolve(actor, "experiment", experiment))
    if to == NO_BASELINE:
        return found, None
    if to:
        return found, _read(services, actor, _named(services, actor, found, to))
    for candidate in _baseline_candidates(services, found):
        try:
            return found, _read(services, actor, services.objects.resolve(actor, "experiment", candidate))
        except NotFound:  # deleted since it was chosen: the next one in the order takes its place
            continue
    return found, None


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
    return Found(ref, head, row["base_exp_id"], project["settings"] or {})


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
            experiments.c.created < found.head.created,
        )
        .order_by(experiments.c.created.desc())
        .limit(1)
    )
    with services.meta.read() as connection:
        yield from connection.execute(earlier).scalars().all()


def _comparison_key(settings: Mapping[str, Any]) -> tuple[KeyPath, tuple[Caveat, ...]]:
    expression = settings.get("comparison_key") or "input"
    key = KeyPath.parse(expression) if isinstance(expression, str) else None
    if key:
        return key, ()
    message = f"The comparison key {expression!r} is no path such as input or metadata.id; input was used."
    return INPUT, (Caveat("comparison_key_unsupported", message),)


def _directions(settings: Mapping[str, Any]) -> dict[str, Direction]:
    stated = settings.get("score_directions")
    if not isinstance(stated, dict):
        return {}
    return {name: "lower" for name, value in stated.items() if value == "lower"}
