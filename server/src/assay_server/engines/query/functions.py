"""The scalar functions of the query language: name → how many arguments, and what they become.

Nothing else can be called: a name that is not here, in `aggregates.py`, or in `expressions.py` is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from assay_server.engines.query.containment import includes
from assay_server.engines.query.dialect import interval_unit
from assay_server.engines.query.literals import fail, parse_time
from assay_server.engines.query.literals import time as time_literal
from assay_server.engines.query.operators import compare
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import (
    Value,
    as_bool,
    as_json,
    as_list,
    as_number,
    as_text,
    as_time,
    common_kind,
    convert,
    json_text,
    truth,
)

Build = Callable[[list[Value], exp.Expr], Value]
NOW = "now64(6, 'UTC')"
TRUNCATE_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
PARTS = {
    "second": "toSecond", "minute": "toMinute", "hour": "toHour", "day": "toDayOfMonth", "week": "toISOWeek",
    "month": "toMonth", "quarter": "toQuarter", "year": "toYear", "day_of_week": "toDayOfWeek",
}  # fmt: skip
"""What EXTRACT takes out of a time, and the store's function for it."""


@dataclass(frozen=True, slots=True)
class Function:
    """A scalar function: fewest and most arguments, and its builder."""

    least: int
    most: int
    build: Build


def unify(values: list[Value], node: exp.Expr) -> tuple[Kind, list[str]]:
    """Several values as one kind: that kind and each value's expression."""
    kind = common_kind(values)
    if any(value.kind is Kind.INTERVAL for value in values):
        raise fail("An interval can only be added to or taken from a time.", node)
    if kind is Kind.NULL:
        return Kind.NULL, [value.sql for value in values]
    missing = "emptyArrayString()" if kind is Kind.LIST else "NULL"
    return kind, [missing if value.kind is Kind.NULL else convert(value, kind) for value in values]


def choose(condition: Value, chosen: Value, otherwise: Value, node: exp.Expr) -> Value:
    """`condition ? chosen : otherwise`; a missing condition counts as false."""
    kind, (first, second) = unify([chosen, otherwise], node)
    return Value(kind, f"if(ifNull({as_bool(condition)}, false), {first}, {second})")


def _text(template: str) -> Build:
    return lambda args, node: Value(Kind.TEXT, template.format(*[as_text(arg) for arg in args]))


def _numeric(template: str) -> Build:
    return lambda args, node: Value(Kind.NUMBER, template.format(*[as_number(arg) for arg in args]))


def _of_text(template: str) -> Build:
    return lambda args, node: Value(Kind.NUMBER, template.format(*[as_text(arg) for arg in args]))


def _beginning(unit: str) -> Build:
    return lambda args, node: Value(Kind.TIME, _truncated(args[0], f"toInterval{unit.capitalize()}(1)"))


def _truncated(time: Value, step: str) -> str:
    return f"toDateTime64(toStartOfInterval({as_time(time)}, {step}, 'UTC'), 6, 'UTC')"


def extract(part: str, time: Value) -> Value:
    """`EXTRACT(part FROM time)`, a number."""
    return Value(Kind.NUMBER, f"{PARTS[part]}({as_time(time)})")


def _coalesce(args: list[Value], node: exp.Expr) -> Value:
    kind, parts = unify(args, node)
    if kind is Kind.LIST:
        tests = ", ".join(f"notEmpty({part}), {part}" for part in parts[:-1])
        return Value(kind, f"multiIf({tests}, {parts[-1]})" if tests else parts[0])
    return Value(kind, f"coalesce({', '.join(parts)})")


def _extreme(function: str) -> Build:
    def build(args: list[Value], node: exp.Expr) -> Value:
        kind, parts = unify(args, node)
        if kind is Kind.JSON:
            kind, parts = Kind.NUMBER, [f"toFloat64({as_number(arg)})" for arg in args]
        return Value(kind, f"{function}({', '.join(parts)})")

    return build


def _null_if(args: list[Value], node: exp.Expr) -> Value:
    same = compare("=", args[0], args[1], node).sql
    plain = as_json(args[0]) if args[0].kind is Kind.JSON else args[0].sql
    return Value(args[0].kind, f"if(ifNull({same}, false), NULL, {plain})")


def _round(args: list[Value], node: exp.Expr) -> Value:
    if len(args) == 1:
        return Value(Kind.NUMBER, f"round({as_number(args[0])})")
    digits = args[1].literal if args[1].is_literal else None
    if not isinstance(digits, int) or abs(digits) > 20:
        raise fail("round takes its digits as a whole number: round(x, 2).", node)
    return Value(Kind.NUMBER, f"round({as_number(args[0])}, {digits})")


def _length(args: list[Value], node: exp.Expr) -> Value:
    value = args[0]
    if value.kind is Kind.LIST:
        return Value(Kind.NUMBER, f"length({as_list(value)})")
    if value.kind is not Kind.JSON:
        return Value(Kind.NUMBER, f"lengthUTF8({as_text(value)})")
    text = json_text(value)
    listed = f"startsWith({text}, '['), JSONLength({text})"
    return Value(
        Kind.NUMBER,
        f"multiIf({listed}, startsWith({text}, '{{'), JSONLength({text}), lengthUTF8({as_text(value)}))",
    )


def _contains(args: list[Value], node: exp.Expr) -> Value:
    """Text in text, or an element in a list or object."""
    if args[0].kind is Kind.JSON and args[1].kind is Kind.TEXT:
        inside = includes(args[0], args[1], node).sql
        return truth(f"({inside} OR position({as_text(args[0])}, {args[1].sql}) > 0)")
    return includes(args[0], args[1], node)


def _date_trunc(args: list[Value], node: exp.Expr) -> Value:
    unit = args[0]
    found = re.fullmatch(r"\s*(\d{1,6})?\s*([A-Za-z]+)\s*", str(unit.literal)) if unit.is_literal else None
    name = interval_unit(found[2]) if found else None
    if found is None or name not in TRUNCATE_UNITS or int(found[1] or 1) < 1:
        listed = ", ".join(TRUNCATE_UNITS)
        raise fail(
            f"date_trunc takes a unit ({listed}) or several of them, such as '15 minutes', first.", node
        )
    step = f"toInterval{name.capitalize()}({int(found[1] or 1)})"
    return Value(Kind.TIME, _truncated(args[1], step))


def _extract_json(args: list[Value], node: exp.Expr) -> Value:
    path = args[1].literal if args[1].is_literal else None
    if not isinstance(path, str):
        raise fail("json_extract takes its path as text: json_extract(metadata, '$.user.id').", node)
    steps = _json_path(path, node) if path.startswith("$") else (path,)
    text = json_text(args[0]) if args[0].kind is Kind.JSON else as_text(args[0])
    if args[0].kind is Kind.JSON:
        text = f"if(startsWith({text}, '\"'), JSONExtractString({text}), {text})"
    return Value(Kind.JSON, f"ifNull({text}, '')", steps=steps)


def _json_path(path: str, node: exp.Expr) -> tuple[str | int, ...]:
    body = path.removeprefix("$")
    pattern = re.compile(r"\.([A-Za-z_][\w-]*)|\.\"([^\"]+)\"|\[(-?\d+)\]|\[['\"]([^'\"]+)['\"]\]")
    steps: list[str | int] = []
    at = 0
    while at < len(body):
        found = pattern.match(body, at)
        if found is None:
            raise fail(f"{path!r} is not a JSON path; write it like $.user.id or $.items[0].", node)
        steps.append(int(found[3]) if found[3] else found[1] or found[2] or found[4])
        at = found.end()
    return tuple(steps)


def interval(amount: str, unit: str | None, node: exp.Expr) -> Value:
    """An interval literal; without a unit, days. `amount` may carry its unit: '15 minutes'."""
    found = re.fullmatch(r"\s*(-?\d{1,10})\s*([A-Za-z]*)\s*", amount)
    name = interval_unit(found[2]) if found and found[2] else unit or "day"
    if found is None or name is None:
        raise fail(f"{amount!r} is not an interval; write interval 7 day, or interval '15 minutes'.", node)
    return Value(Kind.INTERVAL, f"toInterval{name.capitalize()}({int(found[1])})")


def _to_interval(args: list[Value], node: exp.Expr) -> Value:
    return interval(str(args[0].literal) if args[0].is_literal else "", None, node)


def caster_of(type_name: str, node: exp.Expr) -> str:
    """The function that `value::type` calls; what does not fit becomes null. Raises QueryError for no such type."""
    for kind, names in _TYPES.items():
        if type_name.lower() in names:
            return f"to_{kind}"
    raise fail(
        f"There is no type {type_name}; use text, integer, number, boolean, timestamp, date or json.", node
    )


def is_local(value: Value) -> bool:
    """Whether a value is a written time without a zone, which means the asker's own time."""
    moment = parse_time(str(value.literal)) if value.is_literal and value.kind is Kind.TEXT else None
    return moment is not None and moment.tzinfo is None


def _to_number(value: Value, node: exp.Expr) -> Value:
    return Value(Kind.NUMBER, as_number(value, parse=True))


def _to_integer(value: Value, node: exp.Expr) -> Value:
    return Value(Kind.NUMBER, f"accurateCastOrNull(trunc({as_number(value, parse=True)}), 'Int64')")


def _to_bool(value: Value, node: exp.Expr) -> Value:
    if value.kind is Kind.JSON:
        return Value(Kind.BOOL, as_bool(Value(Kind.TEXT, as_text(value))))
    return Value(Kind.BOOL, as_bool(value))


def _to_time(value: Value, node: exp.Expr) -> Value:
    if value.is_literal and value.kind is Kind.TEXT and (moment := parse_time(value.literal)):
        return Value(Kind.TIME, time_literal(moment))
    return Value(Kind.TIME, as_time(value))


def _to_date(value: Value, node: exp.Expr) -> Value:
    return Value(Kind.TIME, f"toDateTime64(toStartOfDay({_to_time(value, node).sql}), 6, 'UTC')")


def _to_json(value: Value, node: exp.Expr) -> Value:
    if value.kind is Kind.TEXT:
        text = f"ifNull(toString({value.sql}), '')"
        parsed = f"multiIf({text} = '', '', isValidJSON({text}), {text}, toJSONString({text}))"
        return Value(Kind.JSON, parsed)
    return Value(Kind.JSON, as_json(value))


_TYPES = {
    "text": ("text", "string", "varchar", "char"),
    "integer": ("int", "integer", "bigint", "smallint", "tinyint", "long", "int64", "int32"),
    "number": ("float", "double", "number", "numeric", "decimal", "real", "float64", "float32"),
    "boolean": ("bool", "boolean"),
    "timestamp": ("timestamp", "datetime", "timestamptz", "datetime64", "timestampntz"),
    "date": ("date",),
    "json": ("json", "jsonb", "object", "variant"),
}
_CASTS: dict[str, Callable[[Value, exp.Expr], Value]] = {
    "text": lambda value, node: Value(Kind.TEXT, as_text(value)),
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_bool,
    "timestamp": _to_time,
    "date": _to_date,
    "json": _to_json,
}


def _caster(name: str) -> Build:
    return lambda args, node: _CASTS[name](args[0], node)


def _now(args: list[Value], node: exp.Expr) -> Value:
    return Value(Kind.TIME, NOW)


def _today(args: list[Value], node: exp.Expr) -> Value:
    return Value(Kind.TIME, f"toDateTime64(toStartOfDay({NOW}), 6, 'UTC')")


SCALARS: dict[str, Function] = {
    **dict.fromkeys(("now", "current_timestamp"), Function(0, 0, _now)),
    **dict.fromkeys(("current_date", "today"), Function(0, 0, _today)),
    "date_trunc": Function(2, 2, _date_trunc),
    **{unit: Function(1, 1, _beginning(unit)) for unit in TRUNCATE_UNITS},
    "day_of_week": Function(1, 1, lambda args, node: extract("day_of_week", args[0])),
    "lower": Function(1, 1, _text("lowerUTF8({})")),
    "upper": Function(1, 1, _text("upperUTF8({})")),
    "trim": Function(1, 1, _text("trimBoth({})")),
    "concat": Function(1, 50, lambda args, node: Value(Kind.TEXT, f"concat({', '.join(map(as_text, args))})")),
    "replace": Function(3, 3, _text("replaceAll({}, {}, {})")),
    "substring": Function(
        2, 3, lambda args, node: Value(
            Kind.TEXT, f"substringUTF8({', '.join([as_text(args[0]), *[as_number(arg) for arg in args[1:]]])})"
        )
    ),
    "starts_with": Function(2, 2, lambda args, node: truth(f"startsWith({as_text(args[0])}, {as_text(args[1])})")),
    "ends_with": Function(2, 2, lambda args, node: truth(f"endsWith({as_text(args[0])}, {as_text(args[1])})")),
    "position": Function(2, 2, _of_text("positionUTF8({}, {})")),
    **dict.fromkeys(("len", "length", "array_length"), Function(1, 1, _length)),
    "contains": Function(2, 2, _contains),
    "coalesce": Function(1, 50, _coalesce),
    "ifnull": Function(2, 2, _coalesce),
    "nullif": Function(2, 2, _null_if),
    "least": Function(1, 50, _extreme("least")),
    "greatest": Function(1, 50, _extreme("greatest")),
    "round": Function(1, 2, _round),
    **{
        name: Function(1, 1, _numeric(f"{function}({{}})"))
        for name, function in (
            ("abs", "abs"), ("floor", "floor"), ("ceil", "ceil"), ("sqrt", "sqrt"), ("exp", "exp"), ("ln", "log"),
            ("log10", "log10"), ("sign", "sign"),
        )
    },
    **dict.fromkeys(("power", "pow"), Function(2, 2, _numeric("pow({}, {})"))),
    "json_extract": Function(2, 2, _extract_json),
    "json_array_length": Function(1, 1, _length),
    **{
        name: Function(1, 1, _caster(kind))
        for name, kind in (
            ("to_string", "text"), ("to_text", "text"), ("to_number", "number"), ("to_integer", "integer"),
            ("to_boolean", "boolean"), ("to_date", "date"), ("to_datetime", "timestamp"),
            ("to_timestamp", "timestamp"), ("to_json", "json"),
        )
    },
    "to_interval": Function(1, 1, _to_interval),
}  # fmt: skip

OF_CALENDAR = frozenset(
    {"date_trunc", "current_date", "today", "to_date", "second", "minute", "hour", "day", "week", "month", "quarter",
     "year", "day_of_week"}
)  # fmt: skip
"""Functions whose answer depends on where a day begins; the time is their last argument."""
