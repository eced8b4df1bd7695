"""Comparisons, text search and arithmetic over typed values.

One rule decides how two values meet: a JSON value takes the kind of the other side (and is missing when it holds
something else), text meets times and numbers by being read as one, two JSON values meet as JSON text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from assay_server.engines.query.literals import fail, parse_time, quote
from assay_server.engines.query.schema import SEARCHED_TEXT
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import (
    NULL,
    Value,
    as_bool,
    as_json,
    as_list,
    as_number,
    as_text,
    as_time,
    constant,
    is_null,
    is_number_text,
    json_text,
    present,
    truth,
)

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_NO_ORDER = "A list has no order; use INCLUDES, or compare one of its elements."
_TOKEN = re.compile(r"[^\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def compare(symbol: str, left: Value, right: Value, node: exp.Expr) -> Value:
    """`left symbol right`; never true when a side is missing, but `= NULL` and `!= NULL` mean IS [NOT] NULL."""
    if NULL in (left, right):
        return _compare_null(symbol, right if left == NULL else left)
    if right.members is not None and left.kind is Kind.JSON:
        return _compare_written_list(symbol, left, right, node)
    if left.members is not None and right.kind is Kind.JSON:
        return compare(_FLIPPED[symbol], right, left, node)
    if left.kind is not Kind.JSON and (right.kind is Kind.JSON or (left.is_literal and not right.is_literal)):
        return compare(_FLIPPED[symbol], right, left, node)
    if Kind.LIST in (left.kind, right.kind):
        return _compare_list(symbol, left, right, node)
    return truth(f"({_compare_scalar(symbol, left, right, node)})")


def _compare_null(symbol: str, value: Value) -> Value:
    if symbol == "=":
        return truth(is_null(value))
    return (
        truth(f"(NOT {is_null(value)})")
        if symbol == "!="
        else Value(Kind.BOOL, "CAST(NULL AS Nullable(Bool))")
    )


def _compare_scalar(symbol: str, left: Value, right: Value, node: exp.Expr) -> str:
    kinds = {left.kind, right.kind}
    if Kind.INTERVAL in kinds:
        raise fail("An interval cannot be compared; compare times: created > now() - interval 1 day.", node)
    if kinds <= {Kind.JSON}:
        return _compare_documents(symbol, left, right)
    if Kind.TIME in kinds:
        _require_time(left, right, node)
        return f"{as_time(left)} {symbol} {as_time(right)}"
    if kinds & {Kind.XACT, Kind.PAGE}:
        return f"{_id_number(left, node)} {symbol} {_id_number(right, node)}"
    if Kind.BOOL in kinds:
        return f"{as_bool(left)} {symbol} {as_bool(right)}"
    if kinds == {Kind.TEXT, Kind.NUMBER}:
        return _compare_text_to_number(symbol, left, right, node)
    if Kind.NUMBER in kinds:
        return f"{as_number(left)} {symbol} {as_number(right)}"
    if symbol == "!=" and left.kind is Kind.JSON:
        return _differs_from_text(left, right)
    if symbol == "=" and left.kind is Kind.JSON and _is_plain(right) and left.steps and not left.index:
        return f"{json_text(left)} = {quote(chr(34) + right.literal + chr(34))}"
    return f"{as_text(left, strict=True)} {symbol} {as_text(right, strict=True)}"


def _is_plain(value: Value) -> bool:
    """Text that extracted JSON shows as it is, so that one string comparison decides."""
    return value.is_literal and bool(re.fullmatch(r"[A-Za-z0-9 _.:@-]*", str(value.literal)))


def _differs_from_text(left: Value, right: Value) -> str:
    """A value of another type differs from any text; a missing one does not."""
    return f"ifNull({as_text(left, strict=True)} != {as_text(right)}, if({is_null(left)}, NULL, true))"


def _compare_documents(symbol: str, left: Value, right: Value) -> str:
    if symbol in ("=", "!="):
        return f"{as_json(left)} {symbol} {as_json(right)}"
    numbers = f"{as_number(left)} {symbol} {as_number(right)}"
    return f"ifNull({numbers}, {as_text(left, strict=True)} {symbol} {as_text(right, strict=True)})"


def _compare_text_to_number(symbol: str, left: Value, right: Value, node: exp.Expr) -> str:
    text, number = (left, right) if left.kind is Kind.TEXT else (right, left)
    if number.is_literal and not text.is_literal:
        return (
            f"{as_text(left)} {symbol} {as_text(right)}"
            if symbol in ("=", "!=")
            else _as_numbers(symbol, left, right)
        )
    if text.is_literal and not is_number_text(text.literal):
        raise fail(f"{text.literal!r} is not a number, but it is compared with one.", node)
    return _as_numbers(symbol, left, right)


def _as_numbers(symbol: str, left: Value, right: Value) -> str:
    return f"{as_number(left)} {symbol} {as_number(right)}"


def _require_time(left: Value, right: Value, node: exp.Expr) -> None:
    for value in (left, right):
        if value.is_literal and value.kind is Kind.TEXT and parse_time(value.literal) is None:
            raise fail(
                f"{value.literal!r} is not a time; write it like 2026-01-31 or 2026-01-31T08:00:00Z.", node
            )


def _id_number(value: Value, node: exp.Expr) -> str:
    if value.is_literal:
        digits = str(value.literal).removeprefix("p")
        if not (digits.isascii() and digits.isdigit() and int(digits) < 1 << 64):
            raise fail(f"{value.literal!r} is not a transaction id or pagination key.", node)
        return str(int(digits))
    if value.kind in (Kind.TEXT, Kind.JSON):
        return f"toUInt64OrNull(replaceRegexpOne({as_text(value, strict=True)}, '^p', ''))"
    return as_number(value)


def _compare_list(symbol: str, left: Value, right: Value, node: exp.Expr) -> Value:
    if symbol not in ("=", "!="):
        raise fail(_NO_ORDER, node)
    if left.kind is Kind.LIST and right.kind in (Kind.TEXT, Kind.NUMBER):
        return truth(f"({'' if symbol == '=' else 'NOT '}has({as_list(left)}, {as_text(right)}))")
    if left.kind is Kind.JSON:
        return truth(f"({as_json(left)} {symbol} {as_json(right)})")
    if {left.kind, right.kind} == {Kind.LIST}:
        return truth(f"({as_list(left)} {symbol} {as_list(right)})")
    raise fail(f"A list cannot be compared with a {right.kind.value}.", node)


def _compare_written_list(symbol: str, left: Value, right: Value, node: exp.Expr) -> Value:
    """A JSON value against `[a, b]`: equal when it is a list of as many elements, each equal to its own."""
    if symbol not in ("=", "!="):
        raise fail(_NO_ORDER, node)
    wanted, text = right.members or (), present(left)
    parts = [f"startsWith({text}, '[')", f"JSONLength({text}) = {len(wanted)}"]
    for at, member in enumerate(wanted):
        element = replace(left, steps=(*left.steps, at), index=None)
        parts.append(f"ifNull({compare('=', element, member, node).sql}, false)")
    same = " AND ".join(parts)
    return truth(f"if({is_null(left)}, NULL, {'' if symbol == '=' else 'NOT '}({same}))")


def is_in(value: Value, members: Sequence[Value], node: exp.Expr) -> Value:
    """`value IN (members)`: literals by kind in one set each, everything else by comparison."""
    if value.kind is Kind.LIST:
        texts = ", ".join(as_text(member) for member in members if member != NULL)
        return truth(f"hasAny({as_list(value)}, [{texts}])") if texts else constant(False)
    groups: dict[Kind, list[Value]] = {}
    for member in members:
        if member != NULL:
            groups.setdefault(member.kind if member.is_literal else Kind.NULL, []).append(member)
    parts = [part for kind, group in groups.items() for part in _in_group(value, kind, group, node)]
    return truth(f"({' OR '.join(parts)})") if parts else constant(False)


def _in_group(value: Value, kind: Kind, group: list[Value], node: exp.Expr) -> list[str]:
    listed = ", ".join(member.sql for member in group)
    if kind is Kind.TEXT and value.kind in (Kind.TEXT, Kind.JSON):
        return [f"{as_text(value, strict=True)} IN ({listed})"]
    if kind is Kind.NUMBER and value.kind in (Kind.NUMBER, Kind.JSON):
        return [f"{as_number(value)} IN ({listed})"]
    if kind is Kind.NUMBER and value.kind is Kind.TEXT:
        return [f"{value.sql} IN ({', '.join(quote(str(member.literal)) for member in group)})"]
    return [compare("=", value, member, node).sql for member in group]


def like(value: Value, pattern: Value, *, ignore_case: bool) -> Value:
    """LIKE and ILIKE; `%` and `_` are wildcards and a backslash escapes them."""
    if pattern.is_literal and pattern.kind is Kind.TEXT:
        pattern = constant(
            re.sub(r"(?<!\\)((?:\\\\)*)\\$", r"\1\\\\", pattern.literal)
        )  # a lone last \ stands for itself
    text = as_text(value, strict=value.index is not None)
    return truth(f"({text} {'ILIKE' if ignore_case else 'LIKE'} {as_text(pattern)})")


def words(text: str) -> list[str]:
    """The words of a search as the text index sees them: runs of letters, digits and non-ASCII, lower-cased."""
    return list(dict.fromkeys(_TOKEN.findall(text.translate(_ASCII_LOWER))))


def search_text(text: str, node: exp.Expr, haystack: str = SEARCHED_TEXT) -> Value:
    """Every word occurs in a lower-case text; in the searched columns of a row, unless told otherwise, by the index."""
    found = words(text)
    if not found:
        raise fail("search and MATCH need at least one letter or digit to look for.", node)
    return truth("(" + " AND ".join(_word_condition(haystack, word) for word in found) + ")")


def _word_condition(haystack: str, word: str) -> str:
    r"""One word, also where JSON escapes touch it: `\nword` is stored as the token `nword`, `é` perhaps as `\u00e9`."""
    forms = [word, *(letter + word for letter in "ntr")]
    condition = f"hasAnyTokens({haystack}, [{', '.join(quote(form) for form in forms)}])"
    if word.isascii():
        return condition
    escaped = "".join(char if char.isascii() else _json_escape(char) for char in word)
    pieces = ", ".join(quote(piece) for piece in words(escaped))
    return f"({condition} OR hasAllTokens({haystack}, [{pieces}]))"


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def match_text(value: Value, pattern: Value, node: exp.Expr) -> Value:
    """`value MATCH 'words'`: every word occurs in the value, whatever its case."""
    if not pattern.is_literal or pattern.kind is not Kind.TEXT:
        raise fail("MATCH takes its words as a text literal: input MATCH 'time out'.", node)
    found = search_text(pattern.literal, node, f"lower({searchable(value)})")
    return truth(f"({search_text(pattern.literal, node).sql} AND {found.sql})") if value.searched else found


def searchable(value: Value) -> str:
    """The text in which a search looks for words, '' when missing."""
    text = json_text(value) if value.kind is Kind.JSON else as_text(value)
    return f"ifNull({text}, '')"


def arithmetic(symbol: str, left: Value, right: Value, node: exp.Expr) -> Value:
    """`+ - * / %` over numbers, and times with intervals. Division by zero gives null."""
    kinds = (left.kind, right.kind)
    if Kind.INTERVAL in kinds:
        if symbol not in "+-" or kinds == (Kind.INTERVAL, Kind.INTERVAL):
            raise fail("Add intervals to a time, one by one: now() - interval 1 day - interval 2 hour.", node)
        base, step = (right, left) if left.kind is Kind.INTERVAL else (left, right)
        return Value(Kind.TIME, f"({as_time(base)} {symbol} {step.sql})")
    if kinds == (Kind.TIME, Kind.TIME) and symbol == "-":
        micros = f"toUnixTimestamp64Micro({left.sql}) - toUnixTimestamp64Micro({right.sql})"
        return Value(Kind.NUMBER, f"(({micros}) / 1000000)")
    divisor = as_number(right)
    if symbol in "/%":
        divisor = f"nullIf({divisor}, 0)"
    return Value(Kind.NUMBER, f"({as_number(left)} {symbol} {divisor})")
