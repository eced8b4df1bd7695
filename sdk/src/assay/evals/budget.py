"""A cap in dollars on an experiment: cases start while what is spent and what is under way stay below it.

The server prices calls, so the run asks it every second what its rows cost so far. Cases whose rows are not there
yet count with the mean of those that are (before the first: with what a run cost earlier, if that is known). When the
next case would pass the cap, it waits for those under way to be priced; when it still would, the run ends.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from assay.core.errors import AssayError
from assay.evals.earlier import query_rows

if TYPE_CHECKING:
    from assay.experiments import Experiment

REASON = "budget"
"""`Outcome.stopped` of a run that a cap ended."""

_PROBE = 4
"""Cases that start before anything is known about what one costs."""

_POLL = 1.0
_POLL_AT_CAP = 0.2
"""Seconds between two questions to the server: while there is room, and while the next case waits for an answer."""

_SPENT = """
SELECT sum(metrics.estimated_cost) AS dollars,
  count_if(is_root AND span_attributes.type = 'eval' AND metadata IS NOT NULL) AS cases
FROM experiment('{id}')
"""


class Budget:
    """Admits cases to one run. `dollars` is the cap, `expected` what a case cost earlier (None: not known)."""

    def __init__(self, experiment: Experiment, dollars: float, expected: float | None) -> None:
        self._experiment = experiment
        self._cap = dollars
        self._expected = expected
        self._started = 0
        self._before: int | None = None  # cases that were there when the run began
        self._spent = 0.0
        self._there = 0
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def spent(self) -> float:
        """Dollars the experiment has cost, as far as known."""
        return self._spent

    async def admit(self) -> str | None:
        """Wait until the next case fits or certainly does not; `budget` means that it does not."""
        async with self._lock:
            if time.monotonic() - self._asked_at > _POLL:
                await self._ask()
            while self._passes(self._under_way + 1):
                if self._under_way == 0:
                    return REASON
                await asyncio.sleep(_POLL_AT_CAP)
                await self._ask()
            self._started += 1
            return None

    @property
    def _under_way(self) -> int:
        return max(0, self._started - (self._there - (self._before or 0)))

    def _passes(self, cases: int) -> bool:
        """Whether the cap would be passed with this many cases on top of what is priced."""
        if not self._there and self._expected is None:
            return cases > _PROBE
        mean = self._spent / self._there if self._there else self._expected or 0.0
        return self._spent >= self._cap or self._spent + cases * mean > self._cap

    async def _ask(self) -> None:
        """Learn what the rows delivered so far cost. A server that does not answer leaves things as they were."""
        try:
            dollars, there = await asyncio.to_thread(self._query)
        except AssayError:
            return
        finally:
            self._asked_at = time.monotonic()
        self._spent, self._there = dollars or 0.0, there
        if self._before is None:
            self._before = self._there

    def _query(self) -> tuple[float | None, int]:
        self._experiment.state.flush(stall=1.0)
        return read_spent(self._experiment)


def read_spent(experiment: Experiment) -> tuple[float | None, int]:
    """Dollars the stored rows of an experiment cost (None: no call was priced), and its finished runs.

    Raises AssayError.
    """
    (row,) = query_rows(experiment.state, _SPENT.format(id=experiment.id))
    return row["dollars"], int(row["cases"] or 0)
