"""What sets some traces of a project apart from the others: fields whose values are more or less common in them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from assay_server.engines.query import QueryRequest
from assay_server.engines.query.parse import check_condition
from assay_server.engines.stats import ALPHA, benjamini_hochberg
from assay_server.engines.stats.unpaired import counted_shares

if TYPE_CHECKING:
    from assay_server.engines.authz import Actor, ObjectRef
    from assay_server.services import Services

MAX_FIELDS = 24
MAX_VALUES = 100
"""Values of one field that are looked at, those that most of the chosen traces have first."""

MIN_TRACES = 5
"""A value that fewer traces have is not tested. Their number does not depend on which traces were chosen."""

SAMPLE = 300
DEEPEST = 3
LONGEST = 60
"""Fields are those of the newest `SAMPLE` spans on either side, `DEEPEST` keys down, with values to choose by."""

_AT_ONCE = 4
_TASK = "(span_attributes.purpose IS NULL OR span_attributes.purpose != 'scorer')"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

Predicates = list[str]
Scalar = str | int | float | bool


class Choice(BaseModel):
    """Which traces are looked at, and which of them are told apart from the others."""

    model_config = ConfigDict(extra="forbid")

    where: Predicates = Field(
        min_length=1,
        max_length=50,
        description="SQL predicates on spans. A trace is chosen when one of its spans fulfils them all.",
    )
    within: Predicates = Field(
        default_factory=list,
        max_length=50,
        description="Predicates that both sides fulfil, such as a time range; every trace of the project without.",
    )


class Distinction(BaseModel):
    """A value that is more (or less) common among the chosen traces than among the others.

    `chosen` and `others` count the traces of which a span has it, `difference` is that of their shares with its 95 %
    interval, `p` is corrected over everything that was tested. `where` finds the spans that have the value.
    """

    field: str
    value: Scalar
    where: str
    chosen: int
    others: int
    share: float
    other_share: float
    difference: float
    interval: tuple[float, float]
    p: float


class Distinctions(BaseModel):
    """Distinctions that hold with at most 5 % of false ones expected among them, the largest first.

    `chosen` and `others` count the traces on both sides, `tested` the values. `left_out` are fields that `where` is
    about, which say nothing new, and fields with a value of its own in nearly every trace.
    """

    chosen: int
    others: int
    tested: int
    left_out: list[str]
    distinctions: list[Distinction]


@dataclass(frozen=True, slots=True)
class Facet:
    """A field: what the spans must be like to count, and the SQL of its value; `unnested` for the members of a list."""

    name: str
    sql: str
    needs: str
    unnested: bool = False

    def where(self, value: Scalar) -> str:
        """The predicate on a span that finds a value."""
        if self.name == "error":
            return "error IS NOT NULL"
        return f"{self.sql} {'INCLUDES' if self.unnested else '='} {_literal(value)}"


_NAME = "span_attributes.name"
FIXED = (
    Facet("error", "error IS NOT NULL", "error IS NOT NULL"),
    Facet("tool", _NAME, "span_attributes.type = 'tool'"),
    Facet("step", _NAME, "(span_attributes.type IS NULL OR span_attributes.type NOT IN ('tool', 'score'))"),
    Facet("tags", "tags", "tags IS NOT NULL", unnested=True),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Values of a field with the number of chosen traces and of all traces that have each; `distinct` values in all."""

    facet: Facet
    values: list[tuple[Scalar, int, int]]
    distinct: int


async def distinctions(services: Services, actor: Actor, logs: ObjectRef, choice: Choice) -> Distinctions:
    """Compare the chosen traces with the others. Raises QueryError for a predicate that cannot be understood."""
    for condition in (*choice.within, *choice.where):
        check_condition(condition)
    reader = _Reader(services, actor, logs.object_id, choice)
    chosen, total = await reader.sizes()
    if not 0 < chosen < total:
        return Distinctions(chosen=chosen, others=total - chosen, tested=0, left_out=[], distinctions=[])
    facets = [*FIXED, *await reader.metadata()]
    told = [facet for facet in facets if not is_about(choice.where, facet)]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def counted(facet: Facet) -> Counted:
        async with gate:
            return await reader.counted(facet)

    found = await asyncio.gather(*map(counted, told))
    ids = [one for one in found if _is_id(one)]
    rest = [one for one in found if one not in ids]
    tested, telling = judged(rest, chosen, total)
    left_out = [facet.name for facet in facets if facet not in told] + [one.facet.name for one in ids]
    return Distinctions(
        chosen=chosen, others=total - chosen, tested=tested, left_out=left_out, distinctions=telling
    )


def judged(found: Sequence[Counted], chosen: int, total: int) -> tuple[int, list[Distinction]]:
    """How many values were tested, and those that set the chosen traces apart, what is surest to differ most first.

    Values of a field that were not read count as tested and not found: which were read depends on the choice.
    """
    rows = [
        (one.facet, value, mine, having - mine)
        for one in found
        for value, mine, having in one.values
        if MIN_TRACES <= having < total
    ]
    differences = [counted_shares(mine, chosen, theirs, total - chosen) for _, _, mine, theirs in rows]
    unread = sum(one.distinct - len(one.values) for one in found)
    adjusted = benjamini_hochberg([*[one.p for one in differences], *[1.0] * unread])
    telling = [
        Distinction(
            field=facet.name,
            value=value,
            where=facet.where(value),
            chosen=mine,
            others=theirs,
            share=mine / chosen,
            other_share=theirs / (total - chosen),
            difference=difference.diff,
            interval=difference.interval,
            p=p,
        )
        for (facet, value, mine, theirs), difference, p in zip(rows, differences, adjusted, strict=False)
        if p is not None and p <= ALPHA and difference.interval is not None and difference.diff is not None
    ]
    telling.sort(key=lambda one: (-_sure(one.interval), one.field, str(one.value)))
    return len(rows) + unread, telling


def _sure(interval: tuple[float, float]) -> float:
    """How far from zero the interval is."""
    low, high = interval
    return max(low, -high, 0.0)


def _is_id(one: Counted) -> bool:
    """Whether the values are nearly all different: ids, which tell one trace from another and not a kind of traces."""
    if one.distinct <= MAX_VALUES or one.facet in FIXED:
        return False
    return not any(all_ >= MIN_TRACES for _, _, all_ in one.values)


def is_about(predicates: Sequence[str], facet: Facet) -> bool:
    """Whether a predicate names the field: that the chosen traces differ in it is how they were chosen."""
    named = "error" if facet.name == "error" else facet.sql
    pattern = re.compile(rf"(?<![\w.\"'])(?:{re.escape(named)})(?![\w\"'])", re.IGNORECASE)
    return any(pattern.search(text) for text in predicates)


class _Reader:
    """The queries about one choice. All of them go through the query engine, with the permissions of who asks."""

    def __init__(self, services: Services, actor: Actor, object_id: str, choice: Choice) -> None:
        self._query, self._actor = services.query, actor
        self._source = f"project_logs({_literal(object_id)}"
        self._within = [f"({text}\n)" for text in choice.within]
        where = " AND ".join([*self._within, *(f"({text}\n)" for text in choice.where)])
        self._traces = f"SELECT root_span_id FROM {self._source}, shape => 'summary') WHERE {where}"
        self._mine = (
            f"count(DISTINCT CASE WHEN root_span_id IN ({self._traces}) THEN root_span_id END) AS mine"
        )

    async def _ask(self, columns: str, *conditions: str, turn: str = "", tail: str = "") -> list[Any]:
        where = " AND ".join([*self._within, *conditions]) or "true"
        sql = f"SELECT {columns} FROM {self._source}){turn} WHERE {where} {tail}"
        return (await self._query.run(self._actor, QueryRequest(query=sql))).rows

    async def sizes(self) -> tuple[int, int]:
        """Chosen traces, and all of them."""
        (row,) = await self._ask(f"{self._mine}, count(DISTINCT root_span_id) AS total")
        return row["mine"], row["total"]

    async def metadata(self) -> list[Facet]:
        """Fields below `metadata` that the newest spans of either side have, the most frequent first."""
        newest = f"ORDER BY created DESC LIMIT {SAMPLE}"
        sides = await asyncio.gather(
            self._ask("metadata", _TASK, "metadata IS NOT NULL", tail=newest),
            self._ask(
                "metadata", _TASK, "metadata IS NOT NULL", f"root_span_id IN ({self._traces})", tail=newest
            ),
        )
        times: dict[str, int] = {}
        for row in (row for rows in sides for row in rows):
            for path in _leaves(row["metadata"], ["metadata"]):
                times[path] = times.get(path, 0) + 1
        names = sorted(times, key=lambda name: (-times[name], name))[:MAX_FIELDS]
        return [Facet(name, name, f"{_TASK} AND {name} IS NOT NULL") for name in names]

    async def counted(self, facet: Facet) -> Counted:
        """The values of a field."""
        turn = f" UNPIVOT (value FOR _ IN ({facet.sql}))" if facet.unnested else ""
        value = "value" if facet.unnested else f"{facet.sql} AS value"
        counts = f"{value}, {self._mine}, count(DISTINCT root_span_id) AS total"
        tail = f"GROUP BY 1 ORDER BY mine DESC, total DESC LIMIT {MAX_VALUES + 1}"
        rows = await self._ask(counts, facet.needs, turn=turn, tail=tail)
        distinct = len(rows)
        if distinct > MAX_VALUES:
            of = "value" if facet.unnested else facet.sql
            (row,) = await self._ask(f"count(DISTINCT {of}) AS n", facet.needs, turn=turn)
            distinct = row["n"]
        values = [
            (row["value"], row["mine"], row["total"])
            for row in rows[:MAX_VALUES]
            if isinstance(row["value"], Scalar) and len(str(row["value"])) <= LONGEST
        ]
        return Counted(facet, values, distinct)


def _leaves(value: Any, above: list[str]) -> Iterator[str]:
    """Paths to values that can be chosen by."""
    if isinstance(value, Mapping) and len(above) <= DEEPEST:
        for key, member in value.items():
            yield from _leaves(member, [*above, key])
    elif len(above) > 1 and isinstance(value, Scalar) and len(str(value)) <= LONGEST:
        yield ".".join(_quoted(part) for part in above)


def _quoted(part: str) -> str:
    return part if _PLAIN.match(part) else '"' + part.replace('"', '""') + '"'


def _literal(value: Scalar) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower() if isinstance(value, bool) else repr(value)
