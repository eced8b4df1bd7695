"""Scorers of repeated attempts, and the chances behind them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from assay import Eval
from assay.core.trials import chance_all_pass, chance_any_passes
from assay.scorers import pass_at_k, pass_exp_k


@pytest.mark.parametrize("trials", [1, 4, 7])
def test_chances_are_shares_of_all_ways_to_pick_k_trials(trials: int) -> None:
    for passed in range(trials + 1):
        outcomes = [True] * passed + [False] * (trials - passed)
        for k in range(1, trials + 1):
            picks = list(combinations(outcomes, k))
            assert chance_any_passes(trials, passed, k) == pytest.approx(sum(map(any, picks)) / len(picks))
            assert chance_all_pass(trials, passed, k) == pytest.approx(sum(map(all, picks)) / len(picks))


def test_chances_are_not_powers_of_the_share() -> None:
    # 5 of 10 pass: (5/10)^2 is 0.25, and picking two different trials that pass is rarer.
    assert chance_all_pass(10, 5, 2) == pytest.approx(2 / 9)
    assert chance_any_passes(10, 5, 2) == pytest.approx(7 / 9)


@pytest.mark.parametrize(("trials", "passed", "k"), [(3, 1, 4), (3, 1, 0), (3, 4, 1), (3, -1, 1)])
def test_chances_over_more_trials_than_there_are_do_not_exist(trials: int, passed: int, k: int) -> None:
    for chance in (chance_any_passes, chance_all_pass):
        with pytest.raises(ValueError, match="1 <= k <= trials"):
            chance(trials, passed, k)


REWARDS = [1.0, 0.0, 1.0, 1.0]
TAU = {"simulations": [{"trial": i, "reward_info": {"reward": one}} for i, one in enumerate(REWARDS)]}


@pytest.mark.parametrize(
    ("output", "mean", "always", "k"),
    [
        ([1, 1, 1], 1.0, 1.0, 3),
        ([1, 0], 0.5, 0.0, 2),
        ([True, True, False, True], 0.75, 0.0, 4),
        ([0.5, 1.0], 0.75, 0.0, 2),
        ([{"reward": 1.0}], 1.0, 1.0, 1),
        ({"rewards": [0, 0]}, 0.0, 0.0, 2),
        ({"trials": [{"reward": 1}, {"reward": 1}]}, 1.0, 1.0, 2),
        (TAU, 0.75, 0.0, 4),
        ([0.1 + 0.2 + 0.7, 1], 1.0, 1.0, 2),
    ],
)
def test_the_mean_reward_and_whether_all_trials_pass(output: Any, mean: float, always: float, k: int) -> None:
    one, every = pass_at_k(output), pass_exp_k(output)
    assert (one.name, every.name) == ("pass_at_k", "pass_exp_k")
    assert one.score == pytest.approx(mean)
    assert (every.score, every.metadata["k"]) == (always, k)
    assert one.metadata == every.metadata


@pytest.mark.parametrize(
    "output", [None, "1 1 0", [], 3, {"rewards": "110"}, {"answer": 1}, [2], [None], [{}], [-0.1]]
)
def test_what_holds_no_rewards_is_refused(output: Any) -> None:
    for scorer in (pass_at_k, pass_exp_k):
        with pytest.raises(ValueError, match="reward"):
            scorer(output)


def test_they_run_as_scorers_of_an_evaluation() -> None:
    cases = [{"input": 3}, {"input": 2}]
    result = Eval(
        "tau",
        data=cases,
        task=lambda passed: [i < passed for i in range(3)],
        scores=[pass_at_k, pass_exp_k],
        no_send_logs=True,
    )
    scores = {name: item.mean for name, item in result.summary.scores.items()}
    assert scores == {"pass_at_k": pytest.approx(5 / 6), "pass_exp_k": 0.5}
