"""Production logging: decorators, nested spans, errors, feedback and later updates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from _sdk import PROJECT, braintrust, report

logger = braintrust.init_logger(project=PROJECT)
row = logger.log(input="one call", output=[1.5, {"a": None}], scores={"ok": 1, "none": None})


@braintrust.traced
def add(a: int, b: int = 2, *rest: int, **named: str) -> int:
    return a + b + sum(rest) + len(named)


@braintrust.traced(type="tool", name="find", notrace_io=True)
def quiet(query: str) -> str:
    braintrust.current_span().log(output="by hand")
    return query.upper()


@braintrust.traced
async def greet(name: str) -> str:
    await asyncio.sleep(0)
    return f"hello {name}"


@braintrust.traced
def count(limit: int) -> Iterator[int]:
    yield from range(limit)


@braintrust.traced
async def letters(word: str) -> AsyncIterator[str]:
    for letter in word:
        yield letter


@braintrust.traced
def fail() -> None:
    raise ValueError("no good")


class Agent:
    @braintrust.traced
    def answer(self, question: str) -> dict[str, str]:
        with braintrust.start_span(name="retrieve", type="function", input=question) as span:
            span.log(output=["a", "b"], metadata={"k": 2, "deep": {"x": 1}})
            span.log(metadata={"deep": {"y": [1, None]}}, metrics={"hits": 2}, tags=["one"])
        return {"answer": question[::-1]}


async def main() -> None:
    await greet("Ada")
    report(letters=[letter async for letter in letters("abc")])


report(add=add(1), rest=add(1, 2, 3, 4, k="v"), quiet=quiet("x"), count=list(count(3)))
asyncio.run(main())
Agent().answer("why")
try:
    fail()
except ValueError as error:
    report(raised=str(error))

with logger.start_span(name="request", input={"text": "hi"}, tags=["demo"], scores={"rough": 0.5}) as request:
    request.log(output=True, expected="yes", metadata={"user": {"id": 7}})
    child = request.start_span(name="child", span_attributes={"type": "llm", "color": "red"})
    child.log(metrics={"prompt_tokens": 3, "completion_tokens": 4, "tokens": 7}, error="half broken")
    child.end()
    slug = request.export()
braintrust.flush()
braintrust.update_span(exported=slug, output="later", metadata={"user": {"name": "U"}})
logger.log_feedback(id=request.id, scores={"thumbs": 1}, expected="better", comment="nice", tags=["seen"])
logger.log_feedback(id=row, metadata={"by": "reviewer"}, source="app", scores={"stars": 0.25})
logger.flush()
