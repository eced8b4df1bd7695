"""What a query would read, as the store plans it, told without running it.

Each read of the span table is planned by itself, then once more with each of its filters alone: so it is measured, not
guessed, which filters an index serves. Sub-queries are not run for it (`SETTINGS`), so a read that another one narrows
is told as large as it can get.

Tenancy: a read keeps its object predicate. What the store says before that predicate was applied counts other
tenants' data, and node descriptions name the store's own things; both are left out, as everything that is not listed
here. Rows are told as blocks times their size, never counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import msgspec

from assay_server.engines.query.guard import CLAUSE_ENDS, Grant, Token, owner_at, split

SETTINGS = {"use_index_for_in_with_subqueries": 0}
BLOCK_ROWS = 1024
"""Rows of one block: `index_granularity` of the table."""

MAX_READS, MAX_FILTERS = 20, 20
"""Most reads, and most filters of one, that are planned; the others are not told."""

LARGE_BLOCKS = 10
"""From here on a read that nothing narrows is worth a word."""

Index = Literal["time", "trace", "id", "transaction", "words"]
Ask = Callable[[str], Mapping[str, Any]]
"""Plans one SELECT: the root of the store's plan."""

_OWNER = frozenset({"project_id", "object_id", "object_type"})
_KEYS: dict[str, Index] = {"created": "time", "root_span_id": "trace", "id": "id"}
_SKIPS: dict[str, Index] = {"ix_root": "trace", "ix_id": "id", "ix_xact": "transaction", "words": "words"}
_VALUES = frozenset(
    {"input", "output", "expected", "error", "metadata", "context", "origin", "extra", "facets"}
)
_STEPS = {
    "Filter": "filter", "Aggregating": "group", "Join": "join", "JoinLogical": "join", "Window": "window",
    "Sorting": "sort", "Distinct": "distinct", "Union": "union", "IntersectOrExcept": "union",
    "ArrayJoin": "unfold", "Limit": "limit",
}  # fmt: skip
_MESSAGES = {
    "reads_everything": "Every block of {what} is read. A filter by created, root_span_id, id, _xact_id, or search() "
    "would narrow it.",
    "opens_values": "{what} opens a JSON value of every row that is read. Narrow the rows first, or use search().",
    "join": "The right side of a JOIN is held in memory: let it be the smaller one, with few columns.",
    "group": "Groups are held in memory until every row was read.",
    "window": "Window functions see every row that passes the filters before the first one is shown.",
}


class FilterUse(msgspec.Struct, frozen=True):
    """One condition of WHERE as it was written. `index` serves it (none: it looks at every row that is read);
    `blocks` are left when it is the only one, null when that is known only while the query runs. `opens_values`: it
    looks into whole values such as input or output."""

    text: str
    index: Index | None
    blocks: int | None
    opens_values: bool = False


class ReadObject(msgspec.Struct, frozen=True):
    """An object that is read."""

    id: str
    name: str


class Read(msgspec.Struct, frozen=True):
    """One read of logs, an experiment or a dataset.

    `blocks` of `of_blocks` are left after the indexes, from `parts` parts; they hold at most `rows` rows. `narrowed`
    says that what another read finds narrows this one further.
    """

    object_type: str
    objects: list[ReadObject]
    parts: int
    blocks: int
    of_blocks: int
    rows: int
    filters: list[FilterUse]
    narrowed: bool


class Cost(msgspec.Struct, frozen=True):
    """Something that makes the query slow or large, and what helps."""

    code: str
    message: str


class Explanation(msgspec.Struct, frozen=True):
    """The answer of `POST /btql/explain`: reads, then steps in the order they are done, then what is expensive.

    `plan` is the store's plan as a tree of text. `more_reads` were not looked at.
    """

    reads: list[Read]
    steps: list[str]
    costs: list[Cost]
    warnings: list[dict[str, str]]
    plan: str
    more_reads: int = 0


class _Condition(msgspec.Struct, frozen=True):
    sql: str
    text: str | None  # as it was written; None for one of the compiler's own
    nested: bool  # holds a sub-query


class _Place(msgspec.Struct, frozen=True):
    """A mention of the span table: its text up to WHERE, the object predicate, and the other conditions."""

    table: str
    owner: str
    conditions: list[_Condition]

    def select(self, *conditions: _Condition) -> str:
        more = "".join(f" AND {one.sql}" for one in conditions)
        return f"SELECT id FROM {self.table}WHERE {self.owner}{more}"


def explain(
    sql: str,
    said: Mapping[str, str],
    names: Mapping[Grant, str],
    ask: Ask,
    warnings: Sequence[dict[str, str]],
) -> Explanation:
    """Explain compiled SQL. `said` gives each compiled condition as it was written, `names` those of its objects."""
    places = list({place.select(*place.conditions): place for place in _places(sql, said)}.values())
    named = {(kind, item): name for (_, kind, item), name in names.items()}
    reads = [_read(place, named, ask) for place in places[:MAX_READS]]
    root = ask(sql)
    steps = _steps(root)
    return Explanation(
        reads=reads,
        steps=steps,
        costs=costs_of(reads, steps),
        warnings=list(warnings),
        plan="\n".join(_lines(root)),
        more_reads=len(places[MAX_READS:]),
    )


def costs_of(reads: Sequence[Read], steps: Sequence[str]) -> list[Cost]:
    """What is expensive about reads and steps, each once."""
    found: list[tuple[str, str]] = []
    for read in reads:
        what = " and ".join(one.name for one in read.objects)
        if read.blocks >= LARGE_BLOCKS and read.blocks == read.of_blocks and not read.narrowed:
            found.append(("reads_everything", what))
        found += [
            ("opens_values", one.text) for one in read.filters if one.opens_values and one.index is None
        ]
    found += [(step, "") for step in ("join", "group", "window") if step in steps]
    return [Cost(code, _MESSAGES[code].format(what=what)) for code, what in dict.fromkeys(found)]


# -- the reads of compiled SQL -------------------------------------------------------------------------------


def _places(sql: str, said: Mapping[str, str]) -> Iterator[_Place]:
    tokens = split(sql)
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text == "spans":
            yield _place(sql, tokens, at, said)


def _place(sql: str, tokens: Sequence[Token], at: int, said: Mapping[str, str]) -> _Place:
    where = next(i for i in range(at, len(tokens)) if tokens[i].text == "WHERE")
    parts = list(_conjuncts(sql, tokens, where + 1))
    conditions = [_condition(part, said) for part in parts[3:]] + list(_beside(tokens, where, said))
    return _Place(sql[tokens[at].start : tokens[where].start], " AND ".join(parts[:3]), conditions)


def _beside(tokens: Sequence[Token], where: int, said: Mapping[str, str]) -> Iterator[_Condition]:
    """Conditions written beside a JOIN about this side alone, as they are in its own sub-query.

    The store moves them there; not so on a side that the join may fill with nulls.
    """
    close = _closing(tokens, where)
    alias = tokens[close + 2].text if tokens[close + 1 : close + 2] and tokens[close + 1].text == "AS" else ""
    if not alias.startswith("s") or _filled(tokens, where, close):
        return
    for sql, text in said.items():
        words = split(sql)
        owners = {one.text for one, dot in pairwise(words) if one.kind == "word" and dot.text == "."}
        if owners == {alias} and not any(one.text == "SELECT" for one in words):
            yield _Condition(re.sub(rf"\b{alias}\.", "", sql), text, nested=False)


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Where the parenthesis ends that a token stands in; the last token when it stands in none."""
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].text == "(") - (tokens[i].text == ")") if tokens[i].kind == "mark" else 0
        if depth < 0:
            return i
    return len(tokens) - 1


def _filled(tokens: Sequence[Token], where: int, close: int) -> bool:
    """Whether a join fills a side with nulls: it is joined by LEFT or FULL, or another to it by RIGHT or FULL."""
    depth, i = 0, where
    while depth >= 0:
        i -= 1
        depth += (tokens[i].text == ")") - (tokens[i].text == "(") if tokens[i].kind == "mark" else 0
    if tokens[i - 1].text == "JOIN" and tokens[i - 2].text in ("LEFT", "FULL"):
        return True
    depth = 0
    for one in tokens[close + 1 :]:
        depth += (one.text == "(") - (one.text == ")") if one.kind == "mark" else 0
        if depth < 0 or (depth == 0 and one.text == "WHERE"):
            return False
        if depth == 0 and one.text in ("RIGHT", "FULL"):
            return True
    return False


def _conjuncts(sql: str, tokens: Sequence[Token], at: int) -> Iterator[str]:
    """The texts between the ANDs of a WHERE, whose own conditions all stand in parentheses."""
    depth, start, end = 0, tokens[at].start, tokens[at].start
    for token in tokens[at:]:
        depth += (token.text in "([") - (token.text in ")]") if token.kind == "mark" else 0
        if depth < 0 or (depth == 0 and token.text in CLAUSE_ENDS):
            break
        if depth == 0 and token.text == "AND":
            yield sql[start:end]
            start = token.start + len("AND ")
        end = token.start + len(token.text)
    yield sql[start:end]


def _condition(sql: str, said: Mapping[str, str]) -> _Condition:
    bare = sql
    while bare not in said and bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1]
    nested = any(token.kind == "word" and token.text == "SELECT" for token in split(sql))
    return _Condition(sql, said.get(bare), nested)


# -- what the store says of them -----------------------------------------------------------------------------


def _read(place: _Place, names: Mapping[tuple[str, str], str], ask: Ask) -> Read:
    owner = owner_at(place.owner, 0)
    parts, blocks, _ = _selected(ask(place.select(*place.conditions)))
    _, whole, _ = _selected(ask(place.select()))
    written = [one for one in place.conditions if one.text is not None]
    return Read(
        object_type=owner.kind,
        objects=[ReadObject(item, names.get((owner.kind, item), item)) for item in owner.objects],
        parts=parts,
        blocks=blocks,
        of_blocks=whole,
        rows=blocks * BLOCK_ROWS,
        filters=[_use(place, one, ask) for one in written[:MAX_FILTERS]],
        narrowed=any(one.nested for one in place.conditions),
    )


def _use(place: _Place, condition: _Condition, ask: Ask) -> FilterUse:
    text = condition.text or ""
    if condition.nested:
        return FilterUse(text, None, None)
    _, blocks, index = _selected(ask(place.select(condition)))
    opened = any(token.kind == "word" and token.text in _VALUES for token in split(condition.sql))
    return FilterUse(text, index, blocks, opened)


def _selected(plan: Mapping[str, Any]) -> tuple[int, int, Index | None]:
    """Parts and blocks left of a read, and the index that served more than its object."""
    node = next((one for one in _nodes(plan) if one.get("Node Type") == "ReadFromMergeTree"), None)
    if node is None:  # nothing is left, or nothing is there
        return 0, 0, None
    indexes = node.get("Indexes") or []
    parts, blocks = (
        (int(indexes[-1][f"Selected {what}"]) for what in ("Parts", "Granules")) if indexes else (0, 0)
    )
    used: list[Index] = [name for one in indexes for name in _used(one)]
    return parts, blocks, used[-1] if used else None


def _used(index: Mapping[str, Any]) -> list[Index]:
    if index.get("Type") == "PrimaryKey":
        return [_KEYS[key] for key in index.get("Keys") or () if key in _KEYS]
    skip = _SKIPS.get(str(index.get("Name")))
    return [skip] if skip else []


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node, those done first before those that need them."""
    for below in plan.get("Plans") or ():
        yield from _nodes(below)
    yield plan


def _steps(root: Mapping[str, Any]) -> list[str]:
    return list(
        dict.fromkeys(_STEPS[kind] for one in _nodes(root) if (kind := one.get("Node Type")) in _STEPS)
    )


def _lines(node: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """The plan as text: kinds of nodes and the use of indexes, nothing else."""
    kind, indent = str(node.get("Node Type", "?")), "  " * depth
    below = depth
    if kind != "Expression":  # computes columns; every other line would be one
        yield f"{indent}{kind}"
        below = depth + 1
    for number, index in enumerate(node.get("Indexes") or ()):
        yield f"{indent}    {_index_line(index, first=number == 0)}"
    for one in node.get("Plans") or ():
        yield from _lines(one, below)


def _index_line(index: Mapping[str, Any], *, first: bool) -> str:
    name = str(index.get("Name") or index.get("Type", "?"))
    keys = f" ({', '.join(index['Keys'])})" if index.get("Keys") else ""
    counts = []
    for what, word in (("Parts", "parts"), ("Granules", "blocks")):
        selected, initial = index.get(f"Selected {what}"), index.get(f"Initial {what}")
        # before the first index, everybody's data is counted; the last one may widen what is left again
        whole = first or selected is None or initial is None or selected > initial
        counts.append(f"{selected} {word}" if whole else f"{selected} of {initial} {word}")
    condition = f", where {index['Condition']}" if index.get("Condition") not in (None, "true") else ""
    return f"{name}{keys}: {', '.join(counts)}{condition}"
