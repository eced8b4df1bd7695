"""The SQL dialect of queries, on sqlglot: standard SELECT plus MATCH, INCLUDES, CONTAINS, `c ? a : b`, `interval 3`.

Functions are left as plain calls: which exist, and what they mean, is decided in `functions.py` alone.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions.core import Expression
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import TokenType
from sqlglot.tokens import Tokenizer

INTERVAL_UNITS = (
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
_UNIT_WORDS = {word.upper(): unit for unit in INTERVAL_UNITS for word in (unit, f"{unit}s")}


class TextMatch(Expression, exp.Binary, exp.Predicate):
    """`a MATCH b`: every word of b occurs in a."""


class Includes(Expression, exp.Binary, exp.Predicate):
    """`a INCLUDES b` or `a CONTAINS b`: list or object containment."""


class Turn(exp.Pivot):
    """PIVOT or UNPIVOT behind a source in a sub-query.

    As parsed, `meta` holds the word and the tokens in its parentheses; `sql.py` reads those of UNPIVOT into `this`,
    what is unfolded, and `names`, the columns made of it.
    """

    arg_types = {"this": False, "names": False}  # noqa: RUF012


_WORD_OPERATORS: dict[str, type[exp.Binary]] = {
    "MATCH": TextMatch,
    "INCLUDES": Includes,
    "CONTAINS": Includes,
}


def interval_unit(word: str) -> str | None:
    """The singular lower-case unit, or None when the word is not a unit."""
    return _UNIT_WORDS.get(word.upper())


def _only(rules: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: rules[name] for name in names}


def _without(rules: dict[TokenType, Any], *tokens: TokenType) -> dict[TokenType, Any]:
    return {token: rule for token, rule in rules.items() if token not in tokens}


class QueryDialect(Dialect):
    """Standard SQL with nulls last in either direction, and the operators of the module docstring."""

    NULL_ORDERING = "nulls_are_last"

    class Tokenizer(Tokenizer):
        """Adds `<!=>`, the opposite of `<=>`."""

        KEYWORDS = {**Tokenizer.KEYWORDS, "<=>": TokenType.NULLSAFE_EQ, "<!=>": TokenType.AT_GT}  # noqa: RUF012

    class Parser(Parser):
        """Overrides end where the base grammar has no rule: nothing that the base accepts changes its meaning."""

        # the base declares these as class variables, so there is nothing to annotate
        FUNCTIONS = {}  # noqa: RUF012
        ARRAY_CONSTRUCTORS = {}  # noqa: RUF012  # `list` and `array` are names of fields
        FUNC_TOKENS = Parser.FUNC_TOKENS | {TokenType.FUNCTION, TokenType.VIEW}  # sources of those names
        FUNCTION_PARSERS = _only(Parser.FUNCTION_PARSERS, "CAST", "TRY_CAST", "EXTRACT")
        NO_PAREN_FUNCTION_PARSERS = _only(Parser.NO_PAREN_FUNCTION_PARSERS, "CASE", "IF")
        EQUALITY = {**Parser.EQUALITY, TokenType.AT_GT: exp.NullSafeNEQ}  # noqa: RUF012
        RANGE_PARSERS = _without(Parser.RANGE_PARSERS, TokenType.PLACEHOLDER, TokenType.AT_GT)
        COLUMN_OPERATORS = _without(Parser.COLUMN_OPERATORS, TokenType.PLACEHOLDER)

        def _parse_pivot(self) -> Turn | None:
            word = self._curr
            if word.token_type not in (TokenType.PIVOT, TokenType.UNPIVOT):
                return None
            self._advance()
            self._match_l_paren()
            inside, depth = [], 1
            while self._curr and depth:
                depth += (self._curr.token_type is TokenType.L_PAREN) - (
                    self._curr.token_type is TokenType.R_PAREN
                )
                inside.append(self._curr)
                self._advance()
            if depth:
                self.raise_error("Expected )", word)
            turn = Turn()
            turn.meta.update(word=word, inside=inside[:-1])
            return turn

        def _parse_disjunction(self) -> exp.Expr | None:
            condition = super()._parse_disjunction()
            if condition is None or not self._match(TokenType.PLACEHOLDER):
                return condition
            chosen = self._parse_disjunction()
            if not self._match(TokenType.COLON):
                self.raise_error("Expected : and the other value of this ? condition")
            return self.expression(exp.If(this=condition, true=chosen, false=self._parse_disjunction()))

        def _parse_range(self, this: exp.Expr | None = None, parse_is: bool = False) -> exp.Expr | None:
            this = super()._parse_range(this, parse_is)
            while this is not None and (word := self._word_operator()):
                negated = self._match(TokenType.NOT)
                self._advance()
                this = self.expression(_WORD_OPERATORS[word](this=this, expression=self._parse_bitwise()))
                this = self.expression(exp.Not(this=this)) if negated else this
            return this

        def _parse_bracket(self, this: exp.Expr | None = None) -> exp.Expr | None:
            if not self._curr or self._curr.token_type is not TokenType.L_BRACE:
                return super()._parse_bracket(this)
            if this is not None:
                self.raise_error("An object stands behind INCLUDES or CONTAINS", self._curr)
            opened = self._curr
            self._advance()
            pairs: list[exp.Expr] = []
            while not self._match(TokenType.R_BRACE):
                if pairs and not self._match(TokenType.COMMA):
                    self.raise_error("Expected , or } in this object")
                pairs.append(self._parse_pair())
            return self.expression(exp.Struct(expressions=pairs), token=opened)

        def _parse_pair(self) -> exp.PropertyEQ:
            """`name: value` of an object; any word, also one of the language, or a text names."""
            name = self._curr
            colon = self._next and self._next.token_type is TokenType.COLON
            quoted = bool(name) and name.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
            if not colon or not (quoted or re.fullmatch(r"\w+", name.text)):
                self.raise_error("Expected a name and : in this object, such as {tier: 'pro'}")
            self._advance(2)
            value = self._parse_disjunction()
            if value is None:
                self.raise_error("Expected a value in this object")
            return self.expression(
                exp.PropertyEQ(this=exp.to_identifier(name.text, quoted=True), expression=value), token=name
            )

        def _word_operator(self) -> str | None:
            negated = bool(self._curr) and self._curr.token_type is TokenType.NOT
            token = self._next if negated else self._curr
            if not token or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
                return None
            word = token.text.upper()
            return word if word in _WORD_OPERATORS else None

        def _parse_interval(
            self, require_interval: bool = True, parse_function_unit: bool = True
        ) -> exp.Interval | None:
            start = self._index
            if not self._match(TokenType.INTERVAL):
                return None
            amount = self._parse_string() or self._parse_unary()
            if not isinstance(amount, (exp.Literal, exp.Neg)):
                self._retreat(start)
                return None
            unit = interval_unit(self._curr.text) if self._curr else None
            if unit:
                self._advance()
            return self.expression(exp.Interval(this=amount, unit=exp.var(unit) if unit else None))

    class Generator(Generator):
        """Writes a tree back, for fingerprints and messages; never for the store."""

        TRANSFORMS = {  # noqa: RUF012
            **Generator.TRANSFORMS,
            TextMatch: lambda self, node: self.binary(node, "MATCH"),
            Includes: lambda self, node: self.binary(node, "INCLUDES"),
            exp.Struct: lambda self, node: "{" + self.expressions(node, flat=True) + "}",
            exp.PropertyEQ: lambda self, node: f"{self.sql(node, 'this')}: {self.sql(node, 'expression')}",
            Turn: lambda self, node: f"UNPIVOT({node.args.get('names')} IN {self.sql(node, 'this')})",
        }


def written(tree: exp.Expr) -> str:
    """The tree as text: equal for equal trees."""
    return tree.sql(dialect=QueryDialect)
