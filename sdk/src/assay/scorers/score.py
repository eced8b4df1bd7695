"""What a scorer returns, and the base of the scorers that only compute."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(slots=True)
class Score:
    """One named judgement of one output.

    `score` lies between 0 (worst) and 1 (best); `None` means "does not apply here": it is recorded and left
    out of means. `metadata` is any JSON object and shows beside the score. Raises ValueError for a score
    outside 0..1.
    """

    name: str
    score: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if self.score is not None:
            self.score = checked_score(self.name, self.score)

    def as_dict(self) -> dict[str, Any]:
        """The score as a JSON object `{name, score, metadata}`."""
        return asdict(self)


class Heuristic(ABC):
    """A scorer that computes its answer at once: no network, no model.

    Call it directly, through `eval`, or through `eval_async`; all give the same Score.
    """

    blocking: ClassVar[bool] = False
    """Whether a call may wait for something outside the process (the runner then uses a thread)."""

    @property
    def name(self) -> str:
        """The score's name: the class name."""
        return type(self).__name__

    @abstractmethod
    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Score `output`, against `expected` where the scorer compares.

        `context` (input, metadata…) is ignored.
        """

    async def eval_async(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`, for callers that await."""
        return self.eval(output, expected, **context)

    def __call__(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`."""
        return self.eval(output, expected, **context)


def checked_score(name: str, value: float) -> float:
    """`value` as a float between 0 and 1; raises ValueError naming the scorer otherwise."""
    number = float(value)
    if math.isnan(number) or not 0.0 <= number <= 1.0:
        raise ValueError(f"score {name!r} is {value!r}: a score lies between 0 and 1")
    return number


def require_expected(name: str, expected: Any) -> None:
    """Raises ValueError when a comparing scorer was given nothing to compare with."""
    if expected is None:
        raise ValueError(f"{name} compares with an expected value, and this case has none")
