"""Evaluations: lists, generators and datasets as data; trials, hooks, several kinds of score, failures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from _sdk import PROJECT, braintrust, report


def task(input: int, hooks: Any) -> int:
    hooks.metadata["seen"] = input
    hooks.span.log(metrics={"steps": 2})
    with braintrust.start_span(name="work", type="llm") as span:
        span.log(input=input, output=input + 1, metrics={"prompt_tokens": 5, "tokens": 5})
    return input + 1


async def doubled(input: int) -> int:
    if input == 3:
        raise ValueError("three is not allowed")
    return input * 2


def exact(input: int, output: int, expected: int | None = None) -> float | None:
    return None if expected is None else float(output == expected)


def several(output: int, **_: Any) -> list[Any]:
    return [
        braintrust.Score(name="low", score=0.25, metadata={"why": "fixed"}),
        braintrust.Score(name="high", score=0.75),
    ]


async def named(input: int, output: int, metadata: dict[str, Any]) -> Any:
    return braintrust.Score(name="renamed", score=1 if metadata.get("kind") == "odd" else 0)


def broken(**_: Any) -> float:
    raise RuntimeError("no judge")


def generated() -> Iterator[dict[str, Any]]:
    for number in range(3):
        yield {"input": number, "expected": number * 2, "metadata": {"kind": "odd" if number % 2 else "even"}}


def told(result: Any) -> None:
    summary = result.summary
    report(
        name=summary.experiment_name,
        scores={score.name: score.score for score in summary.scores.values()},
        results=sorted(
            [
                str(case.input),
                str(case.output),
                str(case.expected),
                type(case.error).__name__,
                sorted(case.scores),
            ]
            for case in result.results
        ),
    )


told(
    braintrust.Eval(
        PROJECT,
        data=[
            {"input": 1, "expected": 2, "metadata": {"kind": "odd"}, "tags": ["first"]},
            {"input": 2, "expected": 5},
            braintrust.EvalCase(input=4),
        ],
        task=task,
        scores=[exact, several],
        experiment_name="list",
        metadata={"model": "none"},
        trial_count=2,
    )
)
told(
    braintrust.Eval(
        PROJECT,
        data=generated,
        task=doubled,
        scores=[exact, named, broken],
        experiment_name="generator",
        max_concurrency=1,
    )
)

dataset = braintrust.init_dataset(project=PROJECT, name="cases")
for number in (1, 3):
    dataset.insert(id=f"case {number}", input=number, expected=2, metadata={"kind": "odd"}, tags=["kept"])
dataset.flush()
dataset = braintrust.init_dataset(project=PROJECT, name="cases")


async def main() -> None:
    told(
        await braintrust.EvalAsync(
            PROJECT, data=dataset, task=doubled, scores=[exact], experiment_name="dataset", description="kept"
        )
    )


asyncio.run(main())
