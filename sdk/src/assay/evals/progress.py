"""The progress of a run on stderr: a bar that redraws itself on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_REDRAW = 0.1
"""Seconds between two drawings of the bar."""

_SPARSE = 10.0
"""Seconds between two lines where nothing can be redrawn (a log file, CI)."""

_WIDTH = 28


class Progress:
    """Counts finished cases for the reader. `total` is None when the source does not know its length."""

    def __init__(
        self,
        label: str,
        *,
        stream: TextIO | None = None,
        place: tuple[int, int] = (1, 1),
        spent: float = 0.0,
    ) -> None:
        """`place`: the how-many-eth of how many evaluations this is; `spent`: seconds those before took together."""
        self._label = f"[{place[0]}/{place[1]}] {label}" if place[1] > 1 else label
        self._before, self._behind = place[0] - 1, place[1] - place[0]
        self._spent = spent
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._total: int | None = None
        self._done = 0
        self._errors = 0
        self._started = time.monotonic()
        self._next = self._started + (_REDRAW if self._terminal else _SPARSE)

    def start(self, total: int | None, plan: str | None = None) -> None:
        """Say how many trials there will be, when that is known, and what is planned, in a line that stays."""
        self._total = total
        if plan is not None:
            self._stream.write(f"{self._label}: {plan}\n")
            self._stream.flush()

    def step(self, *, failed: bool) -> None:
        """Count one finished case, and draw when it is time."""
        self._done += 1
        self._errors += failed
        now = time.monotonic()
        if now >= self._next:
            self._next = now + (_REDRAW if self._terminal else _SPARSE)
            self._draw(now)

    def close(self) -> None:
        """Take the bar away; what stays on the screen is the report."""
        if self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, now: float) -> None:
        rate = self._done / max(now - self._started, 1e-9)
        counts = f"{self._done}/{self._total}" if self._total else f"{self._done}"
        text = f"{counts} cases  {rate:.1f}/s"
        if self._total:
            left = (self._total - self._done) / rate
            text += f"  {_clock(left)} left"
            if self._behind:
                # Those to come take what this and those before take on average.
                known = self._spent + self._total / rate
                text += f" ({_clock(left + self._behind * known / (self._before + 1))} in all)"
        if self._errors:
            text += f"  {self._errors} errors"
        if not self._terminal:
            self._stream.write(f"{self._label}: {text}\n")
        else:
            self._stream.write(f"\r\x1b[K{self._label}  {self._bar()}{text}")
        self._stream.flush()

    def _bar(self) -> str:
        if not self._total:
            return ""
        filled = min(_WIDTH, _WIDTH * self._done // self._total)
        return "━" * filled + "─" * (_WIDTH - filled) + "  "


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
