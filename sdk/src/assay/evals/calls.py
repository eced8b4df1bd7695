"""How user functions are called: which arguments they take, and what their answers mean.

Signatures are read once, before anything runs, so that a scorer nobody can call is one clear error instead
of one error a case.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from assay.scorers.score import Score, checked_score

if TYPE_CHECKING:
    from assay.tracing.span import Caller

Arguments = dict[str, Any]
"""`input`, `output`, `expected`, `metadata`, `tags`, `id` and `trace`: what a scorer may ask for by name."""

_NAMES = ("input", "output", "expected", "metadata", "tags", "id", "trace")
_PLAIN_NUMBERS = frozenset((float, int, bool))
_POSITIONAL_ORDER = ("output", "expected", "input", "metadata")


@dataclass(frozen=True, slots=True)
class ScorerCall:
    """A scorer made ready.

    `function` takes the arguments by name. `is_async`: it returns an awaitable. `blocking`: whether a plain
    one waits for the world; None means unknown. `place`: where it is defined.
    """

    name: str
    function: Callable[..., Any]
    positional: tuple[str, ...]
    keywords: frozenset[str] | None
    is_async: bool
    blocking: bool | None
    place: Caller | None

    @property
    def reads(self) -> tuple[str, ...]:
        """The arguments it can tell apart; for `**kwargs` all, `trace` among them unless it is a scorer of ours."""
        if self.keywords is not None:
            return tuple(sorted({*self.positional, *self.keywords}))
        ours = str(getattr(self.function, "__module__", "")).startswith("assay.")
        return tuple(name for name in _NAMES if not (ours and name == "trace"))

    def bind(self, arguments: Arguments) -> Callable[[], Any]:
        """The call for one case, arguments filled in."""
        keywords = arguments if self.keywords is None else {key: arguments[key] for key in self.keywords}
        if not self.positional:
            return functools.partial(self.function, **keywords)
        first = [arguments[name] for name in self.positional]
        rest = {key: value for key, value in keywords.items() if key not in self.positional}
        return functools.partial(self.function, *first, **rest)


def scorer_call(scorer: Any, index: int) -> ScorerCall:
    """Make a scorer ready: a function, a scorer object or its class, or anything with `eval_async` or `eval`.

    Parameters named input, output, expected, metadata, tags, id or trace get that value; others without a default get
    output, expected, input, metadata in this order; `**kwargs` gets everything.

    Raises TypeError when it cannot be called so.
    """
    target = scorer() if isinstance(scorer, type) else scorer
    name = scorer_name(target, index)
    blocking = cast("bool | None", getattr(target, "blocking", None))
    function = _entry_point(target, name, known_blocking=blocking is not None)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some built-ins have no signature: they take positions only
        return ScorerCall(name, function, _POSITIONAL_ORDER[:2], frozenset(), False, blocking, None)
    positional, keywords = _assign(name, parameters)
    return ScorerCall(
        name, function, positional, keywords, _is_async(function), blocking, code_place(function)
    )


def scorer_name(scorer: Any, index: int) -> str:
    """What a scorer's scores are called when they carry no name of their own."""
    while isinstance(scorer, functools.partial):
        scorer = cast("Any", scorer).func
    given: Any = getattr(scorer, "name", None)
    if callable(getattr(scorer, "_name", None)):  # the convention of the autoevals package
        given = scorer._name()
    if isinstance(given, str) and given:
        return given
    plain = getattr(scorer, "__name__", None) or type(scorer).__name__
    return f"scorer_{index}" if plain == "<lambda>" else str(plain)


def takes_hooks(task: Callable[..., Any]) -> bool:
    """Whether a task wants the hooks as its second argument.

    Raises TypeError for a task that cannot take an input, or requires more than input and hooks.
    """
    try:
        parameters = list(inspect.signature(task).parameters.values())
    except (TypeError, ValueError):
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return len(positional) != 1
    if not positional:
        raise TypeError(f"the task {task!r} takes no positional argument: it must take the case's input")
    required = [p for p in positional if p.default is p.empty]
    if len(required) > 2:
        raise TypeError(f"the task {task!r} requires {len(required)} arguments: it is given input and hooks")
    return len(required) == 2 or (len(positional) > 1 and positional[1].name == "hooks")


def code_place(function: Callable[..., Any]) -> Caller | None:
    """Where a function is defined, as spans record it; None for callables without code of their own."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return None if code is None else (code, code.co_firstlineno)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling `function` gives an awaitable, as far as can be told without calling."""
    return _is_async(function)


def read_scores(answer: Any, name: str) -> list[Score]:
    """The scores in a scorer's answer.

    A number, a bool or None is a score of the scorer's own name; a dict or any object with `score` may bring
    another name and metadata; a list holds several of those. Raises ValueError for anything else.
    """
    if type(answer) in _PLAIN_NUMBERS:  # nearly always, so before the costlier questions
        return [Score(name, answer, {})]
    if isinstance(answer, list | tuple):
        return [_read_one(item, name) for item in cast("Sequence[Any]", answer)]
    return [_read_one(answer, name)]


def _read_one(answer: Any, name: str) -> Score:
    if isinstance(answer, Score):
        return answer
    if answer is None or isinstance(answer, int | float):
        return Score(name, answer if answer is None else checked_score(name, answer))
    if isinstance(answer, Mapping):
        fields = cast("Mapping[str, Any]", answer)
        if "score" not in fields:
            raise ValueError(f"scorer {name!r} returned a dict without 'score': {sorted(map(str, fields))}")
        return Score(str(fields.get("name") or name), fields["score"], dict(fields.get("metadata") or {}))
    if hasattr(answer, "score"):
        return Score(
            str(getattr(answer, "name", None) or name),
            answer.score,
            dict(getattr(answer, "metadata", None) or {}),
        )
    try:
        return Score(name, float(answer))  # numpy scalars, Decimal
    except (TypeError, ValueError):
        shown = f"{type(answer).__name__} {str(answer)[:80]!r}"
        raise ValueError(
            f"scorer {name!r} returned {shown}: return a number, None, a Score, or a list of them"
        ) from None


def _entry_point(scorer: Any, name: str, *, known_blocking: bool) -> Callable[..., Any]:
    """The method to call: the plain form of scorers that say whether they block, the async form of others."""
    if inspect.isroutine(scorer) or isinstance(scorer, functools.partial):
        return cast("Callable[..., Any]", scorer)
    order = ("eval", "eval_async", "__call__") if known_blocking else ("eval_async", "eval", "__call__")
    for attribute in order:
        method = getattr(scorer, attribute, None)
        if callable(method):
            return method
    raise TypeError(
        f"scorer {name!r} is a {type(scorer).__name__}, which can be neither called nor asked to eval"
    )


def _assign(
    name: str, parameters: Sequence[inspect.Parameter]
) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """Which argument each leading position gets, and which names are passed by keyword (None = all)."""
    in_order = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    by_name = {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY and p.name in _NAMES}
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    keywords = None if takes_all else frozenset(by_name)
    strangers = [
        p for p in in_order if p.default is p.empty and (p.name not in _NAMES or p.kind is p.POSITIONAL_ONLY)
    ]
    stuck = [
        p.name
        for p in parameters
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty and p.name not in _NAMES
    ]
    if not strangers and not stuck:
        return (), keywords
    leading = in_order[: in_order.index(strangers[-1]) + 1] if strangers else []
    free = [choice for choice in _POSITIONAL_ORDER if choice not in by_name]
    if stuck or len(strangers) > len(free):
        wrong = ", ".join(stuck or [p.name for p in strangers])
        raise TypeError(f"scorer {name!r} requires {wrong}: a scorer is given {', '.join(_NAMES)}")
    supply = iter(free)
    return tuple(p.name if p not in strangers else next(supply) for p in leading), keywords


def _is_async(function: Callable[..., Any]) -> bool:
    while isinstance(function, functools.partial):
        function = cast("Callable[..., Any]", function.func)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 — not a test for callability: an object's own __call__
    )
