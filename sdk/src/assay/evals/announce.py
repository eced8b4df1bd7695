"""Telling the server how far a run is: how many traces there will be, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from assay.core.errors import AssayError

if TYPE_CHECKING:
    from assay.evals.runner import Outcome
    from assay.experiments import Experiment

State = Literal["running", "finished", "failed", "interrupted"]


def announce(experiment: Experiment, state: State, planned: int | None, notes: list[str]) -> None:
    """Keep with the experiment what there is to expect of its run; a server that does not take it is noted.

    `planned` traces in all, None when that is not known.
    """
    body = {"progress": {"state": state, "planned": planned}}
    try:
        experiment.state.transport.request("PATCH", f"/v1/experiment/{experiment.id}", json=body)
    except AssayError as error:
        notes.append(f"the experiment does not say that it is {state} ({error})")


def ending(outcome: Outcome, planned: int | None, *, ran: bool) -> tuple[State, int | None]:
    """How a run ended: its source broke, it was told to stop (also by its budget), or it came to its end.

    Where nobody knew how many traces there would be and none `ran`, there are none: such a run is no baseline.
    """
    known = 0 if planned is None and not ran else planned
    if outcome.source_error is not None:
        return "failed", known
    return "interrupted" if outcome.interrupted or outcome.stopped is not None else "finished", known
