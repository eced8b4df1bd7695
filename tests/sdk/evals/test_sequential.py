"""Stopping a run early: bounds, decisions, what was saved. How often it errs is in tests/server/stats."""

from __future__ import annotations

import math
import random

import pytest

from assay.core.sequential import Bet, ConfidenceSequence, SequentialStop, SequentialTest


def test_the_interval_begins_with_everything_and_closes_in_on_the_mean() -> None:
    chance = random.Random(1)
    sequence = ConfidenceSequence(low=-1.0, high=1.0, alpha=0.05)
    assert sequence.interval() == (-1.0, 1.0)
    widths: list[float] = []
    for size in (20, 200, 2000):
        while len(sequence) < size:
            sequence.add(max(-1.0, min(1.0, chance.gauss(0.1, 0.3))))
        low, high = sequence.interval()
        assert low < 0.1 < high
        widths.append(high - low)
    assert widths[0] > 1.5 * widths[1] > 2.0 * widths[2]


def test_bounds_scale_with_the_range_of_the_values() -> None:
    values = [random.Random(2).random() for _ in range(60)]
    narrow = ConfidenceSequence(low=0.0, high=1.0, alpha=0.05)
    wide = ConfidenceSequence(low=-50.0, high=50.0, alpha=0.05)
    for value in values:
        narrow.add(value)
        wide.add(100 * value - 50)
    for one, other in zip(narrow.interval(), wide.interval(), strict=True):
        assert 100 * one - 50 == pytest.approx(other, abs=1e-6)


def test_wealth_is_that_of_bettors_who_split_the_stake() -> None:
    bet = Bet(0.5, 1.0)
    for _ in range(2):
        bet.add(1.0)
    expected = sum((1 + share) ** 2 for share in (0.05, 0.12, 0.27, 0.55, 0.9)) / 5
    assert bet.log_wealth() == pytest.approx(math.log(expected))
    # On average over both outcomes of a fair game nobody gains.
    up, down = Bet(0.25, 1.0), Bet(0.25, 1.0)
    up.add(1.0)
    down.add(0.0)
    assert 0.25 * math.exp(up.log_wealth()) + 0.75 * math.exp(down.log_wealth()) == pytest.approx(1.0)


def test_a_mean_once_refuted_stays_refuted() -> None:
    test = SequentialTest(target=0.5)
    for _ in range(40):
        test.add(1.0)
    assert test.decision == "win"
    for _ in range(40):
        test.add(-1.0)
    assert test.decision == "win"


@pytest.mark.parametrize(("difference", "decision"), [(0.6, "win"), (-0.6, "loss"), (0.0, "futile")])
def test_each_decision_is_reached(difference: float, decision: str) -> None:
    test = SequentialTest(target=0.3)
    assert test.add(difference) is None
    for _ in range(300):
        test.add(difference)
    assert test.decision == decision


def test_a_run_stops_when_every_score_is_decided_and_says_what_that_saved() -> None:
    stop = SequentialStop(scores=["A", "B"], target=0.3, planned=1000)
    cases = 0
    while not stop.add({"A": 0.5, "B": None if cases < 10 else 0.4}):
        cases += 1
    report = stop.report(cost=2.0, seconds=50.0)
    assert report.decisions == {"A": "win", "B": "win"}
    assert (report.planned, report.cases, report.saved_cases) == (1000, cases + 1, 999 - cases)
    assert report.stopped_early
    assert report.saved_cost == pytest.approx(2.0 * report.saved_cases / report.cases)
    assert report.saved_seconds == pytest.approx(50.0 * report.saved_cases / report.cases)
    assert report.intervals["A"][0] > 0


def test_more_scores_need_more_cases() -> None:
    def cases(scores: int) -> int:
        stop = SequentialStop(scores=[str(i) for i in range(scores)], target=0.3, planned=1000)
        count = 1
        while not stop.add({str(i): 0.4 for i in range(scores)}):
            count += 1
        return count

    assert cases(1) < cases(8)


def test_a_run_that_was_not_stopped_saved_nothing() -> None:
    stop = SequentialStop(scores=["A"], target=0.3, planned=2)
    stop.add({})
    stop.add({"A": 0.1})
    report = stop.report(cost=1.0)
    assert (report.decisions, report.saved_cases, report.saved_cost, report.stopped_early) == (
        {"A": None},
        0,
        0.0,
        False,
    )


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="outside -1"):
        SequentialTest(target=0.1).add(1.5)
    with pytest.raises(ValueError, match="outside -1"):
        SequentialTest(target=0.1).add(math.nan)
    for target in (0.0, 1.0, -0.2):
        with pytest.raises(ValueError, match="no difference"):
            SequentialTest(target=target)
    with pytest.raises(ValueError, match="at least one score"):
        SequentialStop(scores=[], target=0.1, planned=5)
    with pytest.raises(ValueError, match="alpha"):
        ConfidenceSequence(low=0.0, high=1.0, alpha=0.0)
