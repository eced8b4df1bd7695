"""A parsed query, whichever language it came in, and the errors of parsing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from assay_server.engines.query.dialect import QueryDialect, written
from assay_server.engines.query.literals import fail
from assay_server.engines.query.pivot import Pivot
from assay_server.errors import QueryError

MAX_QUERY_CHARS = 250_000
MAX_TOKENS = 30_000  # a second or so to compile; the store takes no more than 256 KiB of SQL
_MAX_DIGITS = 18  # fits 64 bits
_DIALECT = QueryDialect()
_OPENED = re.compile(
    r"(?:[^'\"/-]|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[/-](?!\*))*", re.DOTALL
)
"""Everything up to what is opened and not closed."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Unpivot:
    """Turns the members of a map, or the elements of a list, into rows with one or two new columns."""

    source: exp.Expr
    names: tuple[str, ...]


@dataclass(slots=True)
class Statement:
    """A query tree without its outermost LIMIT and cursor, which are kept apart so that a page token outlives them."""

    tree: exp.Query
    limit: int | None = None
    offset: int = 0
    cursor: str | None = None
    preview_length: int | None = None
    sample: exp.Expr | None = None
    unpivot: list[Unpivot] = field(default_factory=list)
    pivot: Pivot | None = None

    def fingerprint(self) -> str:
        """16 hex digits that are equal for the same question, whatever its limit and cursor."""
        parts = [
            written(self.tree),
            str(self.preview_length),
            str(self.sample),
            str(self.unpivot),
            str(self.pivot),
        ]
        return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def tokenize(text: str) -> list[Token]:
    """Split text into tokens. Raises QueryError."""
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(
            f"The query has {len(text):,} characters; the limit is {MAX_QUERY_CHARS:,}.",
            code="query_too_long",
        )
    try:
        tokens = _DIALECT.tokenize(text)
    except SqlglotError:
        raise _unclosed(text) from None
    if len(tokens) > MAX_TOKENS:
        raise QueryError(
            f"The query has {len(tokens):,} words and signs; the limit is {MAX_TOKENS:,}.",
            code="query_too_long",
        )
    return tokens


def place_of(token: Token) -> dict[str, Any]:
    """Where a token begins: the `line` and `column` of an error."""
    return {"line": token.line, "column": max(token.col - len(token.text) + 1, 1)}


def _unclosed(text: str) -> QueryError:
    """The error for a text, a name or a comment without its end: its place is where it was opened."""
    found = _OPENED.match(text)
    opened = found.end() if found else 0
    before = text[:opened]
    place: dict[str, Any] = {"line": before.count("\n") + 1, "column": opened - (before.rfind("\n") + 1) + 1}
    return QueryError("A text, a name in quotes or a comment is not closed.", **place)


def parse_tokens(tokens: list[Token], text: str, rule: Callable[..., exp.Expr | None]) -> exp.Expr:
    """Run one grammar rule over all the tokens. Raises QueryError with line and column."""
    trees = guarded(lambda: _DIALECT.parser()._parse(rule, tokens, text))
    if len(trees) > 1:
        second = next((token for token in tokens if token.token_type is TokenType.SEMICOLON), None)
        place: dict[str, Any] = {"line": second.line, "column": second.col} if second else {}
        raise QueryError("Send one statement at a time: a ; separates two here.", **place)
    if not trees or trees[0] is None:
        raise QueryError("Expected an expression, found nothing.")
    return trees[0]


def guarded(parse: Callable[[], _Result]) -> _Result:
    """Call sqlglot and turn what it raises into a QueryError with line and column."""
    try:
        return parse()
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        near = f" near {first['highlight']!r}" if first.get("highlight") else ""
        reason = str(first.get("description") or error).rstrip(".")
        column = max((first.get("col") or 1) - max(len(first.get("highlight") or "") - 1, 0), 1)
        reason = reason.replace("Invalid expression / Unexpected token", "This was not expected here")
        raise QueryError(f"{reason}{near}.", line=first.get("line") or 1, column=column) from None
    except RecursionError:
        raise QueryError("The query is nested too deeply; flatten its parentheses or sub-queries.") from None


def literal_int(node: exp.Expr | None, what: str) -> int:
    """A non-negative integer literal. Raises QueryError."""
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        if len(node.this) > _MAX_DIGITS:
            raise QueryError(f"{what} takes a number of at most {_MAX_DIGITS} digits.")
        return int(node.this)
    raise fail(f"{what} takes a whole number that is not negative, such as {what} 50.", node)
