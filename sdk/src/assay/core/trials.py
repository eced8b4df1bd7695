"""Chances over several trials of a case, estimated without bias from more trials than are asked about."""

from __future__ import annotations

from math import comb


def chance_any_passes(trials: int, passed: int, k: int) -> float:
    """Chance that at least one of k trials passes, from `passed` of `trials` (pass@k, Chen et al. 2021).

    1 − C(n−c, k) / C(n, k). Raises ValueError unless 1 ≤ k ≤ trials and 0 ≤ passed ≤ trials.
    """
    _check(trials, passed, k)
    return 1.0 - comb(trials - passed, k) / comb(trials, k)


def chance_all_pass(trials: int, passed: int, k: int) -> float:
    """Chance that all of k trials pass (pass^k, Yao et al. 2024): C(c, k) / C(n, k).

    Raises ValueError as `chance_any_passes`.
    """
    _check(trials, passed, k)
    return comb(passed, k) / comb(trials, k)


def _check(trials: int, passed: int, k: int) -> None:
    if not 1 <= k <= trials or not 0 <= passed <= trials:
        raise ValueError(f"no chance over {k} trials from {passed} passes in {trials}: give 1 <= k <= trials")
