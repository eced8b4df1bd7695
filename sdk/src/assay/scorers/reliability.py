"""Scorers of repeated attempts at one task: how often, and whether always.

They read the rewards of K trials from one output: a list of numbers or bools, of objects with a `reward` (also
as `reward_info.reward`), or an object with such a list under `rewards`, `trials` or `simulations`. A trial passes
with a reward of 1. For trials that the runner repeats (`trial_count`), the server computes both over cases
instead: see the reliability of an experiment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from assay.core.trials import chance_all_pass
from assay.scorers.score import Score

_LISTS = ("rewards", "trials", "simulations")
_FULL = 1.0 - 1e-9
"""A reward from here on is full: sums of parts that should make 1 may miss it by rounding."""


def pass_at_k(output: Any, **context: Any) -> Score:
    """Mean reward over the K trials of a task; `metadata` holds K and how many passed.

    For rewards of 0 and 1 this is the unbiased chance that a single trial passes. Raises ValueError when the
    output holds no rewards.
    """
    rewards = read_rewards(output)
    return Score("pass_at_k", sum(rewards) / len(rewards), _counts(rewards))


def pass_exp_k(output: Any, **context: Any) -> Score:
    """1 when all K trials of a task pass, else 0; `metadata` holds K and how many passed.

    Raises ValueError when the output holds no rewards.
    """
    rewards = read_rewards(output)
    counts = _counts(rewards)
    return Score("pass_exp_k", chance_all_pass(counts["k"], counts["passed"], counts["k"]), counts)


def read_rewards(output: Any) -> list[float]:
    """The rewards of the trials in an output, each between 0 and 1; raises ValueError when there are none."""
    found = output
    if isinstance(found, Mapping):
        fields = cast("Mapping[str, Any]", found)
        found = next((fields[name] for name in _LISTS if name in fields), None)
    if not isinstance(found, Iterable) or isinstance(found, str | bytes | Mapping):
        raise ValueError(
            f"no trials in {str(output)[:80]!r}: give a list of rewards, or an object with one under "
            f"{', '.join(_LISTS)}"
        )
    rewards = [_reward(trial) for trial in cast("Iterable[Any]", found)]
    if not rewards:
        raise ValueError("no trials: the list of rewards is empty")
    return rewards


def _reward(trial: Any) -> float:
    value = trial
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        info = fields.get("reward_info")
        inner = cast("Mapping[str, Any]", info) if isinstance(info, Mapping) else fields
        value = inner.get("reward")
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"a trial's reward is {value!r}: give a number from 0 to 1, true or false")
    return float(value)


def _counts(rewards: list[float]) -> dict[str, int]:
    return {"k": len(rewards), "passed": sum(reward >= _FULL for reward in rewards)}
