"""What a run need not do again: cells finished before a crash, answers and scores made by earlier runs.

One `Reuse` serves one run. Without an experiment and without a cache it names no cells at all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.evals.calls import Arguments
from assay.evals.cases import EvalCase, EvalResult
from assay.evals.cells import Cell, CellMaker, RowBits, ScoreKeys, reusable, row_bits
from assay.evals.recorder import CaseSpan
from assay.evals.store import Answer, CellStore, Scored
from assay.scorers.score import Score

_NO_CELL = Cell(0, None, None)


@dataclass(slots=True)
class Reused:
    """How much a run took over. `oldest` is when the oldest answer in use was made, in unix seconds."""

    answers: int = 0
    scores: int = 0
    resumed: int = 0
    oldest: float | None = None


@dataclass(slots=True, kw_only=True)
class Reuse:
    """Cells of a run and what is known of them.

    `salt` stands for the experiment in row ids (None: nothing is recorded). `finished` holds the span ids of root
    rows a run to be resumed has finished. `store` is None without a cache; `fresh` writes to it and reads nothing.
    `answers`: whether answers are looked up too, and not only scores (a scorer that reads traces needs the task to
    run). `usable`: whether rows may be found by their key later (a masked output may not).
    """

    maker: CellMaker | None = None
    score_keys: ScoreKeys | None = None
    salt: bytes | None = None
    finished: set[str] = field(default_factory=set[str])
    store: CellStore | None = None
    fresh: bool = False
    answers: bool = True
    usable: bool = True
    counts: Reused = field(default_factory=Reused)

    def cells(self, case: EvalCase, trials: int) -> Sequence[Cell]:
        """The cells of the next case, one a trial."""
        if self.maker is None:
            return [_NO_CELL if trial == 0 else Cell(trial, None, None) for trial in range(trials)]
        return self.maker.cells(case, trials)

    def rows(self, cell: Cell) -> RowBits | None:
        """The ids of the cell's rows; None: they get random ones."""
        if self.salt is None or cell.identity is None:
            return None
        return row_bits(self.salt, cell.identity)

    def is_finished(self, cell: Cell) -> bool:
        """Whether the run that is resumed has this cell already; each is asked for once."""
        if not self.finished or (bits := self.rows(cell)) is None:
            return False
        if bits.span_id not in self.finished:
            return False
        self.finished.discard(bits.span_id)
        self.counts.resumed += 1
        return True

    def preview(self, cases: Sequence[EvalCase], trials: int) -> tuple[int, int]:
        """How many trials of these cases are finished, and how many more have an earlier answer."""
        if self.maker is None:
            return 0, 0
        maker, finished, cached = self.maker.anew(), 0, 0
        looks_up = self.store is not None and self.answers and not self.fresh
        for case in cases:
            for cell in maker.cells(case, trials):
                bits = self.rows(cell)
                if bits is not None and bits.span_id in self.finished:
                    finished += 1
                elif looks_up and self.store is not None and cell.key is not None:
                    cached += self.store.has(cell.key)
        return finished, cached

    def answer(self, cell: Cell) -> Answer | None:
        """An earlier answer for this cell."""
        if self.store is None or self.fresh or not self.answers or cell.key is None:
            return None
        found = self.store.answer(cell.key)
        if found is not None:
            self.counts.answers += 1
            self.counts.oldest = min(self.counts.oldest or found.made, found.made)
        return found

    def key(self, cell: Cell) -> str | None:
        """What the cell's answer can be found by, unless rows do not hold what was answered."""
        return cell.key if self.usable else None

    def keep(self, cell: Cell, result: EvalResult, seconds: float, span: CaseSpan) -> bool:
        """Keep what the task answered; False when it must not be found later."""
        if cell.key is None or not self.usable:
            return True
        tags = result.tags or None
        if not reusable(result.output, result.metadata, tags):
            return False
        if self.store is not None:
            metadata = dict(result.metadata or {})
            made = Answer(time.time(), seconds, result.output, metadata, tags, span.origin)
            self.store.put(cell.key, made)
        return True

    def keys_of_scores(self, cell: Cell, arguments: Arguments, count: int) -> Sequence[str | None]:
        """The key of each scorer's answer to these arguments."""
        if self.score_keys is None or cell.identity is None or not self.usable:
            return [None] * count
        return self.score_keys.of(arguments, cell)

    def scored(self, key: str | None) -> list[Score] | None:
        """Earlier scores under this key."""
        if self.store is None or self.fresh or key is None:
            return None
        found = self.store.scored(key)
        if found is None:
            return None
        self.counts.scores += 1
        return [Score(name, score, metadata) for name, score, metadata in found.scores]

    def keep_scores(self, key: str | None, scores: Sequence[Score]) -> None:
        """Keep what a scorer answered."""
        if self.store is not None and key is not None:
            listed: list[tuple[str, float | None, dict[str, Any]]] = [
                (score.name, score.score, dict(score.metadata)) for score in scores
            ]
            self.store.put(key, Scored(time.time(), listed))

    def close(self) -> None:
        """Write what the store still holds back."""
        if self.store is not None:
            self.store.close()
