"""The decorator on every kind of callable."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
from collections.abc import AsyncIterator, Generator, Iterator

import pytest

import assay
from assay.tracing.decorators import MAX_YIELDED
from tests.sdk.tracing.support.server import LogServer


def test_arguments_become_input_and_the_result_output(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    def add(a: int, b: int, *rest: int, scale: int = 1, **more: int) -> int:
        """Adds."""
        return (a + b) * scale

    assert add(1, 2, 3, 4, scale=5, extra=6) == 15
    assert (add.__name__, add.__doc__) == ("add", "Adds.")
    assert list(inspect.signature(add).parameters) == ["a", "b", "rest", "scale", "more"]
    assay.flush()
    row = server.span("add")
    assert row["input"] == {"a": 1, "b": 2, "rest": [3, 4], "scale": 5, "more": {"extra": 6}}
    assert row["output"] == 15
    assert row["span_attributes"]["type"] == "function"
    assert row["context"]["caller_functionname"].endswith("add")


def test_options_name_type_attributes_and_extra_columns(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced(name="renamed", type="tool", span_attributes={"purpose": "x"}, metadata={"m": 1})
    def f() -> None: ...

    @assay.traced("by position")
    def g() -> None: ...

    f()
    g()
    assay.flush()
    attributes = server.span("renamed")["span_attributes"]
    assert (attributes["type"], attributes["purpose"]) == ("tool", "x")
    assert server.span("renamed")["metadata"] == {"m": 1}
    assert server.span("by position")["output"] is None


def test_notrace_io_keeps_values_out(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced(notrace_io=True)
    def secret(password: str) -> str:
        assay.current_span().log(metadata={"seen": True})
        return password

    assert secret("hunter2") == "hunter2"
    assay.flush()
    row = server.span("secret")
    assert "input" not in row
    assert "output" not in row
    assert row["metadata"] == {"seen": True}
    assert "end" in row["metrics"]


def test_self_is_not_input(logger: assay.Logger, server: LogServer) -> None:
    class Agent:
        @assay.traced
        def answer(self, question: str) -> str:
            return question.upper()

        @classmethod
        @assay.traced
        def build(cls, size: int) -> int:
            return size

    assert Agent().answer("q") == "Q"
    assert Agent.build(2) == 2
    assay.flush()
    assert server.span("answer")["input"] == {"question": "q"}
    assert server.span("build")["input"] == {"size": 2}


def test_exceptions_pass_through_unchanged(logger: assay.Logger, server: LogServer) -> None:
    error = KeyError("k")

    @assay.traced
    def fails() -> None:
        raise error

    with pytest.raises(KeyError) as caught:
        fails()
    assert caught.value is error
    assert assay.current_span() is assay.NOOP_SPAN
    assay.flush()
    row = server.span("fails")
    assert row["error"].startswith("KeyError: 'k'")
    assert "output" not in row


def test_a_wrong_call_raises_what_python_raises(logger: assay.Logger) -> None:
    @assay.traced
    def one(a: int) -> int:
        return a

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        one()  # type: ignore[call-arg]


def test_nesting_follows_calls(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    def inner() -> int:
        return 1

    @assay.traced
    def outer() -> int:
        return inner() + inner()

    assert outer() == 2
    assay.flush()
    outer_row = server.span("outer")
    assert [row["span_parents"] for row in server.named("inner")] == [[outer_row["span_id"]]] * 2


def test_async_functions_keep_their_spans_apart(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    async def step(n: int) -> int:
        await asyncio.sleep(0.01)
        return n

    @assay.traced
    async def task(n: int) -> int:
        return await step(n)

    async def main() -> list[int]:
        return await asyncio.gather(*(task(n) for n in range(5)))

    assert inspect.iscoroutinefunction(task)
    assert asyncio.run(main()) == list(range(5))
    assay.flush()
    parents = {row["input"]["n"]: row["span_id"] for row in server.named("task")}
    assert {row["input"]["n"]: row["span_parents"] for row in server.named("step")} == {
        n: [span_id] for n, span_id in parents.items()
    }


def test_a_cancelled_task_ends_its_span_with_the_cancellation(
    logger: assay.Logger, server: LogServer
) -> None:
    @assay.traced
    async def sleeps() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        await asyncio.wait_for(sleeps(), 0.02)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assay.flush()
    assert server.span("sleeps")["error"].startswith("CancelledError")


def test_generators_are_one_span_with_all_items(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    def count(n: int) -> Generator[int, str | None, str]:
        seen: list[str | None] = []
        for i in range(n):
            assay.current_span().log(metadata={f"at{i}": True})
            seen.append((yield i))
        return f"done {seen}"

    def drive() -> Generator[int, str | None, str]:
        return (yield from count(3))

    running = drive()
    assert next(running) == 0
    assert assay.current_span() is assay.NOOP_SPAN  # the consumer is not inside the generator
    assert running.send("x") == 1
    assert running.send("y") == 2
    with pytest.raises(StopIteration) as stop:
        running.send("z")
    assert stop.value.value == "done ['x', 'y', 'z']"
    assay.flush()
    row = server.span("count")
    assert row["output"] == [0, 1, 2]
    assert row["metadata"] == {"at0": True, "at1": True, "at2": True}


def test_an_abandoned_generator_logs_what_it_yielded_and_cleans_up(
    logger: assay.Logger, server: LogServer
) -> None:
    cleaned: list[bool] = []

    @assay.traced
    def endless() -> Iterator[int]:
        try:
            n = 0
            while True:
                yield n
                n += 1
        finally:
            cleaned.append(True)

    for item in endless():
        if item == 2:
            break
    assert cleaned == [True]
    assay.flush()
    assert server.span("endless")["output"] == [0, 1, 2]
    assert "error" not in server.span("endless")


def test_throw_reaches_the_generator_body(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    def catches() -> Generator[str, None, None]:
        try:
            yield "first"
        except LookupError as error:
            yield f"caught {error}"

    running = catches()
    next(running)
    assert running.throw(LookupError("it")) == "caught it"
    running.close()
    assay.flush()
    assert server.span("catches")["output"] == ["first", "caught it"]


def test_long_generators_keep_the_first_items(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    def many() -> Iterator[int]:
        yield from range(MAX_YIELDED + 500)

    assert sum(1 for _ in many()) == MAX_YIELDED + 500
    assay.flush()
    assert server.span("many")["output"] == list(range(MAX_YIELDED))


def test_async_generators(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    async def tokens(n: int) -> AsyncIterator[int]:
        for i in range(n):
            await asyncio.sleep(0)
            assay.start_span(f"token {i}").end()
            yield i

    async def main() -> list[int]:
        whole = [item async for item in tokens(3)]
        async with contextlib.aclosing(tokens(9)) as partial:
            async for item in partial:
                if item == 1:
                    break
        return whole

    assert asyncio.run(main()) == [0, 1, 2]
    assay.flush()
    whole, partial = sorted(server.named("tokens"), key=lambda row: row["input"]["n"])
    assert (whole["output"], partial["output"]) == ([0, 1, 2], [0, 1])
    assert [row["span_parents"][0] for row in server.named("token 2")] == [whole["span_id"]]


def test_a_failing_async_generator_logs_the_error(logger: assay.Logger, server: LogServer) -> None:
    @assay.traced
    async def breaks() -> AsyncIterator[int]:
        yield 1
        raise OSError("gone")

    async def main() -> None:
        async for _ in breaks():
            pass

    with pytest.raises(OSError, match="gone"):
        asyncio.run(main())
    assay.flush()
    assert re.match("OSError: gone", server.span("breaks")["error"])


def test_logger_traced_is_used_when_another_logger_is_current(
    logger: assay.Logger, server: LogServer
) -> None:
    other = assay.init_logger(project="other", set_current=False)

    @other.traced(name="elsewhere")
    def f() -> None: ...

    f()
    assay.flush()
    assert server.span("elsewhere")["project_id"] == server.objects["project"]["other"]["id"]


def test_without_a_logger_functions_run_as_they_are(server: LogServer) -> None:
    @assay.traced
    def plain(x: int) -> int:
        return x + 1

    @assay.traced
    def generated() -> Iterator[int]:
        yield 1

    assert plain(1) == 2
    assert list(generated()) == [1]
    assert server.requests == []
