"""Shares of counted groups against scipy and against the same groups as values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as oracle

from assay_server.engines.stats.unpaired import counted_shares, two_shares


def shares(won: int, n: int) -> np.ndarray:
    return np.r_[np.ones(won), np.zeros(n - won)]


@pytest.mark.parametrize(
    ("won", "n", "base_won", "m"),
    [
        (3, 4, 1, 40),
        (0, 6, 9, 30),
        (5, 5, 0, 5),
        (1, 3, 2, 1_000_000),
        (0, 3, 0, 9),
        (4, 4, 6, 6),
        (2, 7, 2, 7),
    ],
)
def test_small_counts_are_tested_exactly(won: int, n: int, base_won: int, m: int) -> None:
    found = counted_shares(won, n, base_won, m)
    expected = oracle.fisher_exact([[won, n - won], [base_won, m - base_won]]).pvalue
    assert found.method == "fisher"
    assert found.p == pytest.approx(expected, rel=1e-6)


def test_large_counts_are_those_of_the_values() -> None:
    found, of_values = counted_shares(60, 125, 290, 1375), two_shares(shares(60, 125), shares(290, 1375))
    assert found == of_values
    assert found.method == "newcombe"
