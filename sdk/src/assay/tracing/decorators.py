"""`traced`: a span for every call of a function."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextvars import Token
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from assay.tracing.context import CURRENT_SPAN
from assay.tracing.noop import NOOP_SPAN
from assay.tracing.propagation import start_any
from assay.tracing.span import Caller, LiveSpan, Span

P = ParamSpec("P")
R = TypeVar("R")

MAX_YIELDED = 1_000
"""How many items of a generator are kept as its output."""


class Opener(Protocol):
    """A logger, experiment or span whose `traced` was used."""

    def start_span(self, name: str | None = None, type: str | None = None, **event: Any) -> Span:
        """Open a span below it."""
        ...


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What is known about a traced function before it is called."""

    name: str
    type: str
    names: tuple[str, ...]  # parameters that positional arguments fill
    variadic: str | None  # the parameter that takes the other ones
    named: frozenset[str] | None  # what may be passed by name, when `keywords` takes the rest
    keywords: str | None
    skip: int  # leading parameters that are not input: self, cls
    caller: Caller | None
    log_io: bool
    opener: Opener | None
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@overload
def traced(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def traced(
    name: str | None = None,
    /,
    *,
    type: str | None = None,
    notrace_io: bool = False,
    span_attributes: Mapping[str, Any] | None = None,
    opener: Opener | None = None,
    **options: Any,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def traced(*args: Any, **options: Any) -> Any:
    """Record each call of a function as a span: arguments as input, result as output, exceptions as error.

    Works as `@traced` and `@traced(name="step", type="tool", notrace_io=True)`, on plain and async functions
    and on plain and async generators (their output is the list of the first 1,000 items). `notrace_io` leaves
    input and output out. The result and the exceptions of the function are never changed.
    """
    if args and callable(args[0]):
        return _wrap(args[0], {**options})
    if args:
        options["name"] = args[0]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        return _wrap(function, {**options})

    return decorate


def _wrap(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    plan = _plan(function, options)
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(function, plan)
    if inspect.isgeneratorfunction(function):
        return _wrap_generator(function, plan)
    if inspect.iscoroutinefunction(function):
        return _wrap_async(function, plan)
    return _wrap_plain(function, plan)


def _plan(function: Callable[..., Any], options: dict[str, Any]) -> _Plan:
    names: list[str] = []
    variadic = keywords = None
    named: set[str] = set()
    try:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                names.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                variadic = parameter.name
            elif parameter.kind is parameter.VAR_KEYWORD:
                keywords = parameter.name
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                named.add(parameter.name)
    except (TypeError, ValueError):  # builtins may hide their signature
        variadic = "args"
    code = getattr(inspect.unwrap(function), "__code__", None)
    return _Plan(
        name=options.pop("name", None) or getattr(function, "__name__", type(function).__name__),
        type=options.pop("type", None) or "function",
        names=tuple(names),
        variadic=variadic,
        named=frozenset(named) if keywords else None,
        keywords=keywords,
        skip=1 if names[:1] in (["self"], ["cls"]) else 0,
        caller=(code, code.co_firstlineno) if code is not None else None,
        log_io=not options.pop("notrace_io", False),
        opener=options.pop("opener", None),
        options={"attributes": options.pop("span_attributes", None), "event": options},
    )


def _open(plan: _Plan, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
    """The span of one call; NOOP_SPAN when nothing records or anything goes wrong."""
    try:
        current = CURRENT_SPAN.get()
        event: dict[str, Any] = dict(plan.options["event"])
        if plan.log_io:
            event["input"] = _input(plan, args, kwargs)
        attributes = plan.options["attributes"]
        if plan.opener is not None and not (isinstance(current, LiveSpan) and plan.opener is not current):
            return plan.opener.start_span(plan.name, plan.type, span_attributes=attributes, **event)
        return start_any(plan.name, plan.type, event, caller=plan.caller, attributes=attributes)
    except Exception:  # tracing must not change what the function does
        return NOOP_SPAN


def _input(plan: _Plan, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by parameter name, without defaults and without self."""
    names = plan.names
    values = dict(zip(names[plan.skip :], args[plan.skip :], strict=False))
    if plan.variadic is not None and len(args) > len(names):
        values[plan.variadic] = args[len(names) :]
    if plan.named is None or plan.keywords is None or plan.named.issuperset(kwargs):
        values.update(kwargs)
        return values
    values.update((name, value) for name, value in kwargs.items() if name in plan.named)
    values[plan.keywords] = {name: value for name, value in kwargs.items() if name not in plan.named}
    return values


def _finish(plan: _Plan, span: LiveSpan, output: Any) -> None:
    if plan.log_io:
        span.finish("output", output)
    else:
        span.end()


def _wrap_plain(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        span = _open(plan, args, kwargs)
        if not isinstance(span, LiveSpan):
            return function(*args, **kwargs)
        token = CURRENT_SPAN.set(span)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            CURRENT_SPAN.reset(token)
        _finish(plan, span, result)
        return result

    return call


def _leave(token: Token[Span]) -> None:
    with contextlib.suppress(
        ValueError
    ):  # a framework drove the coroutine in another context than it began in
        CURRENT_SPAN.reset(token)


def _wrap_async(function: Callable[..., Awaitable[Any]], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        span = _open(plan, args, kwargs)
        if not isinstance(span, LiveSpan):
            return await function(*args, **kwargs)
        token = CURRENT_SPAN.set(span)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            _leave(token)
        _finish(plan, span, result)
        return result

    return call


def _wrap_generator(function: Callable[..., Generator[Any, Any, Any]], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = _open(plan, args, kwargs)
        inner = function(*args, **kwargs)
        if not isinstance(span, LiveSpan):
            return (yield from inner)
        items: list[Any] = []
        step: Callable[[], Any] = functools.partial(next, inner)
        try:
            while True:
                # The body runs in the context of whoever asks for the next item: current only while it runs.
                token = CURRENT_SPAN.set(span)
                try:
                    item = step()
                finally:
                    CURRENT_SPAN.reset(token)
                if len(items) < MAX_YIELDED:
                    items.append(item)
                try:
                    sent = yield item
                    step = functools.partial(inner.send, sent)
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as thrown:
                    step = functools.partial(inner.throw, thrown)
        except StopIteration as stop:
            _finish(plan, span, items)
            return stop.value
        except GeneratorExit:
            _finish(plan, span, items)
            raise
        except BaseException as error:
            span.fail(error)
            raise

    return call


def _wrap_async_generator(
    function: Callable[..., AsyncGenerator[Any, Any]], plan: _Plan
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = _open(plan, args, kwargs)
        inner = function(*args, **kwargs)
        items: list[Any] = []
        step: Callable[[], Any] = functools.partial(anext, inner)
        try:
            while True:
                token = CURRENT_SPAN.set(span)
                try:
                    item = await cast("Awaitable[Any]", step())
                finally:
                    _leave(token)
                if len(items) < MAX_YIELDED:
                    items.append(item)
                try:
                    sent = yield item
                    step = functools.partial(inner.asend, sent)
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as thrown:
                    step = functools.partial(inner.athrow, thrown)
        except StopAsyncIteration:
            pass
        except GeneratorExit:
            raise
        except BaseException as error:
            if isinstance(span, LiveSpan):
                span.fail(error)
            raise
        finally:
            if isinstance(span, LiveSpan) and not span.ended:
                _finish(plan, span, items)

    return call
