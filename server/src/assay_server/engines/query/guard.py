"""A second look at the SQL before it leaves: it must read nothing but the span table, and only granted objects.

The compiler writes every character itself, so this never fires unless the compiler has a bug. It does not trust it: it
splits the text anew, refuses every word it does not know, and checks the predicate behind each mention of the table.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from assay_server.engines.query import schema
from assay_server.engines.query.literals import quote
from assay_server.errors import AssayError

Grant = tuple[str, str, str]
"""(project id, object type, object id) that the actor may read."""

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>'(?:[^'\\]|\\.)*')|(?P<quoted>`(?:[^`\\]|\\.)*`)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<mark>->|<=|>=|!=|<|>|=|[-+*/%(),.\[\]:^])",
    re.DOTALL,
)
_ONE_OF = r"(?:IN \((?P<{0}>[^()]*)\)|= (?P<{0}_1>'(?:[^'\\]|\\.)*'))"
_PREDICATE = re.compile(
    rf"project_id {_ONE_OF.format('projects')} AND object_type = (?P<type>'\w+') "
    rf"AND object_id {_ONE_OF.format('objects')}",
    re.DOTALL,
)
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEYWORDS = _words(
    """SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET AS AND OR NOT IN LIKE ILIKE ASC DESC NULLS FIRST
    LAST NULL true false FINAL ARRAY JOIN LEFT RIGHT FULL CROSS ON UNION ALL INTERSECT EXCEPT OVER PARTITION ROWS RANGE
    BETWEEN UNBOUNDED PRECEDING FOLLOWING CURRENT ROW FILTER export"""
)
_FUNCTIONS = _words(
    """CAST lower upper lowerUTF8 upperUTF8 trimBoth concat replaceAll replaceOne replaceRegexpOne substringUTF8
    startsWith endsWith position positionUTF8 lengthUTF8 length leftPad toString toJSONString isValidJSON
    JSONExtractRaw JSONExtractString JSONExtractArrayRaw JSONExtractKeys JSONExtractKeysAndValuesRaw JSONLength ifNull
    nullIf coalesce isNull isNotNull if multiIf empty notEmpty has hasAny hasAllTokens hasAnyTokens arrayExists
    arrayElement arrayZip emptyArrayString map mapKeys mapValues mapFilter tuple tupleElement toNullable toFloat64
    toFloat64OrNull toUInt64 toUInt64OrNull accurateCastOrNull toDateTime64 parseDateTime64BestEffortOrNull
    toUnixTimestamp64Micro fromUnixTimestamp64Micro toInt64 now64 toStartOfInterval toStartOfDay toSecond toMinute
    toHour toDayOfMonth toDayOfWeek toISOWeek toMonth toQuarter toYear toIntervalMicrosecond toIntervalMillisecond
    toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth toIntervalQuarter
    toIntervalYear round abs floor ceil sqrt exp log log10 sign pow trunc least greatest bitOr bitShiftLeft bitAnd
    cityHash64 count countIf uniqExact sumOrNull sumKahanOrNull sumIfOrNull avgOrNull minOrNull maxOrNull min max minIf
    minIfOrNull anyOrNull any quantileExactInclusiveOrNull stddevSampOrNull varSampOrNull groupArray argMin avgMap
    arrayConcat arrayMap arrayStringConcat substring
    row_number rank dense_rank arrayJoin JSONExtract percent_rank cume_dist lag lead first_value last_value ntile"""
)
_BEFORE_PARENTHESIS = _words(
    "IN AND OR NOT WHERE FROM JOIN ON BY SELECT OVER FILTER HAVING AS ALL DISTINCT UNION BETWEEN"
)
_TYPES = _words("String Int64 UInt64 Float64 Bool Nullable DateTime64 Map")
_PHYSICAL = frozenset(name for column in schema.SPAN_COLUMNS.values() for name in column.reads) | frozenset(
    {
        "_pagination_key",
        "_seq",
        "_deleted",
        *schema.ATTRIBUTE_COLUMNS,
        *schema.NUMBER_MAPS.values(),
        "metadata_x",
        "cost_x",
        "author",
    }
)
_KNOWN = _KEYWORDS | _FUNCTIONS | _TYPES | _PHYSICAL | {"spans", "trace", "k", "v", "e"}
_GENERATED = re.compile(r"[cksqu]\d+")
CLAUSE_ENDS = frozenset({"GROUP", "ORDER", "LIMIT", "HAVING", "OFFSET", "UNION", "INTERSECT", "EXCEPT"})
"""What ends a WHERE."""


class EscapedQuery(AssayError):
    """The compiled query would have read something it must not. Nothing was run."""

    status, code = 500, "query_guard"


@dataclass(frozen=True, slots=True)
class Owner:
    """What an object predicate lets be read, and where it ends."""

    projects: list[str]
    kind: str
    objects: list[str]
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of compiled SQL: its kind (a group of the pattern), its text, and where it begins."""

    kind: str
    text: str
    start: int


def check(sql: str, granted: Set[Grant], trace_id: str | None = None) -> None:
    """Raise EscapedQuery unless every table read is `spans` within granted objects, and within the trace if one is
    given."""
    tokens = split(sql)
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else Token("", "", 0)
        if token.kind == "word":
            _check_word(token, before, tokens[at + 1] if at + 1 < len(tokens) else None)
        elif token.kind == "quoted" and before.text not in (".", "^", "AS"):
            raise EscapedQuery(f"unexpected name at {token.start}")
        if token.text in ("FROM", "JOIN") and before.text != "ARRAY":
            _check_table(tokens, at + 1, array_join=before.text == "ARRAY")
        if token.kind == "word" and token.text == "spans":
            _check_predicate(sql, tokens, at, granted, trace_id)


def split(sql: str) -> list[Token]:
    """The pieces of compiled SQL without its blanks. Raises EscapedQuery for what the compiler never writes."""
    tokens, at = [], 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None:
            raise EscapedQuery(f"unexpected character at {at}")
        at = found.end()
        if found.lastgroup != "space":
            tokens.append(Token(str(found.lastgroup), found[0], found.start()))
    return tokens


def _check_word(token: Token, before: Token, after: Token | None) -> None:
    if token.text not in _KNOWN and not _GENERATED.fullmatch(token.text):
        raise EscapedQuery(f"unexpected word {token.text!r}")
    called = after is not None and after.text == "("
    if called and token.text not in _FUNCTIONS | _BEFORE_PARENTHESIS | _TYPES:
        raise EscapedQuery(f"unexpected call of {token.text!r}")
    if token.text == "spans" and before.text != "FROM":
        raise EscapedQuery("the span table stands in the wrong place")


def _check_table(tokens: list[Token], at: int, *, array_join: bool) -> None:
    following = tokens[at].text if at < len(tokens) else ""
    if not array_join and following not in ("(", "spans"):
        raise EscapedQuery(f"unexpected table {following!r}")


def _check_predicate(
    sql: str, tokens: list[Token], at: int, granted: Set[Grant], trace_id: str | None
) -> None:
    """Behind `spans`: [FINAL] [ARRAY JOIN …] WHERE, the object predicate first, and no OR beside it."""
    where = next((i for i in range(at, len(tokens)) if tokens[i].text == "WHERE"), None)
    between = {token.text for token in tokens[at + 1 : where]} if where is not None else {"("}
    if where is None or ("(" in between and "ARRAY" not in between) or between & {"SELECT", "FROM", "UNION"}:
        raise EscapedQuery("the span table is read without a predicate")
    owner = owner_at(sql, tokens[where + 1].start)
    for item in owner.objects:
        if not any((project, owner.kind, item) in granted for project in owner.projects):
            raise EscapedQuery("the query reads an object that was not granted")
    if trace_id is not None and not sql.startswith(f" AND root_span_id = {quote(trace_id)}", owner.end):
        raise EscapedQuery("the query reads beyond the trace that was granted")
    _refuse_or(tokens, where + 1)


def owner_at(sql: str, at: int) -> Owner:
    """The object predicate that stands at a place. Raises EscapedQuery when there is none."""
    found = _PREDICATE.match(sql, at)
    if found is None:
        raise EscapedQuery("the span table is read without its object predicate")
    projects, objects = (
        [text[1:-1] for text in _TEXT.findall(found[name] or found[f"{name}_1"])]
        for name in ("projects", "objects")
    )
    return Owner(projects, found["type"][1:-1], objects, found.end())


def _refuse_or(tokens: list[Token], at: int) -> None:
    depth = 0
    for token in tokens[at:]:
        depth += (token.text in "([") - (token.text in ")]") if token.kind == "mark" else 0
        if depth < 0 or (depth == 0 and token.text in CLAUSE_ENDS):
            return
        if depth == 0 and token.text == "OR":
            raise EscapedQuery("a condition stands beside the object predicate")
