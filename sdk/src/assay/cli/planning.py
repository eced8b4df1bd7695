"""`assay experiments plan` and `reliability`: what comes before and after a verdict."""

from __future__ import annotations

from typing import Any, cast

import click

from assay.cli import humans, previews
from assay.cli.judging import cluster_option
from assay.cli.options import json_option, limit_option, project_option, server_options
from assay.cli.output import emit_json, emit_table, note
from assay.cli.server import Row, Server
from assay.cli.table import Column

LABELS = ("all", "stable_pass", "stable_fail", "flaky")
_PAGE = 1000


@click.command("plan")
@click.argument("name")
@click.argument("baseline", required=False)
@project_option
@click.option(
    "--difference",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help="The difference of a score that matters to you.  [default: 0.03]",
)
@click.option(
    "--cases", type=click.IntRange(min=1), help="Cases of the coming run, else as many as NAME has."
)
@click.option("--trials", type=click.IntRange(min=1), help="Trials of each case, else as many as NAME has.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Cases at once, for the time it takes.")
@click.option("--score", help="Plan for this score alone.")
@cluster_option
@server_options
@json_option
def plan(server: Server, name: str, baseline: str | None, project: str, as_json: bool, **wish: Any) -> None:
    """Say what a run like experiment NAME can show, and what it will cost and take.

    How much cases vary is taken from NAME beside BASELINE (by default the one stored with it), or from its trials.
    """
    found = server.project(project)
    experiment = server.object("experiment", name, found)
    other = server.object("experiment", baseline, found) if baseline else None
    answer = cast(
        "Row",
        server.get(f"/v1/experiment/{experiment['id']}/plan", to=other["id"] if other else None, **wish),
    )
    if as_json:
        emit_json(answer)
        return
    forecast = cast("Row", answer["forecast"])
    base = cast("Row | None", answer.get("baseline"))
    size = f"{_count(forecast['cases'], 'case')} × {_count(forecast['trials'], 'trial')}"
    names = answer["experiment"]["name"] + (f" beside {base['name']}" if base else "")
    click.echo(f"a run like {names}: {size}{_clustered(answer)}")
    columns = [
        Column("score"),
        Column("can show", right=True, fixed=True),
        Column("cases needed", right=True, fixed=True),
        Column("with any trials", right=True, fixed=True),
        Column("judged from"),
    ]
    scores = cast("list[Row]", answer["scores"])
    emit_table(columns, [_plan_cells(score) for score in scores], empty="no scores that vary")
    for score in scores:
        click.echo(f"{score['name']}: {score['text']}")
    click.echo(_cost(forecast))


def _plan_cells(score: Row) -> list[str]:
    needed = score["cases_needed"]
    wanted = humans.score(score["difference"]).replace(" %", " pp")
    return [
        score["name"],
        _points(score["detectable"]),
        f"{needed:,} for {wanted}" if needed is not None else f"– for {wanted}",
        _points(score["limit"]),
        score["basis"],
    ]


def _cost(forecast: Row) -> str:
    parts = [_count(forecast["runs"], "run")]
    if forecast["cost"]:
        parts.append(f"about {humans.dollars(forecast['cost'])}")
    if forecast["seconds"] is not None:
        parts.append(f"{humans.seconds(forecast['seconds'])} at concurrency {forecast['concurrency']}")
    return f"forecast: {', '.join(parts)}"


@click.command("reliability")
@click.argument("name")
@project_option
@click.option(
    "--label",
    type=click.Choice(LABELS),
    default="flaky",
    show_default=True,
    help="List the cases with this label.",
)
@click.option("--score", help="Label cases by this score.  [default: the first]")
@click.option("--threshold", type=float, help="A trial passes from this score on.  [default: 0.5]")
@click.option(
    "--history", type=click.IntRange(min=0), help="Earlier experiments labels rest on.  [default: 5]"
)
@cluster_option
@limit_option(20)
@server_options
@json_option
def reliability(server: Server, name: str, project: str, limit: int, as_json: bool, **view: Any) -> None:
    """Say how dependable experiment NAME is: chances over several trials, and which cases pass only sometimes.

    Labels rest on its trials and on those of earlier experiments of the same dataset.
    """
    experiment = server.object("experiment", name, server.project(project))
    answer = _reliability(server, experiment, view, limit)
    if as_json:
        emit_json(answer)
        return
    past = len(answer["history"])
    click.echo(f"{answer['experiment']['name']} and {_count(past, 'earlier experiment')}{_clustered(answer)}")
    columns = [
        Column("score"),
        Column("trials", right=True, fixed=True),
        Column("passes once", right=True, fixed=True),
        Column("passes always", right=True, fixed=True),
        Column("stable pass", right=True, fixed=True),
        Column("stable fail", right=True, fixed=True),
        Column("flaky", right=True, fixed=True),
    ]
    scores = cast("list[Row]", answer["scores"])
    emit_table(columns, [_reliability_cells(score) for score in scores], empty="no scores")
    cases = cast("list[Row]", answer["cases"])
    if cases:
        click.echo("")
    columns = [
        Column("label", fixed=True),
        Column("passed"),
        Column("input"),
        Column("root_span_id", fixed=True),
    ]
    label = "" if view["label"] == "all" else f" {view['label'].replace('_', ' ')}"
    emit_table(columns, [_label_cells(case) for case in cases], empty=f"no{label} cases by {answer['score']}")
    if answer["cursor"]:
        note(f"the first {len(cases)} of them: -n lists more")


def _reliability(server: Server, experiment: Row, view: Row, limit: int) -> Row:
    """The first page with as many cases as wanted."""
    path = f"/v1/experiment/{experiment['id']}/reliability"
    answer = cast("Row", server.get(path, limit=min(limit, _PAGE), **view))
    while answer["cursor"] and len(answer["cases"]) < limit:
        left = min(limit - len(answer["cases"]), _PAGE)
        page = cast("Row", server.get(path, limit=left, cursor=answer["cursor"], **view))
        answer["cases"] += page["cases"]
        answer["cursor"] = page["cursor"]
    return answer


def _reliability_cells(score: Row) -> list[str]:
    labels = cast("dict[str, int]", score["labels"])
    chances = cast("list[Row]", score["chances"])
    most = chances[-1] if chances else None
    return [
        score["name"],
        str(most["k"]) if most else "–",
        humans.score(most["any"]["mean"]) if most else "–",
        humans.score(most["all"]["mean"]) if most else "–",
        *(f"{labels.get(name, 0):,}" for name in LABELS[1:]),
    ]


def _label_cells(case: Row) -> list[str]:
    runs = ", ".join(f"{run['passed']}/{run['trials']}" for run in cast("list[Row]", case["history"]))
    return [
        str(case["label"]).replace("_", " "),
        runs,
        previews.preview(case.get("input")),
        str(case["root_span_id"]),
    ]


def _clustered(answer: Row) -> str:
    key = answer["cluster_key"]
    return f", clustered by {key}" if key else ""


def _points(value: float | None) -> str:
    return "–" if value is None else f"≥ {humans.score(value)}".replace(" %", " pp")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
