"""Cells: one trial of one case, known by its content, so that a later run can tell what it has already.

Two names for a cell, both made of content and never of position:

- its *rows*: ids made of experiment, case and trial. Running it again in the same experiment (`resume`)
  replaces its rows instead of adding to them.
- its *key*: the case as the task sees it, the version of the task, the parameters and the trial. Runs with
  `cache=True` look for its answer in earlier runs by this key; likewise a score by scorer version and arguments.

Cases with equal content are told apart by counting them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from assay.evals.calls import Arguments, ScorerCall
from assay.evals.canonical import Unstable, canonical, digest, is_plain_json
from assay.evals.cases import EvalCase
from assay.evals.closure import version_of
from assay.tracing.idgen import span_id_of

_FIRST_SLOTS = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of a task and its scorers; None for those whose results must not be reused."""

    task: str | None
    scorers: dict[str, str | None] = field(default_factory=dict[str, str | None])

    @classmethod
    def of(
        cls, task: Any, scorers: Sequence[Any], names: Iterable[str], *, cache_key: str | None = None
    ) -> Versions:
        """Hash the code of an evaluation; `cache_key` stands in for the task's."""
        return cls(
            task=cache_key or version_of(task),
            scorers={name: version_of(scorer) for name, scorer in zip(names, scorers, strict=True)},
        )

    def as_json(self) -> dict[str, Any]:
        """What an experiment's metadata says about the code it ran."""
        return {"task": self.task, "scorers": self.scorers}


@dataclass(slots=True)  # frozen would cost more than all the rest: one is made for every trial
class Cell:
    """One trial of one case. `identity` names it in an experiment, `key` its answer among all runs' (None: its
    content has no lasting form, or its answer must not be reused). `draw` tells apart trials and equal cases.
    """

    trial: int
    identity: bytes | None
    key: str | None
    draw: bytes = b""


@dataclass(slots=True)
class RowBits:
    """The ids of a cell's own rows: 128 bits for the root row, the trace's id."""

    root: int
    root_span_id: str

    @property
    def span_id(self) -> str:
        """The span id of the root row."""
        return span_id_of(self.root)

    def child(self, name: str) -> int:
        """The bits of the row of that name directly below the root."""
        return self.root ^ _name_bits(name)


class Occurrences:
    """Counts equal hashes in 8 to 16 bytes each: an open-addressed table, for runs of any length."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._used = 0
        self._repeats: dict[int, int] = {}

    def count(self, hashed: bytes) -> int:
        """How often this hash was given before."""
        value = int.from_bytes(hashed[:8], "big") or 1  # 0 is an empty slot
        slots, mask = self._slots, len(self._slots) - 1
        place = value & mask
        while (found := slots[place]) and found != value:
            place = (place + 1) & mask
        if found:
            self._repeats[value] = seen = self._repeats.get(value, 0) + 1
            return seen
        slots[place] = value
        self._used += 1
        if self._used * 3 > len(slots) * 2:
            self._grow()
        return 0

    def _grow(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
        slots, mask = self._slots, len(self._slots) - 1
        for value in old:
            if value:
                place = value & mask
                while slots[place]:
                    place = (place + 1) & mask
                slots[place] = value


class CellMaker:
    """Names the cells of one evaluation, case by case in the order of the data.

    `sees_case`: the task takes hooks, so expectation, metadata and tags are part of what it answers to; without
    them a corrected expectation keeps the answer and only the scores are made again.
    """

    def __init__(
        self, project: str, versions: Versions, parameters: Mapping[str, Any], *, sees_case: bool
    ) -> None:
        self._arguments = (project, versions, parameters, sees_case)
        self._sees_case = sees_case
        self._contents, self._inputs = Occurrences(), Occurrences()
        self._base: bytes | None = None
        try:
            if versions.task is not None:
                self._base = digest(canonical(project), versions.task.encode(), canonical(dict(parameters)))
        except Unstable:
            pass

    def anew(self) -> CellMaker:
        """The same with nothing counted yet."""
        project, versions, parameters, sees_case = self._arguments
        return CellMaker(project, versions, parameters, sees_case=sees_case)

    def cells(self, case: EvalCase, trials: int) -> list[Cell]:
        """The cells of the next case."""
        try:
            content = digest(canonical((case.input, case.expected, case.metadata, case.tags)))
        except Unstable:
            return [Cell(trial, None, None) for trial in range(trials)]
        nth = self._contents.count(content)
        visible, visible_nth = content, nth
        if not self._sees_case:
            visible = digest(canonical(case.input))
            visible_nth = self._inputs.count(visible)
        base = self._base
        return [
            Cell(
                trial,
                b"%b%d.%d" % (content, nth, trial),
                None if base is None else digest(base, visible, b"%d.%d" % (visible_nth, trial)).hex(),
                b"%d.%d" % (nth, trial),
            )
            for trial in range(trials)
        ]


def row_bits(salt: bytes, identity: bytes) -> RowBits:
    """The ids of a cell's rows in the experiment that `salt` stands for."""
    found = blake2b(identity, digest_size=32, key=salt).digest()
    return RowBits(int.from_bytes(found[:16], "big"), found[16:].hex())


class ScoreKeys:
    """The keys of the scores of one output: each scorer's by its version and the arguments it takes."""

    def __init__(self, calls: Sequence[ScorerCall], versions: Versions) -> None:
        self._reads: list[tuple[bytes, tuple[str, ...]] | None] = []
        for call in calls:
            version, reads = versions.scorers.get(call.name), call.reads
            usable = version is not None and "trace" not in reads
            self._reads.append((f"{call.name} {version}".encode(), reads) if usable else None)
        self._wanted = {name for found in self._reads if found for name in found[1]}

    def of(self, arguments: Arguments, cell: Cell) -> list[str | None]:
        """One key a scorer; None where there is none. All None when an argument has no lasting form.

        The draw is part of a key: a judge asked about three trials of one answer is asked three times.
        """
        try:
            texts = {name: canonical(arguments[name]) for name in self._wanted}
        except Unstable:
            return [None] * len(self._reads)
        return [
            None if found is None else digest(found[0], cell.draw, *(texts[name] for name in found[1])).hex()
            for found in self._reads
        ]


def reusable(output: Any, metadata: Any, tags: Any) -> bool:
    """Whether an answer read back from JSON is the answer: anything else would surprise a scorer."""
    return is_plain_json(output) and is_plain_json(metadata) and is_plain_json(tags)


_names: dict[str, int] = {}


def _name_bits(name: str) -> int:
    bits = _names.get(name)
    if bits is None:
        bits = _names[name] = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")
    return bits
