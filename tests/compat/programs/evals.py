"""What an `Eval` of the published Python SDK can do; `evals.mjs` is the same in JavaScript. Prints what it saw."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from typing import Any

os.environ["BRAINTRUST_LEGACY_IDS"] = (
    "1"  # this SDK reads a base experiment's cases only with ids of this kind
)

import braintrust
from braintrust.git_fields import GitMetadataSettings
from braintrust.score import Classification, Score
from pydantic import BaseModel

PROJECT = os.environ["COMPAT_PROJECT"]
BASES = f"{PROJECT}, bases"


class Factor(BaseModel):
    value: int = 3


def report(**seen: Any) -> None:
    print(json.dumps(seen, default=str))


def told(summary: Any) -> dict[str, Any]:
    return {
        "id": summary.experiment_id,
        "name": summary.experiment_name,
        "compared_with": summary.comparison_experiment_name,
        "scores": {name: score.score for name, score in summary.scores.items()},
    }


running: list[int] = [0, 0]


async def task(number: int, hooks: Any) -> int:
    """Multiplies by a parameter; fails for 3."""
    running[0] += 1
    running[1] = max(running)
    with hooks.span.start_span(name="look up", type="tool") as span:
        await asyncio.sleep(0)
        span.log(output=number)
    hooks.metadata["seen"] = [number, hooks.trial_index, hooks.expected]
    hooks.tags.append("ran")
    running[0] -= 1
    if number == 3:
        raise ValueError("three is not allowed")
    return number * hooks.parameters["factor"]


def exact(output: int, expected: int, **_: Any) -> bool:
    return output == expected


def several(output: int, **_: Any) -> list[Score]:
    return [Score("small", 1 if output < 5 else 0, metadata={"limit": 5}), Score("half", 0.5)]


def nothing(**_: Any) -> None:
    return None


def broken(input: int, **_: Any) -> float:
    if input == 2:
        raise ValueError("two is odd to me")
    return 0.25


async def tools(trace: Any, **_: Any) -> float:
    return float(len(await trace.get_spans(span_type=["tool"])))


def parity(output: int, **_: Any) -> Classification:
    return Classification("even" if output % 2 == 0 else "odd", label="Parity", metadata={"of": output})


def everything() -> None:
    data = [
        {"input": 1, "expected": 3, "metadata": {"level": "easy"}, "tags": ["first"]},
        {"input": 2, "expected": 5, "tags": ["second"]},
        {"input": 3, "trial_count": 1, "tags": []},
    ]
    result = braintrust.Eval(
        PROJECT,
        experiment_name="everything",
        description="all at once",
        data=data,
        task=task,
        scores=[exact, several, nothing, broken, tools],
        classifiers=[parity],
        parameters={"factor": Factor},
        trial_count=2,
        max_concurrency=2,
        timeout=120,
        metadata={"model": "m"},
        tags=["nightly"],
        error_score_handler=braintrust.framework.default_error_score_handler,
    )
    seen = [
        {
            "input": case.input,
            "output": case.output,
            "scores": dict(case.scores),
            "classes": case.classifications,
            "error": type(case.error).__name__ if case.error else None,
        }
        for case in result.results
    ]
    report(everything=told(result.summary), cases=seen, at_once=running[1])


def ends() -> None:
    """An evaluation that takes too long says so, and what it began is there."""

    async def forever(_: int) -> None:
        await asyncio.Event().wait()

    try:
        braintrust.Eval(
            PROJECT, experiment_name="too long", data=[{"input": 1}], task=forever, scores=[], timeout=0.3
        )
    except TimeoutError as error:
        report(timeout=str(error))
    braintrust.flush()


def run(name: str, project: str = BASES, **options: Any) -> dict[str, Any]:
    data = options.pop("data", [{"input": 1}])
    made = braintrust.Eval(
        project, experiment_name=name, data=data, task=lambda number: number + 1, scores=[one], **options
    )
    return told(made.summary)


def one(**_: Any) -> int:
    return 1


def git(*arguments: str) -> None:
    name = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *name, *arguments], check=True, capture_output=True)


def bases() -> None:
    """Bases by name, by commit, by time, and none; and the base's outputs as the cases of the next experiment."""
    os.makedirs("repository")
    os.chdir("repository")
    git("init", "-b", "main")
    git("remote", "add", "origin", "https://example.org/none.git")
    with_git = GitMetadataSettings(collect="all")
    git("commit", "--allow-empty", "-m", "one")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    first = run("at one", git_metadata_settings=with_git)
    git("commit", "--allow-empty", "-m", "two")
    second = run("at two", git_metadata_settings=with_git)
    no_commit = run("without commit")
    git("commit", "--allow-empty", "-m", "three")
    by_commit = run("at three", git_metadata_settings=with_git)
    by_time = run("by time")
    unknown = run("unknown base", base_experiment_name="never was")
    by_id = run("by id", base_experiment_id=first["id"])
    climbed = run("climbed", data=braintrust.BaseExperiment(), base_experiment_name="at two")
    named = run("climbed again", data=braintrust.BaseExperiment(name="climbed"))
    report(bases=[first, second, no_commit, by_commit, by_time, unknown, by_id, climbed, named])


def summaries() -> None:
    """An experiment written by hand, summarized against what is asked for."""
    experiment = braintrust.init(project=BASES, experiment="by hand", base_experiment="at one")
    experiment.log(input=1, output=2, scores={"one": 0.5}, metrics={"hops": 3})
    with experiment.start_span(name="linked", input="look here") as span:
        link = span.link()
    other = braintrust.init(project=BASES, experiment="at two", open=True)
    against = experiment.summarize(comparison_experiment_id=other.id)
    plain = experiment.summarize(summarize_scores=False)
    base = experiment.fetch_base_experiment()
    report(
        against=told(against),
        links=[link, span.permalink()],
        diff=against.scores["one"].diff,
        hops=against.metrics["hops"].metric,
        plain=told(plain),
        base=[base.id, base.name],
        closed=experiment.close() == experiment.id,
        updated=braintrust.init(project=BASES, experiment="by hand", update=True).id == experiment.id,
    )


def thread() -> None:
    """What a scorer sees of the conversation of its case."""

    def ask(number: int, hooks: Any) -> str:
        asked = [{"role": "user", "content": f"twice {number}?"}]
        for answer in (number, number * 2):
            with hooks.span.start_span(name="model", type="llm", input=asked) as span:
                asked = [*asked, {"role": "assistant", "content": str(answer)}]
                span.log(output=[{"message": asked[-1]}])
            asked = [*asked, {"role": "user", "content": "sure?"}]
        return str(answer)

    async def messages(trace: Any, **_: Any) -> Score:
        return Score("messages", 1, metadata={"thread": await trace.get_thread()})

    made = braintrust.Eval(
        PROJECT, experiment_name="thread", data=[{"input": 4}], task=ask, scores=[messages]
    )
    report(thread=made.summary.experiment_id)


def numbers() -> None:
    """Two experiments with means that no decimal holds, and all the second is told and prints."""

    def evaluate(name: str, task: Any, **options: Any) -> Any:
        return braintrust.Eval(
            f"{PROJECT}, numbers",
            experiment_name=name,
            data=[{"input": number} for number in range(1, 6)],
            task=task,
            scores=[sevenths, thirds],
            **options,
        ).summary

    def sevenths(output: int, **_: Any) -> float:
        return output % 7 / 7

    def thirds(output: int, **_: Any) -> float:
        return output % 3 / 3

    evaluate("straight", lambda number: number)
    summary = evaluate("squares", lambda number: number * number, base_experiment_name="straight")
    kept = ("score", "metric", "diff", "improvements", "regressions")
    items = {**summary.scores, **summary.metrics}
    report(
        numbers={
            name: {key: getattr(item, key) for key in kept if hasattr(item, key)}
            for name, item in items.items()
        },
        printed=str(summary),
    )


everything()
ends()
thread()
numbers()
bases()
summaries()
