"""The language of gates: what must not be true of an experiment, in words.

    Variety drops 0.02              the mean of a score fell, against the baseline, by more than 0.02
    duration rises 10%              … rose by more than a tenth of the baseline's mean
    any score worsens               … of each score, in whichever direction is bad for it, by anything
    Factuality below 0.8            the mean itself
    estimated_cost above $0.02
    regression of Variety on tag golden    a case with this tag scores less than in the baseline

Names with a keyword inside are quoted: `"drops per hour" above 3`. Units: `%` (of the baseline after drops,
rises and worsens; of the whole scale after below and above), `pp` (points of a score in percent), `s`, `ms`,
`$`, `tokens`; without one, the unit of the score or metric.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from assay.core.errors import AssayError

Verb = Literal["drops", "rises", "worsens", "below", "above", "regression"]

_CHANGES = ("drops", "rises", "worsens")
_BOUNDS = ("below", "above")
_VERBS = (*_CHANGES, *_BOUNDS)
_EXPECTED = "expected drops, rises, worsens, below or above"
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|(?P<open>")|(?P<word>[^\s"]+)')
_AMOUNT = re.compile(
    r"(?P<dollar>\$)?(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)?\s*(?P<unit>.*)", re.DOTALL
)
_UNITS = {"": "", "%": "%", "pp": "pp", "s": "s", "ms": "ms", "$": "$", "tok": "tok", "tokens": "tok"}


class ConditionError(AssayError, ValueError):
    """A condition that cannot be read; the message shows it with a mark below `position` (from 0)."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        super().__init__(f"{text}\n{' ' * position}^ {problem}")
        self.text, self.position, self.problem = text, position, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition under which a gate fails.

    `subject` is a score or metric by name, None for every score (with `regression`: for any of them). `amount`
    is in `unit`: "" (the subject's own), "%", "pp", "s", "ms", "$" or "tok". `tag` narrows a regression.
    """

    text: str
    verb: Verb
    subject: str | None = None
    amount: float = 0.0
    unit: str = ""
    tag: str | None = None

    @property
    def is_change(self) -> bool:
        """Whether it compares with the baseline's mean."""
        return self.verb in _CHANGES


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    at: int
    quoted: bool = False

    def means(self, *words: str) -> bool:
        return not self.quoted and self.text.lower() in words


def parse_condition(text: str) -> Condition:
    """Read one condition. Raises ConditionError, which knows where."""
    text = " ".join(text.splitlines()) if "\n" in text else text
    words = _words(text)
    if not words:
        _fail(text, 0, "expected a condition such as: Variety drops 0.02")
    rest = words[1:] if words[0].means("any", "a") else words
    if rest and rest[0].means("regression", "regressions"):
        return _regression(text, rest[1:])
    at = next((i for i, word in enumerate(words) if word.means(*_VERBS)), None)
    if at is None:
        _fail(text, _misspelt(words, len(text)), _EXPECTED)
    if at == 0:
        _fail(text, words[0].at, f"expected a score or metric before {words[0].text!r}")
    verb = cast("Verb", words[at].text.lower())
    amount, unit = _amount(text, words[at], words[at + 1 :])
    return Condition(text=text, verb=verb, subject=_subject(words[:at]), amount=amount, unit=unit)


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for match in _TOKEN.finditer(text):
        if match["open"]:
            _fail(text, match.start(), "this quotation mark has no partner")
        quoted = match["quoted"] is not None
        found.append(_Word(match["quoted"] if quoted else match["word"], match.start(), quoted))
    return found


def _misspelt(words: list[_Word], end: int) -> int:
    """Where the verb should be: at a word much like one, else before the amount, else at the end."""
    from difflib import get_close_matches  # only for people who make mistakes

    near = (word.at for word in words[1:] if get_close_matches(word.text.lower(), _VERBS, n=1))
    before_amount = (words[-1].at for _ in words[1:] if words[-1].text[0] in "0123456789.$")
    return next(near, next(before_amount, end))


def _subject(words: list[_Word]) -> str | None:
    if len(words) == 2 and words[0].means("any", "every") and words[1].means("score"):
        return None
    return " ".join(word.text for word in words)


def _amount(text: str, verb: _Word, words: list[_Word]) -> tuple[float, str]:
    words = words[1:] if words and words[0].means("by") else words
    if not words:
        if verb.means(*_CHANGES):
            return 0.0, ""
        _fail(text, len(text), f"expected a number after {verb.text!r}")
    start = words[0].at
    written = text[start:].rstrip()
    if written[0] in "-+−":
        _fail(text, start, f"amounts have no sign: write {verb.text} {written[1:]}")
    match = _AMOUNT.fullmatch(written)
    if match is None or match["number"] is None:
        _fail(text, start, "expected a number, such as 0.02, 5%, 250ms or $0.01")
    unit = match["unit"].strip()
    if match["dollar"] and unit:
        _fail(text, start + match.start("unit"), "expected nothing after an amount in dollars")
    if unit.lower() not in _UNITS:
        _fail(text, start + match.start("unit"), f"{unit!r} is no unit: use %, pp, s, ms, $ or tokens")
    return float(match["number"]), "$" if match["dollar"] else _UNITS[unit.lower()]


def _regression(text: str, words: list[_Word]) -> Condition:
    """`[of NAME] [on tag NAME]`."""
    marks = [i for i, word in enumerate(words) if word.means("on")]
    cut = marks[0] if marks else len(words)
    of, on = words[:cut], words[cut:]
    if of and not of[0].means("of"):
        _fail(text, of[0].at, "expected 'of' and a score, or 'on tag' and a tag")
    if of and len(of) == 1:
        _fail(text, of[0].at + len(of[0].text), "expected the name of a score")
    if on and not (len(on) > 1 and on[1].means("tag", "tagged")):
        _fail(text, on[1].at if len(on) > 1 else len(text), "expected 'tag'")
    if on and len(on) == 2:
        _fail(text, len(text), "expected the tag")
    if len(on) > 3:
        _fail(text, on[3].at, "expected one tag; quote it when it holds blanks")
    return Condition(
        text=text,
        verb="regression",
        subject=" ".join(word.text for word in of[1:]) if of else None,
        tag=on[2].text if on else None,
    )


def _fail(text: str, position: int, problem: str) -> NoReturn:
    raise ConditionError(text, position, problem)
