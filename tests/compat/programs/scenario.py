"""A team's day with the published Python SDK; `scenario.mjs` is the same in JavaScript. Prints what it saw."""

from __future__ import annotations

import json
import os
from typing import Any

import autoevals
import braintrust

PROJECT = os.environ["COMPAT_PROJECT"]


def report(**seen: Any) -> None:
    print(json.dumps(seen, default=str))


def told(summary: Any) -> dict[str, Any]:
    """A summary with the names the HTTP API has."""
    return {
        "id": summary.experiment_id,
        "name": summary.experiment_name,
        "compared_with": summary.comparison_experiment_name,
        "url": summary.experiment_url,
        "scores": {
            score.name: {
                "score": score.score,
                "diff": score.diff,
                "improvements": score.improvements,
                "regressions": score.regressions,
            }
            for score in summary.scores.values()
        },
    }


def logs() -> None:
    logger = braintrust.init_logger(project=PROJECT)
    one = logger.log(
        input="question",
        output={"text": "ä 😀", "n": [1.5, None, True]},
        expected="yes",
        scores={"ok": 1, "half": 0.5, "none": None},
        metadata={"user": {"id": 7}, "k v": True},
        tags=["a", "b"],
    )
    with logger.start_span(name="request", input={"text": "hi"}, metadata={"user": {"id": 7}}) as request:
        with request.start_span(name="model", type="llm") as model:
            model.log(output="x", metrics={"prompt_tokens": 3, "completion_tokens": 4, "tokens": 7})
        request.log(output=True)
        slug = request.export()
    try:
        with logger.start_span(name="fail"):
            raise ValueError("no good")
    except ValueError:
        pass
    attachment = braintrust.Attachment(
        data=b"\x00\xff\x07", filename="ä three.bin", content_type="application/x-three"
    )
    with logger.start_span(name="files", input={"file": attachment}) as files:
        files.log(output=braintrust.JSONAttachment({"a": [1, "ä"]}, filename="data.json"))
    with logger.start_span(name="large", input="ß" * 600_000) as large:
        pass  # more than the server takes in one request
    logger.flush()
    braintrust.update_span(exported=slug, output="later", metadata={"user": {"name": "U"}})
    logger.flush()
    logger.log_feedback(id=request.id, scores={"thumbs": 1}, expected="better", comment="nice", tags=["seen"])
    logger.flush()
    report(
        logs={"one": one, "request": request.id, "model": model.id, "files": files.id, "large": large.id},
        bytes=list(braintrust.ReadonlyAttachment(attachment.reference).data),
        links=[request.link(), braintrust.permalink(slug)],
    )


def rows(dataset: Any) -> list[list[Any]]:
    columns = ("id", "input", "expected", "metadata", "tags")
    return sorted([row.get(column) for column in columns] for row in dataset)


def opened(version: str | None = None) -> Any:
    return braintrust.init_dataset(project=PROJECT, name="songs", version=version)


def datasets() -> None:
    dataset = opened()
    for number, name in enumerate("abc"):
        dataset.insert(id=name, input=number, expected=number * 2, metadata={"n": {"x": 1}}, tags=["new"])
    dataset.flush()
    version = opened().version
    dataset.update(id="a", expected=1, metadata={"n": {"y": 2}})
    dataset.delete("b")
    dataset.insert(id="c", input=3)
    dataset.flush()
    summary = dataset.summarize()
    assert summary.data_summary
    report(
        dataset=dataset.id,
        version=version,
        now=rows(opened()),
        pinned=rows(opened(version)),
        total=summary.data_summary.total_records,
        dataset_url=summary.dataset_url,
    )


def double(number: int) -> int:
    if number == 3:
        raise ValueError("three is not allowed")
    return number * 2


def half(output: Any, **_: Any) -> float:
    return 0.5 if output == 0 else 0.25


def evals() -> None:
    pairs = [{"input": "foo", "expected": "foo"}, {"input": "bar", "expected": "baz"}]
    first = braintrust.Eval(
        PROJECT,
        experiment_name="first",
        data=pairs,
        task=lambda text: text,
        scores=[autoevals.ExactMatch, autoevals.Levenshtein],
        trial_count=2,
        metadata={"model": "m"},
    )
    second = braintrust.Eval(
        PROJECT,
        experiment_name="second",
        base_experiment_name="first",
        data=pairs,
        task=lambda text: "baz",
        scores=[autoevals.Levenshtein],
    )
    third = braintrust.Eval(
        PROJECT,
        experiment_name="third",
        data=opened(),
        task=double,
        scores=[half],
        base_experiment_name="second",
    )
    again = braintrust.Eval(
        PROJECT, experiment_name="first", data=pairs, task=lambda text: text, scores=[autoevals.ExactMatch]
    )
    report(
        evals=[told(result.summary) for result in (first, second, third, again)],
        errors=[type(case.error).__name__ for case in third.results if case.error],
    )


def by_hand() -> None:
    experiment = braintrust.init(project=PROJECT, experiment="by hand", base_experiment="first")
    for case, score in (("x", 0.25), ("y", 0.5)):
        experiment.log(input=case, output=case.upper(), scores={"quality": score})
    reopened = braintrust.init(project=PROJECT, experiment="by hand", open=True)
    report(by_hand=told(experiment.summarize()), opened=sorted(row["input"] for row in reopened.fetch()))


logs()
datasets()
evals()
by_hand()
