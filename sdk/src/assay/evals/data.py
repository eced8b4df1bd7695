"""Where cases come from: lists, generators, functions, datasets, the results of another experiment.

A source is read one case at a time while earlier cases run, so an evaluation of a million rows holds only
those in flight. Generators advance on the caller's own thread: a database cursor may be tied to it.
"""

from __future__ import annotations

import functools
import inspect
import random
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from assay.core.mustache import to_text
from assay.datasets import Dataset
from assay.evals.canonical import case_key
from assay.evals.cases import EvalCase

if TYPE_CHECKING:
    from assay.evals.threads import ThreadPool


@dataclass(frozen=True, slots=True)
class BaseExperiment:
    """As `data=`: the cases of an earlier experiment, each expecting what it expected or, failing that, gave.

    `name` is an experiment of the same project; None means the one this evaluation is compared with.
    """

    name: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Keeps cases whose value at `path` (`input.genre`, `metadata.tier`, `tags`…) matches `pattern`."""

    path: tuple[str, ...]
    pattern: re.Pattern[str]

    def keeps(self, case: EvalCase) -> bool:
        """Whether the case stays. A list matches when one of its members does, an absent value never."""
        value: Any = getattr(case, self.path[0])
        for key in self.path[1:]:
            value = _child(value, key)
        members = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else [value]
        return any(member is not None and self.pattern.search(to_text(member)) for member in members)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Keeps cases that have one of these inputs (`case_key`), or come from one of these rows of a dataset."""

    inputs: frozenset[str]
    row_ids: frozenset[str] = frozenset()

    def keeps(self, case: EvalCase) -> bool:
        """Whether the case stays."""
        return (case.origin or {}).get("id") in self.row_ids or case_key(case, ("input",)) in self.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which cases of a source run: those all `filters` keep; of these the `first` N, or N drawn by `sample`.

    `seed` makes the draw repeatable; drawn cases keep their order.
    """

    filters: tuple[CaseFilter | CaseSet, ...] = ()
    first: int | None = None
    sample: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.sample is not None:
            raise ValueError("give either first or sample: both choose how many cases run")
        for name, count in (("first", self.first), ("sample", self.sample)):
            if count is not None and count < 1:
                raise ValueError(f"{name} is {count}: give 1 or more")


def parse_filter(text: str) -> CaseFilter:
    """Read `path=regex`, such as `metadata.tier=^gold$` or `input.genre=jazz`.

    Raises ValueError when there is no `=`, the path starts elsewhere than in a case, or the regex is wrong.
    """
    path, equals, pattern = text.partition("=")
    keys = tuple(path.strip().split("."))
    if not equals or keys[0] not in ("input", "expected", "metadata", "tags", "id"):
        raise ValueError(
            f"{text!r} is not a filter: write path=regex, "
            "with a path that starts with input, expected, metadata, tags or id"
        )
    try:
        return CaseFilter(keys, re.compile(pattern))
    except re.error as error:
        raise ValueError(f"the filter {text!r} has a broken regular expression: {error}") from error


@dataclass(slots=True)
class Source:
    """Cases to come, and how many when that is known beforehand. `sized`: they are all in memory anyway."""

    cases: AsyncIterator[EvalCase]
    total: int | None
    sized: bool = False


async def open_source(data: Any, selection: Selection, pool: ThreadPool) -> Source:
    """Start reading `data`, which may also be a function (sync or async) or class that gives it.

    Raises TypeError when it is nothing cases can be read from. Errors of the source itself arise while
    reading.
    """
    data = await resolve(data)
    if isinstance(data, Dataset):
        data = await pool.run(functools.partial(dataset_cases, data))
    sized = isinstance(data, list | tuple)
    total = len(cast("Sized", data)) if sized else None
    if total is not None and not selection.filters:
        total = min(total, selection.first or selection.sample or total)
    elif selection.filters:
        total = None
    return Source(_selected(_read(data), selection), total, sized)


async def listed(cases: Sequence[EvalCase]) -> AsyncIterator[EvalCase]:
    """Cases that have been read already."""
    for case in cases:
        yield case


async def resolve(data: Any) -> Any:
    """Call functions and await awaitables until there is something to read."""
    while callable(data) or inspect.isawaitable(data):
        data = await data if inspect.isawaitable(data) else cast("Any", data())
    return data


def _read(data: Any) -> AsyncIterator[EvalCase]:
    if isinstance(data, AsyncIterable):
        return _read_async(cast("AsyncIterable[Any]", data))
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | dict):
        return _read_inline(cast("Iterable[Any]", data))
    kind = type(cast("object", data)).__name__
    raise TypeError(
        f"data is {kind}: give a list of cases, a generator, a dataset, or a function that returns one"
    )


async def _read_async(rows: AsyncIterable[Any]) -> AsyncIterator[EvalCase]:
    async for row in rows:
        yield EvalCase.of(row)


async def _read_inline(rows: Iterable[Any]) -> AsyncIterator[EvalCase]:
    for row in rows:
        yield EvalCase.of(row)


def dataset_cases(dataset: Dataset) -> list[EvalCase]:
    """The rows of a dataset, oldest first, as cases whose origin is the row. Waits for the server.

    The whole dataset is read at once: its version, which the experiment records, is that of its newest row.
    """
    dataset_id = dataset.id
    return [_row_case(row, dataset_id) for row in reversed(dataset.fetched_data)]


def _row_case(row: Mapping[str, Any], dataset_id: str) -> EvalCase:
    reference = {key: row[key] for key in ("id", "_xact_id", "created") if row.get(key) is not None}
    case = EvalCase.of(row)
    case.origin = {"object_type": "dataset", "object_id": dataset_id, **reference}
    return case


async def _selected(cases: AsyncIterator[EvalCase], selection: Selection) -> AsyncIterator[EvalCase]:
    if selection.sample is not None:
        for case in await _draw(cases, selection):
            yield case
        return
    left = selection.first
    async for case in cases:
        if all(rule.keeps(case) for rule in selection.filters):
            yield case
            left = None if left is None else left - 1
            if left == 0:
                return


async def _draw(cases: AsyncIterator[EvalCase], selection: Selection) -> list[EvalCase]:
    """A uniform sample in source order, holding no more than the sample (reservoir)."""
    size = selection.sample or 0
    chooser = random.Random(selection.seed)
    kept: list[tuple[int, EvalCase]] = []
    seen = 0
    async for case in cases:
        if not all(rule.keeps(case) for rule in selection.filters):
            continue
        if len(kept) < size:
            kept.append((seen, case))
        elif (place := chooser.randrange(seen + 1)) < size:
            kept[place] = (seen, case)
        seen += 1
    return [case for _, case in sorted(kept, key=lambda pair: pair[0])]


def _child(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).get(key)
    if isinstance(value, list) and key.isdecimal():
        items = cast("list[Any]", value)
        return items[int(key)] if int(key) < len(items) else None
    return None
