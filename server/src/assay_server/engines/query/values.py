"""Typed expressions and their conversions.

A `Value` pairs a ClickHouse expression with what it holds. A JSON value remembers the document and the path below it,
so that the form that is needed (JSON text, number, decoded string …) is read straight from the document, or from the
`metadata_x` index where one exists, instead of by way of another form.

Missing is NULL for every kind but two: JSON text is missing when it is '', 'null' or NULL, a list when it is empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assay_server.engines.query.literals import number as number_literal
from assay_server.engines.query.literals import parse_time, quote
from assay_server.engines.query.literals import time as time_literal
from assay_server.engines.query.types import Kind

NOT_LITERAL: Any = object()
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d+)?([eE][+-]?\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Value:
    """An expression.

    `steps` (JSON only) is a path below `sql`; `index` is the `metadata_x` subcolumn of that same path; `members` are
    the elements of a written list, `fields` those of a written object; `literal` is the Python value of a constant;
    `column` is the span column the value comes from, `searched` tells that the text index covers it.
    """

    kind: Kind
    sql: str
    literal: Any = NOT_LITERAL
    steps: tuple[str | int, ...] = ()
    index: str | None = None
    members: tuple[Value, ...] | None = None
    fields: tuple[tuple[str, Value], ...] | None = None
    column: str | None = None
    searched: bool = False

    @property
    def is_literal(self) -> bool:
        """Whether the value is a constant known while compiling."""
        return self.literal is not NOT_LITERAL


NULL = Value(Kind.NULL, "NULL", None)


def constant(value: str | int | float | bool | None) -> Value:
    """A literal."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return Value(Kind.BOOL, "true" if value else "false", value)
    if isinstance(value, (int, float)):
        return Value(Kind.NUMBER, number_literal(value), value)
    return Value(Kind.TEXT, quote(value), value)


def truth(sql: str) -> Value:
    """A boolean expression."""
    return Value(Kind.BOOL, sql)


def _steps(value: Value) -> str:
    written = [
        quote(step) if isinstance(step, str) else str(step + 1 if step >= 0 else step) for step in value.steps
    ]
    return "".join(f", {step}" for step in written)


def json_text(value: Value) -> str:
    """The JSON text of a JSON value; '' (or NULL) when missing."""
    return f"JSONExtractRaw({value.sql}{_steps(value)})" if value.steps else value.sql


def present(value: Value) -> str:
    """JSON text of a JSON value that is not NULL: an array cannot be inside one."""
    text = json_text(value)
    return text if value.sql == value.column else f"ifNull({text}, '')"


def as_json(value: Value) -> str:
    """JSON text of any kind, NULL when missing: the form in which mixed kinds meet."""
    match value.kind:
        case Kind.JSON if value.index:
            nested = f"nullIf(toJSONString({_nested(value.index)}), '{{}}')"
            return f"ifNull(toJSONString({value.index}), {nested})"
        case Kind.JSON:
            return f"nullIf(nullIf({json_text(value)}, ''), 'null')"
        case Kind.NULL:
            return "CAST(NULL AS Nullable(String))"
        case Kind.NUMBER:
            return f"toString({value.sql})"
        case Kind.BOOL:
            return f"if({value.sql}, 'true', 'false')" if value.is_literal else as_text(value)
        case Kind.LIST:
            return f"toJSONString({as_list(value)})"
    return f"nullIf(toJSONString({as_text(value)}), 'null')"


def _nested(index: str) -> str:
    column, _, path = index.partition(".")
    return f"{column}.^{path}"


def is_null(value: Value) -> str:
    """Whether the value is missing."""
    match value.kind:
        case Kind.JSON:
            return f"(ifNull({json_text(value)}, '') IN ('', 'null'))"
        case Kind.LIST:
            return f"empty({value.sql})"
        case Kind.NULL:
            return "true"
    return f"isNull({value.sql})"


def as_text(value: Value, *, strict: bool = False) -> str:
    """Text, NULL when missing. `strict` reads JSON strings only; otherwise other JSON values give their JSON text."""
    match value.kind:
        case Kind.TEXT:
            return value.sql
        case Kind.JSON:
            return _json_string(value, strict=strict)
        case Kind.NULL:
            return "CAST(NULL AS Nullable(String))"
        case Kind.BOOL:
            return f"multiIf(isNull({value.sql}), NULL, {value.sql}, 'true', 'false')"
        case Kind.TIME:
            return f"concat(replaceOne(toString({value.sql}), ' ', 'T'), 'Z')"
        case Kind.PAGE:
            return f"concat('p', leftPad(toString({value.sql}), 20, '0'))"
        case Kind.LIST:
            return f"toJSONString({as_list(value)})"
    return f"toString({value.sql})"


def _json_string(value: Value, *, strict: bool) -> str:
    text = f"JSONExtractString({value.sql}{_steps(value)})"
    if value.index and strict:
        return f"{value.index}.:String"
    if strict:
        return f"if(startsWith({json_text(value)}, '\"'), {text}, NULL)"
    return f"if({is_null(value)}, NULL, {text})"


def as_number(value: Value, *, parse: bool = False) -> str:
    """A number, NULL when missing or not numeric. `parse` also reads numbers out of text."""
    match value.kind:
        case Kind.NUMBER | Kind.XACT | Kind.PAGE:
            return value.sql
        case Kind.BOOL:
            return f"toFloat64({value.sql})"
        case Kind.TEXT if value.is_literal and not parse:
            return _literal_number(value.literal)
        case Kind.TEXT:
            return f"toFloat64OrNull({value.sql})"
        case Kind.JSON if parse:
            return f"toFloat64OrNull({_json_string(value, strict=False)})"
        case Kind.JSON if value.index:
            typed = (
                f"toFloat64({value.index}.:Int64), {value.index}.:Float64, toFloat64({value.index}.:UInt64)"
            )
            return f"coalesce({typed})"
        case Kind.JSON:
            return f"toFloat64OrNull({json_text(value)})"
        case Kind.TIME:
            return f"toUnixTimestamp64Micro({value.sql}) / 1000000"
    return "CAST(NULL AS Nullable(Float64))"


def is_number_text(text: str) -> bool:
    """Whether text reads as a finite number."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _literal_number(text: str) -> str:
    if not is_number_text(text):
        return "CAST(NULL AS Nullable(Float64))"
    return number_literal(float(text) if any(mark in text for mark in ".eE") else int(text))


def as_bool(value: Value) -> str:
    """A condition, NULL when missing."""
    match value.kind:
        case Kind.BOOL:
            return value.sql
        case Kind.NUMBER:
            return f"({value.sql} != 0)"
        case Kind.JSON if value.index:
            return f"{value.index}.:Bool"
        case Kind.JSON:
            return f"multiIf({json_text(value)} = 'true', true, {json_text(value)} = 'false', false, NULL)"
        case Kind.TEXT:
            word = f"lower({value.sql})"
            return f"multiIf({word} IN ('true', '1'), true, {word} IN ('false', '0'), false, NULL)"
        case Kind.LIST:
            return f"notEmpty({value.sql})"
        case Kind.NULL:
            return "CAST(NULL AS Nullable(Bool))"
    return f"isNotNull({value.sql})"


def as_time(value: Value) -> str:
    """A DateTime64(6, 'UTC'), NULL when missing or not a time. Numbers are unix seconds."""
    match value.kind:
        case Kind.TIME:
            return value.sql
        case Kind.TEXT if value.is_literal and (moment := parse_time(value.literal)):
            return time_literal(moment)
        case Kind.NUMBER:
            return f"fromUnixTimestamp64Micro(toInt64({value.sql} * 1000000), 'UTC')"
        case Kind.TEXT | Kind.JSON:
            return f"parseDateTime64BestEffortOrNull({as_text(value, strict=True)}, 6, 'UTC')"
    return "CAST(NULL AS Nullable(DateTime64(6, 'UTC')))"


def as_list(value: Value) -> str:
    """An array of text; JSON arrays give each element's JSON text."""
    if value.members is not None:
        return "[" + ", ".join(as_text(member) for member in value.members) + "]"
    if value.kind is Kind.JSON:
        return f"JSONExtractArrayRaw({present(value)})"
    return "emptyArrayString()" if value.kind is Kind.NULL else value.sql


def convert(value: Value, kind: Kind) -> str:
    """The value as another kind, leniently: NULL where it does not fit."""
    match kind:
        case Kind.TEXT:
            return as_text(value)
        case Kind.NUMBER:
            return as_number(value)
        case Kind.BOOL:
            return as_bool(value)
        case Kind.TIME:
            return as_time(value)
        case Kind.JSON:
            return as_json(value)
        case Kind.LIST:
            return as_list(value)
    return value.sql


def carried(value: Value) -> str:
    """The form in which a value crosses a sub-select or becomes a group key."""
    return (
        as_json(value) if value.kind is Kind.JSON else value.sql if value.members is None else as_list(value)
    )


def common_kind(values: list[Value]) -> Kind:
    """The kind in which several values can stand in one column."""
    kinds = {value.kind for value in values} - {Kind.NULL}
    if not kinds:
        return Kind.NULL
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= {Kind.JSON, Kind.TEXT}:
        return Kind.TEXT
    if (
        len(kinds) == 2
        and Kind.JSON in kinds
        and (other := (kinds - {Kind.JSON}).pop()) in (Kind.NUMBER, Kind.BOOL)
    ):
        return other
    if kinds <= {Kind.NUMBER, Kind.BOOL}:
        return Kind.NUMBER
    return Kind.JSON


def output(value: Value) -> str:
    """The form in which a value leaves: text for times and transaction ids, JSON text for JSON."""
    match value.kind:
        case Kind.JSON:
            return json_text(value)
        case Kind.TIME | Kind.XACT | Kind.PAGE:
            return as_text(value)
        case Kind.INTERVAL:
            return f"toString({value.sql})"
        case Kind.LIST:
            return as_list(value)
    return value.sql


def order_keys(value: Value) -> list[Value]:
    """What to sort by: JSON sorts numbers first, then text; everything else by itself."""
    if value.kind is not Kind.JSON:
        return [value]
    return [Value(Kind.NUMBER, as_number(value)), Value(Kind.TEXT, as_text(value))]
