"""`wrap_openai`: an LLM span for every call of an OpenAI client.

Works on the client instance it is given, whatever version or subclass, and never imports the library itself.
Covered are chat completions, responses, embeddings and moderations; plain, async, streamed, parsed and
raw-response calls.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from assay.client.limits import limiter_of
from assay.core.errors import ConfigError
from assay.core.spans import TIME_TO_FIRST_TOKEN
from assay.integrations.limited import call_limited, call_limited_async
from assay.integrations.openai_shapes import (
    ChatStream,
    Collector,
    Event,
    ResponsesStream,
    chat_event,
    embedding_event,
    moderation_event,
    request_params,
    response_event,
)
from assay.integrations.streams import AsyncTracedStream, TracedStream
from assay.tracing.propagation import start_any
from assay.tracing.span import LiveSpan, Span

C = TypeVar("C")

_PROVIDER = "openai"
_RAW_HEADER = "X-Stainless-Raw-Response"
_MARK = "_assay_wrapped"


@dataclass(frozen=True, slots=True)
class _Operation:
    """One kind of call: its span name, the argument that is its input, and how answers become events."""

    span_name: str
    input_key: str
    read: Callable[[Any], Event]
    collector: Callable[[], Collector] | None = None


_CHAT = _Operation("Chat Completion", "messages", chat_event, ChatStream)
_RESPONSES = _Operation("Response", "input", response_event, ResponsesStream)
_METHODS: dict[str, _Operation] = {
    "chat.completions.create": _CHAT,
    "chat.completions.parse": _CHAT,
    "beta.chat.completions.create": _CHAT,
    "beta.chat.completions.parse": _CHAT,
    "responses.create": _RESPONSES,
    "responses.parse": _RESPONSES,
    "embeddings.create": _Operation("Embedding", "input", embedding_event),
    "moderations.create": _Operation("Moderation", "input", moderation_event),
}


def wrap_openai(client: C) -> C:
    """Make every call of an `OpenAI` or `AsyncOpenAI` client (Azure too) a span of type `llm`; returns the
    client.

    The span holds messages, model and parameters, the answer with its tool calls, token usage with cached and
    reasoning tokens, and for streams the time to the first token. Streams carry usage when the call asks for
    it (`stream_options={"include_usage": True}`). Wrapping twice changes nothing. Calls keep to
    the rate limit of provider `openai`, where one is set (`assay.set_rate_limits`).

    Raises ConfigError when the object is no such client.
    """
    found = False
    for path, operation in _METHODS.items():
        *owners, method = path.split(".")
        owner: Any = client
        for name in owners:
            owner = getattr(owner, name, None)
        original = getattr(owner, method, None)
        if callable(original):
            found = True
            if not hasattr(original, _MARK):
                is_async = type(owner).__name__.startswith("Async")
                setattr(owner, method, _wrapped(original, operation, is_async=is_async))
    if not found:
        raise ConfigError(
            f"{type(client).__name__} is no OpenAI client: pass openai.OpenAI() or AsyncOpenAI()"
        )
    _wrap_copies(client)
    return client


def _wrap_copies(client: Any) -> None:
    """Clients derived by `copy` and `with_options` are traced too."""
    for name in ("copy", "with_options"):
        original = getattr(client, name, None)
        if callable(original) and not hasattr(original, _MARK):
            setattr(client, name, _marked(_wrapping_result(original), original))


def _wrapping_result(make: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: wrap_openai(make(*args, **kwargs))


def _marked(wrapper: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    wrapped = functools.wraps(original)(wrapper)
    setattr(wrapped, _MARK, True)
    return wrapped


def _wrapped(original: Callable[..., Any], operation: _Operation, *, is_async: bool) -> Callable[..., Any]:
    async def call_async(*args: Any, **kwargs: Any) -> Any:
        async def once() -> Any:
            span = _open(operation, kwargs)
            started = time.time()
            try:
                answer = await original(*args, **kwargs)
            except BaseException as error:
                _fail(span, error)
                raise
            return _received(span, operation, kwargs, answer, started, is_async=True)

        limiter = limiter_of(_PROVIDER)
        return await (once() if limiter is None else call_limited_async(limiter, original, once))

    def call(*args: Any, **kwargs: Any) -> Any:
        def once() -> Any:
            span = _open(operation, kwargs)
            started = time.time()
            try:
                answer = original(*args, **kwargs)
            except BaseException as error:
                _fail(span, error)
                raise
            return _received(span, operation, kwargs, answer, started, is_async=False)

        limiter = limiter_of(_PROVIDER)
        return once() if limiter is None else call_limited(limiter, original, once)

    return _marked(call_async if is_async else call, original)


def _open(operation: _Operation, kwargs: Mapping[str, Any]) -> Span:
    params = request_params(kwargs)
    event = {"input": params.pop(operation.input_key, None), "metadata": {"provider": _PROVIDER, **params}}
    return start_any(operation.span_name, "llm", event)


def _received(
    span: Span,
    operation: _Operation,
    kwargs: Mapping[str, Any],
    answer: Any,
    started: float,
    *,
    is_async: bool,
) -> Any:
    """Log an answer and end the span, or hand a stream to the user that does so when it is over."""
    if not isinstance(span, LiveSpan):
        return answer
    headers = cast("Mapping[str, Any]", kwargs.get("extra_headers") or {})
    raw = str(headers.get(_RAW_HEADER, "")).lower()
    if raw == "stream":  # the user reads the bytes of the connection
        span.end()
        return answer
    if raw == "true":
        return _raw_received(span, operation, answer, started, is_async=is_async)
    if operation.collector is not None and _is_stream(answer):
        return _traced_stream(span, operation.collector(), answer, started, is_async=is_async)
    _log(span, operation.read, answer)
    return answer


def _traced_stream(
    span: LiveSpan, collector: Collector, stream: Any, started: float, *, is_async: bool
) -> Any:
    def finish(error: BaseException | None) -> None:
        if collector.first_at is not None:
            span.log(metrics={TIME_TO_FIRST_TOKEN: collector.first_at - started})
        _log(span, lambda _: collector.event(), None, error=error)

    return (AsyncTracedStream if is_async else TracedStream)(stream, collector.add, finish)


class _RawResponse:
    """A raw response whose parsed stream is traced; everything else is the original's."""

    def __init__(self, answer: Any, parsed: Any) -> None:
        self._answer = answer
        self._parsed = parsed

    def parse(self, **options: Any) -> Any:
        """The traced stream, or what another type the caller asks for gives."""
        return self._answer.parse(**options) if options else self._parsed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answer, name)


def _raw_received(
    span: LiveSpan, operation: _Operation, answer: Any, started: float, *, is_async: bool
) -> Any:
    try:
        parsed = answer.parse()
    except Exception:  # the caller will meet it when parsing; the call itself went well
        span.end()
        return answer
    if operation.collector is not None and _is_stream(parsed):
        stream = _traced_stream(span, operation.collector(), parsed, started, is_async=is_async)
        return _RawResponse(answer, stream)
    _log(span, operation.read, parsed)
    return answer


def _log(
    span: LiveSpan, read: Callable[[Any], Event], answer: Any, *, error: BaseException | None = None
) -> None:
    """Log what an answer says and end the span. An answer of a shape we do not know is logged as it is."""
    try:
        event = read(answer)
    except Exception:
        event: Event = {"output": answer}
    span.log(**event)
    if error is None or isinstance(error, GeneratorExit):
        span.end()
    else:
        span.fail(error)


def _is_stream(answer: Any) -> bool:
    return not hasattr(answer, "model_dump") and (hasattr(answer, "__next__") or hasattr(answer, "__anext__"))


def _fail(span: Span, error: BaseException) -> None:
    if isinstance(span, LiveSpan):
        span.fail(error)
