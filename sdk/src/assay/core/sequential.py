"""Stop a comparison as soon as it is decided, without paying for having looked after every case.

A confidence sequence for the mean of bounded differences holds at all times at once, so a run may look as often
as it likes and stop when it likes. It is made by betting (Waudby-Smith & Ramdas 2024, in the framework of
Howard et al. 2021): whoever bets against a mean that is true becomes rich with little probability, at most
1/x for x times the stake at any time (Ville 1939). No assumption beyond the bounds and a random order of cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Decision = Literal["win", "loss", "futile"]
"""`win`: better than the baseline. `loss`: worse. `futile`: a difference of `target` is out of reach, either way."""

_FRACTIONS = (0.05, 0.12, 0.27, 0.55, 0.9)
"""Shares of the wealth staked on each case by five bettors who split the initial stake: small ones are right for
small or noisy differences, large ones for large differences."""

_BISECTIONS = 40


class ConfidenceSequence:
    """Bounds for the mean of values between `low` and `high`, valid after every value at once.

    At any time, or at all of them together, the mean lies below `interval()` with probability at most
    `alpha`/2 and above it with at most `alpha`/2. Raises ValueError for bounds or alpha that make no sense.
    """

    __slots__ = ("_high", "_low", "_needed", "_values")

    def __init__(self, *, low: float, high: float, alpha: float) -> None:
        if not low < high or not 0.0 < alpha < 1.0:
            raise ValueError(f"no confidence sequence for bounds {low}..{high} and alpha {alpha}")
        self._low, self._high = low, high
        self._needed = math.log(2.0 / alpha)
        self._values: list[float] = []

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> float:
        """Take one value and return its place between the bounds, 0 to 1; raises ValueError outside them."""
        if not self._low <= value <= self._high:
            raise ValueError(f"{value} lies outside {self._low}..{self._high}: these bounds do not hold")
        unit = (value - self._low) / (self._high - self._low)
        self._values.append(unit)
        return unit

    def interval(self) -> tuple[float, float]:
        """Lower and upper bound for the mean as of now; the whole range before the first value. O(values)."""
        scale = self._high - self._low
        below = self._edge(self._values)
        above = 1.0 - self._edge([1.0 - x for x in self._values])
        return self._low + scale * below, self._low + scale * above

    def _edge(self, values: list[float]) -> float:
        """Smallest mean that betting on more has not refuted. Wealth falls as the mean grows, so bisection finds it."""
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS if values else 0):
            middle = (low + high) / 2
            bet = Bet(middle, 1.0)
            for x in values:
                bet.add(x)
            low, high = (middle, high) if bet.won(self._needed) else (low, middle)
        return low


class Bet:
    """Wealth of betting that the mean of values in 0..1 is more (`side` 1) or less (−1) than `mean`, 0 < mean < 1."""

    __slots__ = ("_logs", "_mean", "_most", "_scale")

    def __init__(self, mean: float, side: float) -> None:
        self._mean = mean
        self._scale = 1.0 / mean if side > 0 else -1.0 / (1.0 - mean)
        self._logs = [0.0] * len(_FRACTIONS)
        self._most = 0.0

    def add(self, value: float) -> None:
        """Settle the bets on one value."""
        gain = (value - self._mean) * self._scale
        self._logs = [
            log + math.log1p(share * gain) for log, share in zip(self._logs, _FRACTIONS, strict=True)
        ]
        self._most = max(self._most, self.log_wealth())

    def won(self, needed: float) -> bool:
        """Whether the logarithm of the wealth ever reached `needed`: a mean once refuted stays refuted."""
        return self._most >= needed

    def log_wealth(self) -> float:
        """Logarithm of the wealth of all bettors together, per unit staked."""
        top = max(self._logs)
        return top + math.log(sum(math.exp(log - top) for log in self._logs) / len(self._logs))


class SequentialTest:
    """One score of a run against its baseline, case by case.

    Feed it the difference of each case (mean of its trials minus the baseline's, sign turned where lower is
    better), in random order of the cases. The chance of ever saying `win` when the true mean difference is not
    positive is at most `alpha`/2; so is that of `loss` when it is not negative, and that of `futile` when it is
    `target` or more, or −`target` or less. The first decision stands.
    """

    __slots__ = ("_bets", "_needed", "_sequence", "decision")

    def __init__(self, *, target: float, alpha: float = 0.05, low: float = -1.0, high: float = 1.0) -> None:
        if not low < -target < 0.0 < target < high:
            raise ValueError(f"target {target} is no difference between 0 and the bounds {low} and {high}")
        self._sequence = ConfidenceSequence(low=low, high=high, alpha=alpha)
        self._needed = math.log(2.0 / alpha)
        zero, more, less = ((mean - low) / (high - low) for mean in (0.0, target, -target))
        self._bets: dict[Decision, tuple[Bet, ...]] = {
            "win": (Bet(zero, 1.0),),
            "loss": (Bet(zero, -1.0),),
            "futile": (Bet(more, -1.0), Bet(less, 1.0)),
        }
        self.decision: Decision | None = None

    def __len__(self) -> int:
        return len(self._sequence)

    def add(self, difference: float) -> Decision | None:
        """Take the next case and say what is decided by now; raises ValueError outside the bounds."""
        unit = self._sequence.add(difference)
        for name, bets in self._bets.items():
            for bet in bets:
                bet.add(unit)
            if self.decision is None and all(bet.won(self._needed) for bet in bets):
                self.decision = name
        return self.decision

    def interval(self) -> tuple[float, float]:
        """Bounds of the mean difference that hold although the run was watched."""
        return self._sequence.interval()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """Why a run ended and what ending early saved.

    `cases` were run of `planned`. `saved_cost` (dollars) and `saved_seconds` assume that the cases left out
    would have been like those that ran; None where the caller did not say what was spent.
    """

    decisions: dict[str, Decision | None]
    intervals: dict[str, tuple[float, float]]
    cases: int
    planned: int
    saved_cases: int
    saved_cost: float | None = None
    saved_seconds: float | None = None

    @property
    def stopped_early(self) -> bool:
        """Whether cases were left out."""
        return self.saved_cases > 0


@dataclass(slots=True, kw_only=True)
class SequentialStop:
    """Watches the scores of a run and says when going on cannot change what is known.

    `alpha` is split over the scores, so that it bounds the chance of any false win or loss among them.
    `targets` are those of single scores, in place of `target`. `planned` is the number of cases the run would have
    without a stop.
    """

    scores: Iterable[str]
    target: float
    planned: int
    alpha: float = 0.05
    targets: Mapping[str, float] = field(default_factory=dict[str, float])
    _tests: dict[str, SequentialTest] = field(init=False, default_factory=dict[str, SequentialTest])
    _cases: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        names = list(dict.fromkeys(self.scores))
        if not names:
            raise ValueError("a sequential stop watches at least one score")
        self._tests = {
            name: SequentialTest(target=self.targets.get(name, self.target), alpha=self.alpha / len(names))
            for name in names
        }

    def add(self, differences: Mapping[str, float | None]) -> bool:
        """Take one finished case; scores it does not have (None or absent) say nothing. Returns `decided`."""
        self._cases += 1
        for name, test in self._tests.items():
            difference = differences.get(name)
            if difference is not None:
                test.add(difference)
        return self.decided

    @property
    def decided(self) -> bool:
        """True once every score is decided."""
        return all(test.decision is not None for test in self._tests.values())

    def report(self, *, cost: float | None = None, seconds: float | None = None) -> StopReport:
        """The outcome; `cost` and `seconds` are what the cases run so far took."""
        saved = max(0, self.planned - self._cases)
        share = saved / self._cases if self._cases else 0.0
        return StopReport(
            decisions={name: test.decision for name, test in self._tests.items()},
            intervals={name: test.interval() for name, test in self._tests.items()},
            cases=self._cases,
            planned=self.planned,
            saved_cases=saved,
            saved_cost=None if cost is None else cost * share,
            saved_seconds=None if seconds is None else seconds * share,
        )
