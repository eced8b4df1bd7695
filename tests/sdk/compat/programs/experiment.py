"""An experiment logged by hand, compared with one before it."""

from __future__ import annotations

from _sdk import PROJECT, braintrust, report

for name, scores in (("before", (0.25, 0.5, 1)), ("after", (0.75, 0.5, None))):
    experiment = braintrust.init(project=PROJECT, experiment=name, metadata={"model": name})
    for place, score in enumerate(scores):
        experiment.log(
            input={"question": place},
            output=f"answer {place}",
            expected="answer 1",
            scores={"quality": score, "short": place == 1},
            metadata={"place": place},
            metrics={"tokens": 10 * place},
            tags=["even"] if place % 2 == 0 else None,
        )
    with experiment.start_span(name="by hand", input="span") as span:
        with span.start_span(name="step", type="tool") as step:
            step.log(input=1, output=2)
        span.log(output="done", scores={"quality": 0.125})
    experiment.log_feedback(id=span.id, scores={"human": 0.5}, comment="fine")
    summary = experiment.summarize()
    report(
        name=summary.experiment_name,
        compared_with=summary.comparison_experiment_name,
        scores={
            score.name: [score.score, score.diff, score.improvements, score.regressions]
            for score in summary.scores.values()
        },
        tokens=summary.metrics["total_tokens"].metric if "total_tokens" in summary.metrics else None,
    )

opened = braintrust.init(project=PROJECT, experiment="before", open=True)
report(rows=sorted(str(row["input"]) for row in opened.fetch()))
