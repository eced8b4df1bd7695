"""Agreement against published tables, and against what must hold for any answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_server.engines.stats.agreement import (
    FEWEST_UNITS,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    percent_agreement,
    tabulate,
)
from assay_server.engines.stats.pairwise import bradley_terry, standing

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: four observers, twelve units.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
"""0 stands for no answer."""

# Fleiss, Psychological Bulletin 76 (1971), table 1: 30 patients, 6 psychiatrists, 5 diagnoses.
DIAGNOSES = [
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006", "10050", "11040",
    "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203", "00006", "01050", "02013", "20040",
    "10041", "05010", "40002", "02040", "10500", "00006",
]  # fmt: skip


def units(rows: tuple[tuple[int, ...], ...], values: int) -> np.ndarray:
    """The table of a matrix observers × units with values from 1 on."""
    return tabulate([[code - 1 for code in unit if code] for unit in zip(*rows, strict=True)], values)


@pytest.mark.parametrize(("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_example_with_missing_data(metric: str, alpha: float) -> None:
    found = krippendorff_alpha(units(OBSERVERS, 5), metric)  # type: ignore[arg-type]
    assert found.value == pytest.approx(alpha, abs=0.0005)
    assert found.units == 11  # one unit has a single answer
    assert found.interval is not None
    assert found.interval[0] < alpha < found.interval[1] <= 1.0


def test_alpha_of_krippendorffs_examples_with_two_observers() -> None:
    binary = units(((1, 2, 1, 1, 1, 1, 1, 1, 2, 1), (2, 2, 2, 1, 1, 2, 1, 1, 1, 1)), 2)
    assert krippendorff_alpha(binary, "nominal").value == pytest.approx(0.095, abs=0.0005)
    letters = ("aabbdcccedda", "babbbccceddd")
    coded = tuple(tuple("abcde".index(one) + 1 for one in row) for row in letters)
    assert krippendorff_alpha(units(coded, 5), "nominal").value == pytest.approx(0.692, abs=0.0005)


def test_kappa_of_fleiss_table() -> None:
    table = np.array([[float(digit) for digit in row] for row in DIAGNOSES])
    assert table.sum(axis=0).tolist() == [26, 26, 30, 55, 43]
    found = fleiss_kappa(table)
    assert found is not None
    assert found.value == pytest.approx(0.430, abs=0.0005)
    assert found.interval is not None
    assert 0.25 < found.interval[0] < 0.43 < found.interval[1] < 0.6
    assert fleiss_kappa(table[:, :3]) is None  # units with different numbers of answers


def test_kappa_of_cohens_table() -> None:
    cells = ((88, 14, 18), (10, 40, 10), (2, 6, 12))  # Cohen, Educ. Psychol. Meas. 20 (1960), table 1: 0.492
    pairs = [(i, j) for i, row in enumerate(cells) for j, n in enumerate(row) for _ in range(n)]
    first, second = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    found = cohen_kappa(first, second, 3)
    assert found.value == pytest.approx(0.492, abs=0.0005)
    assert found.interval is not None
    # Fleiss, Cohen & Everitt (1969): the standard error is near 0.048.
    assert found.interval == pytest.approx((0.398, 0.586), abs=0.015)
    assert percent_agreement(tabulate(pairs, 3)) == pytest.approx(0.70)


def test_nothing_is_claimed_without_variation_or_with_few_units() -> None:
    same = tabulate([[1, 1]] * 20, 2)
    assert krippendorff_alpha(same, "nominal").value is None
    assert fleiss_kappa(same).value is None  # type: ignore[union-attr]
    assert cohen_kappa(np.ones(20, np.int64), np.ones(20, np.int64), 2).value is None
    assert percent_agreement(same) == 1.0
    few = tabulate([[0, 0], [1, 1]] * ((FEWEST_UNITS - 1) // 2), 2)
    assert krippendorff_alpha(few, "nominal").value == 1.0
    assert krippendorff_alpha(few, "nominal").interval is None
    perfect = krippendorff_alpha(tabulate([[0, 0], [1, 1]] * 20, 2), "nominal")
    assert (perfect.value, perfect.interval) == (1.0, None)
    nothing = tabulate([[0], []], 2)
    assert krippendorff_alpha(nothing, "nominal").units == 0
    assert percent_agreement(nothing) is None
    assert fleiss_kappa(nothing) is None


@given(st.lists(st.lists(st.integers(0, 3), min_size=0, max_size=4), min_size=1, max_size=9))
def test_order_of_people_and_units_does_not_matter(answers: list[list[int]]) -> None:
    table, turned = tabulate(answers, 4), tabulate([unit[::-1] for unit in answers[::-1]], 4)
    for metric in ("nominal", "ordinal", "interval"):
        one = krippendorff_alpha(table, metric).value  # type: ignore[arg-type]
        other = krippendorff_alpha(turned, metric).value  # type: ignore[arg-type]
        assert (one is None) == (other is None)
        if one is not None:
            assert one <= 1.0
            assert one == pytest.approx(other, abs=1e-9)


def test_standings_count_ties_as_halves() -> None:
    found = standing(6, 2, 2)
    assert found.rate == pytest.approx(0.7)
    assert found.interval == pytest.approx((0.3968, 0.8922), abs=0.0005)  # Wilson at 7 of 10
    assert standing(0, 0, 0).rate is None


def test_bradley_terry_of_two_is_the_share_and_of_three_is_their_order() -> None:
    strengths = bradley_terry([(0, 1, 1.0)] * 3 + [(0, 1, 0.0)], 2)
    assert strengths is not None
    assert strengths[0] == pytest.approx(0.75)
    # A perfect Bradley-Terry world of strengths 4 : 2 : 1.
    games = [(0, 1, 4 / 6)] * 30 + [(1, 2, 2 / 3)] * 30 + [(0, 2, 4 / 5)] * 30
    found = bradley_terry(games, 3)
    assert found is not None
    assert found.tolist() == pytest.approx([4 / 7, 2 / 7, 1 / 7], abs=1e-6)
    assert bradley_terry([(0, 1, 1.0), (1, 2, 1.0)], 3) is None  # the first never lost
    assert bradley_terry([(0, 1, 0.5)], 3) is None  # the third never played
