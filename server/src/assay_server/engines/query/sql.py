"""SQL text → Statement."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from assay_server.engines.query.dialect import Turn
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.paths import path_text
from assay_server.engines.query.pivot import Pivot, pivot_of, spread
from assay_server.engines.query.statement import (
    Statement,
    Unpivot,
    literal_int,
    parse_tokens,
    place_of,
    tokenize,
)
from assay_server.errors import QueryError

SETTINGS = ("preview_length", "brainstore_realtime", "use_brainstore", "use_columnstore")
"""What SETTINGS may name. All but the first choose how other servers read; here every answer is as of now."""

_TRUTHS = {"true": "1", "false": "0"}


def parse_sql(text: str) -> Statement:
    """Parse one SELECT (or WITH …, or a union). A text OFFSET is a cursor, a TABLESAMPLE is a sample.

    A SETTINGS clause at the end may hold what `SETTINGS` lists. Raises QueryError.
    """
    tokens, settings = _split_settings(tokenize(text))
    tokens, turns = _split_turns(tokens)
    tree = parse_tokens(tokens, text, Parser._parse_statement)
    if isinstance(tree, exp.Subquery) and tree.is_wrapper:
        tree = tree.unnest()
    if not isinstance(tree, exp.Query):
        raise QueryError("Only SELECT queries can be run here.", line=1, column=1)
    for turn in list(tree.find_all(Turn)):
        _settle(turn, text)
    statement = Statement(tree, preview_length=_read_settings(settings).get("preview_length"))
    for word, inside in turns:
        if not isinstance(tree, exp.Select):
            raise fail(f"{word.text.upper()} stands behind the FROM of one SELECT.", tree)
        if word.text.upper() == "UNPIVOT":
            statement.unpivot.append(_read_unpivot(inside, text))
        elif statement.pivot is None:
            statement.pivot = _read_pivot(tree, inside, text)
        else:
            raise QueryError(
                "A query has one PIVOT; list its measures: PIVOT(sum(a), sum(b) FOR …).", **place_of(word)
            )
    if limit := tree.args.pop("limit", None):
        statement.limit = literal_int(getattr(limit, "expression", None), "LIMIT")
        if isinstance(limit, exp.Limit) and limit.args.get("offset"):
            statement.offset = literal_int(limit.args["offset"], "OFFSET")
    if offset := tree.args.pop("offset", None):
        _read_offset(statement, offset.expression)
    return statement


def _settle(turn: Turn, text: str) -> None:
    """Read a PIVOT or UNPIVOT behind the source of a sub-query; a PIVOT becomes the columns of its query."""
    word, inside = turn.meta["word"], turn.meta["inside"]
    source = turn.parent.parent if turn.parent is not None else None
    select = source.parent if isinstance(source, exp.From) else None
    if not isinstance(select, exp.Select):
        raise QueryError(f"{word.text.upper()} stands behind the FROM of one SELECT.", **place_of(word))
    if word.text.upper() == "UNPIVOT":
        found = _read_unpivot(inside, text)
        turn.set("this", found.source)
        turn.set("names", list(found.names))
        return
    turn.pop()
    if _read_pivot(select, inside, text) is not None:
        raise QueryError(
            "In a sub-query, PIVOT lists the values to turn: IN ('a', 'b'); IN (ANY) stands in the outermost query.",
            **place_of(word),
        )


def _split_settings(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Tokens before a top-level SETTINGS clause, and those of the clause."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        following = tokens[at + 2].text if at + 2 < len(tokens) else ""
        if depth == 0 and at and token.text.upper() == "SETTINGS" and following == "=":
            return tokens[:at], tokens[at + 1 :]
    return tokens, []


def _split_turns(tokens: list[Token]) -> tuple[list[Token], list[tuple[Token, list[Token]]]]:
    """Tokens without the PIVOT (…) and UNPIVOT (…) of the outermost query, and what stands inside each."""
    rest: list[Token] = []
    turns: list[tuple[Token, list[Token]]] = []
    depth, at = 0, 0
    while at < len(tokens):
        token = tokens[at]
        follows = at > 0 and at + 1 < len(tokens) and tokens[at + 1].text == "("
        if depth == 0 and follows and token.text.upper() in ("PIVOT", "UNPIVOT") and not _is_quoted(token):
            end = _closing(tokens, at + 1)
            turns.append((token, tokens[at + 2 : end]))
            at = end + 1
            continue
        depth += (token.text == "(") - (token.text == ")") if not _is_quoted(token) else 0
        rest.append(token)
        at += 1
    return rest, turns


def _is_quoted(token: Token) -> bool:
    return token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        if not _is_quoted(tokens[at]):
            depth += (tokens[at].text == "(") - (tokens[at].text == ")")
        if depth == 0:
            return at
    opened = tokens[opening]
    raise QueryError("A ( is not closed.", line=opened.line, column=opened.col)


def _for_in(inside: list[Token], text: str, example: str) -> tuple[list[exp.Expr], exp.Expr, list[Token]]:
    """`a, b FOR c IN (…)` taken apart. Raises QueryError."""
    words = [token.text.upper() for token in inside]
    at = words.index("FOR") if "FOR" in words else 0
    middle = words.index("IN", at) if "IN" in words[at:] else 0
    if not 0 < at < middle or words[middle + 1 : middle + 2] != ["("] or words[-1] != ")":
        raise QueryError(f"Write it like {example}.", **(place_of(inside[0]) if inside else {}))
    measures = parse_tokens(inside[:at], text, _expressions).expressions
    column = parse_tokens(inside[at + 1 : middle], text, Parser._parse_assignment)
    return measures, column, inside[middle + 2 : -1]


def _expressions(parser: Parser) -> exp.Expr:
    return exp.Tuple(expressions=parser._parse_expressions())


def _read_unpivot(inside: list[Token], text: str) -> Unpivot:
    """`value FOR name IN (scores)`; with `_` as the name, the elements of a list."""
    example = "UNPIVOT (value FOR name IN (scores)), or UNPIVOT (tag FOR _ IN (tags))"
    values, name, source = _for_in(inside, text, example)
    if len(values) != 1 or not isinstance(values[0], exp.Column) or not isinstance(name, exp.Column):
        raise fail(f"Write it like {example}.", name)
    names = (values[0].name,) if name.name == "_" else (name.name, values[0].name)
    return Unpivot(parse_tokens(source, text, Parser._parse_assignment), names)


def _read_pivot(tree: exp.Select, inside: list[Token], text: str) -> Pivot | None:
    """`measures FOR column IN (ANY)`: rewrites the query to give its groups, one row a value of the column.

    With values listed in place of ANY, the query gives the finished columns, and there is nothing left to lay out.
    """
    example = "PIVOT (avg(scores.quality) FOR metadata.model IN (ANY))"
    measures, column, members = _for_in(inside, text, example)
    listed = [] if [token.text.upper() for token in members] == ["ANY"] else _values(members, text, column)
    named = {
        path_text(item.unalias()): item.alias for item in tree.expressions if isinstance(item, exp.Alias)
    }
    group = tree.args.get("group")
    keys = [_meant(key, tree.expressions) for key in (group.expressions if group is not None else ())]
    if listed:
        kept = [key for key in keys if path_text(key) != path_text(column)]
        turned = spread(column, listed, [_aliased(one, named) for one in measures])
        tree.set("expressions", [*(_aliased(key, named) for key in kept), *turned])
        tree.set("group", exp.Group(expressions=[key.copy() for key in kept]) if kept else None)
        return None
    if path_text(column) not in {path_text(key) for key in keys}:
        keys.append(column)
    dimensions = [_aliased(key, named) for key in keys]
    tree.set("expressions", [*dimensions, *(_aliased(one, named) for one in measures)])
    tree.set("group", exp.Group(expressions=[key.copy() for key in keys]))
    return pivot_of(dimensions, [column])


def _values(members: list[Token], text: str, column: exp.Expr) -> list[exp.Expr]:
    """The values that PIVOT lists. Raises QueryError for what is no constant."""
    values = parse_tokens(members, text, _expressions).expressions if members else []
    for value in values:
        if not isinstance(value, (exp.Literal, exp.Boolean, exp.Null, exp.Neg)):
            raise fail(
                "PIVOT turns constants, IN ('a', 'b', NULL), or every value there is: IN (ANY).", value
            )
    if not values:
        raise fail("PIVOT needs values to turn: IN ('a', 'b'), or IN (ANY).", column)
    return values


def _meant(key: exp.Expr, items: list[exp.Expr]) -> exp.Expr:
    """What a key of GROUP BY stands for: an ordinal or an alias stands for a select item."""
    if (
        isinstance(key, exp.Literal)
        and not key.is_string
        and key.this.isdigit()
        and 0 < int(key.this) <= len(items)
    ):
        return items[int(key.this) - 1].unalias()
    aliases = {item.alias: item.this for item in items if isinstance(item, exp.Alias)}
    return aliases.get(key.name, key) if isinstance(key, exp.Column) and len(key.parts) == 1 else key


def _aliased(item: exp.Expr, named: Mapping[str, str]) -> exp.Expr:
    name = named.get(path_text(item.unalias()))
    return (
        exp.alias_(item.copy(), name, quoted=True)
        if name and not isinstance(item, exp.Alias)
        else item.copy()
    )


def _read_settings(tokens: list[Token]) -> dict[str, int]:
    """`name = number, …`. Raises QueryError for a name that is none: nothing that was asked for is ignored."""
    found: dict[str, int] = {}
    rest = tokens[:-1] if tokens and tokens[-1].text == ";" else tokens
    while rest:
        word, ends = rest[0], next((at for at, token in enumerate(rest) if token.text == ","), len(rest))
        name, value = word.text.lower(), "".join(token.text for token in rest[1:ends]).lower()
        if name not in SETTINGS or name in found:
            hint = did_you_mean(name, SETTINGS)
            shown = (
                f"The setting {name} stands twice." if name in found else f"There is no setting {word.text};"
            )
            listed = "" if name in found else f" SETTINGS takes {', '.join(SETTINGS)}.{hint}"
            raise QueryError(shown + listed, **place_of(word))
        if not re.fullmatch(r"=(-?\d{1,9}|true|false)", value):
            raise QueryError(f"{name} takes a number: SETTINGS preview_length = 200.", **place_of(word))
        found[name] = int(_TRUTHS.get(value[1:], value[1:]))
        rest = rest[ends + 1 :]
    return found


def _read_offset(statement: Statement, node: exp.Expr) -> None:
    if isinstance(node, exp.Literal) and node.is_string:
        statement.cursor = node.this
    elif isinstance(node, exp.Literal) and node.this.isdigit():
        statement.offset = literal_int(node, "OFFSET")
    else:
        raise fail("OFFSET takes a number of rows, or the cursor of an earlier page as text.", node)
