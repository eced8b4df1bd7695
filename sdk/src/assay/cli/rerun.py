"""`assay eval --rerun-flaky`: only the cases that pass sometimes, and more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.cli.output import note
from assay.cli.server import Row, Server
from assay.core.experiments import RERUN_OF

if TYPE_CHECKING:
    from assay.evals import Evaluator, Selection


def only_flaky(
    server: Server,
    evaluators: Sequence[Evaluator],
    selection: Selection,
    *,
    experiment: str | None,
    trials: int | None,
) -> tuple[list[Evaluator], list[Selection]]:
    """The evaluations that have flaky cases, and for each the selection of those.

    Flaky is what the server labels so in `experiment` (name or id; None: the base, else the newest). Each case runs
    `trials` times (None: 5, or as often as the file says when that is more) and is compared with that experiment unless
    the evaluation has a base; the metadata of its own experiment say that it is a rerun. Says on stderr how many cases
    there are.

    Raises CommandFailed or ConfigError when there is no such experiment.
    """
    from assay.client.state import current_state
    from assay.evals.flaky import TRIALS, find_flaky

    kept: list[Evaluator] = []
    selections: list[Selection] = []
    for evaluator in evaluators:
        found = find_flaky(current_state(), _experiment(server, evaluator, experiment))
        if not found.count:
            note(f"{evaluator.name}: no flaky cases in {found.experiment}, nothing to run")
            continue
        count = trials or max(TRIALS, evaluator.trial_count)
        cases = "1 flaky case" if found.count == 1 else f"{found.count:,} flaky cases"
        note(f"{evaluator.name}: {cases} in {found.experiment}, to run {count} times each")
        has_base = evaluator.base_experiment_id or evaluator.base_experiment_name
        base = evaluator.base_experiment_id if has_base else found.experiment_id
        metadata = {**(evaluator.metadata or {}), RERUN_OF: found.experiment_id}
        kept.append(replace(evaluator, trial_count=count, base_experiment_id=base, metadata=metadata))
        selections.append(replace(selection, filters=(*selection.filters, found.cases)))
    return kept, selections


def _experiment(server: Server, evaluator: Evaluator, named: str | None) -> Row:
    from assay.client.state import current_state
    from assay.evals.flaky import newest_run

    wanted = named or evaluator.base_experiment_id or evaluator.base_experiment_name
    if wanted is None:
        return newest_run(current_state(), evaluator)
    return server.object("experiment", wanted, server.project(evaluator.project_id or evaluator.name))
