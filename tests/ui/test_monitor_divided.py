"""The monitor divided by a field: scores, tools and models, too, with numbers that are those of SQL."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "divided"
LONG = "a-customer-tier-with-a-rather-long-name"


def rows_of(
    number: int, tier: str, models: list[str], tools: list[str], scores: dict[str, float]
) -> list[dict[str, Any]]:
    """A trace whose root alone knows its tier and tags; every fourth tool call failed."""
    root = f"d{number:03}"
    created = f"2026-03-01T{10 + number // 60 % 12}:{number % 60:02}:00Z"
    parts = (
        [({"type": "llm", "name": "chat"}, {"metadata": {"model": model}}) for model in models]
        + [
            ({"type": "tool", "name": tool}, {"error": "no" if (number + at) % 4 == 0 else None})
            for at, tool in enumerate(tools)
        ]
        + [
            ({"type": "score", "name": name, "purpose": "scorer"}, {"scores": {name: value}})
            for name, value in scores.items()
        ]
    )
    first = {
        "id": root, "span_id": root, "root_span_id": root, "metadata": {"tier": tier},
        "tags": ["even", "all"] if number % 2 == 0 else ["all"], "span_attributes": {"type": "task", "name": "agent"},
    }  # fmt: skip
    below = [
        {
            "id": f"{root}-{at}", "span_id": f"{root}-{at}", "root_span_id": root, "span_parents": [root],
            "span_attributes": attributes, **more,
        }
        for at, (attributes, more) in enumerate(parts)
    ]  # fmt: skip
    return [{**row, "created": created} for row in (first, *below)]


def write(site: Site, name: str, rows: list[dict[str, Any]]) -> str:
    """Id of a new project with these rows."""
    project_id = site.server.request("POST", "/v1/project", {"name": name})["id"]
    rows = [{**row, "project_id": project_id, "log_id": "g"} for row in rows]
    site.server.request("POST", "/logs3", {"rows": rows})
    return project_id


@pytest.fixture(scope="module")
def divided(site: Site) -> str:
    """60 traces of two tiers, with one or two models, tools, a score between 0 and 1 and one of 0 and 1."""
    rows: list[dict[str, Any]] = []
    for number in range(60):
        tier = "pro" if number % 3 == 0 else "free"
        models = ["large"] if number % 3 else ["large", "small"]
        tools = ["search"] * (1 + number % 2) + (["sum"] if tier == "pro" else [])
        scores = {"Quality": number % 7 / 7, "Right": float(number % 5 > 0)}
        rows += rows_of(number, tier, models, tools, scores)
    rows += rows_of(60, "free", ["large"], ["search"], {"Quality": 0.5})
    return write(site, PROJECT, rows)


def legend(page: Page, figure: str) -> Locator:
    """The lines of a chart."""
    return page.get_by_role("figure", name=figure, exact=True).get_by_role("listitem")


WITH = {
    "metadata.tier": "is_root AND metadata.tier = '{}'",
    "tags": "is_root AND tags INCLUDES '{}'",
    "metadata.model": "span_attributes.type = 'llm' AND metadata.model = '{}'",
}


@pytest.mark.parametrize(
    ("field", "values"),
    [("metadata.tier", ["free", "pro"]), ("tags", ["all", "even"]), ("metadata.model", ["large", "small"])],
    ids=["tier", "tags", "model"],
)
def test_divided_scores_and_tools_say_what_sql_says(
    page: Page, site: Site, divided: str, field: str, values: list[str]
) -> None:
    page.goto(f"/app/local/p/{PROJECT}/monitor?t=all&by={field}")

    def asked(columns: str, value: str, where: str) -> dict[str, Any]:
        traces = f"SELECT root_span_id FROM project_logs('{divided}') WHERE {WITH[field].format(value)}"
        (row,) = site.server.sql(
            f"SELECT {columns} FROM project_logs('{divided}') WHERE ({where}) AND root_span_id IN ({traces})"
        )
        return row

    for score in ("Quality", "Right"):
        wanted: list[str] = []
        for value in values:
            of = f"scores.{score}"
            row = asked(
                f"avg({of}) AS mean, stddev_samp({of}) AS s, count({of}) AS n", value, f"{of} IS NOT NULL"
            )
            low, high = wilson(row["mean"], row["n"]) if score == "Right" else student(**row)
            wanted.append(f"{value}{row['mean']:.2f}{low:.2f}–{high:.2f}")
        expect(legend(page, f"Scores: {score}")).to_have_text(wanted)
    tools = page.get_by_role("figure", name="Tools", exact=True)
    for tool in ("search", "sum"):
        is_tool = f"span_attributes.type = 'tool' AND span_attributes.name = '{tool}'"
        shares = [
            asked("count(*) AS calls, count_if(error IS NOT NULL) AS failed", value, is_tool)
            for value in values
        ]
        parts = [
            f"{value}{share['calls']}" + (f"{share['failed']} failed" if share["failed"] else "")
            for value, share in zip(values, shares, strict=True)
            if share["calls"]
        ]
        row = tools.get_by_role("listitem").filter(
            has=page.get_by_role("button", name=re.compile(f"^{tool}"))
        )
        expect(row.get_by_role("listitem")).to_have_text(parts)
    models = page.get_by_role("figure", name="Models", exact=True).get_by_role("listitem")
    if field == "metadata.model":  # its rows are the values already
        expect(models).to_have_text(["large61", "small20"])
    elif field == "metadata.tier":
        expect(models.filter(has=page.get_by_role("button", name=re.compile("^large")))).to_have_text(
            "large61free41pro20"
        )


def wilson(rate: float, n: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z = 1.959964
    middle, spread = rate + z * z / 2 / n, z * math.sqrt(rate * (1 - rate) / n + z * z / 4 / n / n)
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def student(mean: float, s: float, n: int) -> tuple[float, float]:
    """95 % interval of a mean; quantiles from tables."""
    t = {20: 2.0930, 30: 2.0452, 31: 2.0423, 40: 2.0227, 41: 2.0211, 60: 2.0010, 61: 2.0003}[n]
    return mean - t * s / math.sqrt(n), mean + t * s / math.sqrt(n)


def test_undivided_scores_are_one_chart(page: Page, divided: str) -> None:
    page.goto(f"/app/local/p/{PROJECT}/monitor?t=all")
    expect(legend(page, "Scores")).to_have_text([re.compile(r"^Quality0\.\d\d$"), "Right0.80"])
    expect(page.get_by_role("figure", name=re.compile("^Scores:"))).to_have_count(0)


def test_a_chart_of_ones_own_is_divided_by_what_its_traces_have(page: Page, site: Site, divided: str) -> None:
    mean, calls = {"label": "mean", "sql": "value", "mean": True}, {"label": "n", "sql": "count(*)"}
    common = {"unit": "", "kind": "series"}
    charts = [
        {**common, "id": "r", "title": "Rightness", "grain": "scores", "measures": [mean], "where": "name = 'Right'"},
        {**common, "id": "t", "title": "Calls of tools", "grain": "tools", "measures": [calls]},
    ]  # fmt: skip
    about = {"object_type": "project", "object_id": divided, "view_type": "monitor", "name": "Own"}
    board = site.server.request("POST", "/v1/view", {**about, "options": {"charts": charts}})
    page.goto(f"/app/local/p/{PROJECT}/monitor?t=all&by=metadata.tier&board={board['id']}")
    expect(legend(page, "Rightness: Right")).to_have_text([re.compile("^free0.8"), re.compile("^pro0.8")])
    expect(legend(page, "Calls of tools")).to_have_text(["free61", "pro50"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Rightness: Right: what to do with it").click()
    page.get_by_role("menuitem", name="Copy as SQL").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    rows = site.server.sql(page.evaluate("navigator.clipboard.readText()"))
    assert {(row["name"], row["series"]) for row in rows} == {("Right", "free"), ("Right", "pro")}
    site.server.request("DELETE", f"/v1/view/{board['id']}")


@pytest.mark.parametrize(
    ("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["wide and light", "phone and dark"]
)
def test_more_than_can_be_drawn_is_told_and_long_names_told_apart(
    site: Site, browser: Browser, size: dict[str, int], dark: bool
) -> None:
    name = "crowded" if dark else "crowd"
    rows: list[dict[str, Any]] = []
    for number in range(72):
        tier = f"{LONG}-{min(number % 8, number % 9)}"
        scores = {f"A long name of a score, {at}": number % 10 / 10 for at in range(8) if number >= at}
        rows += rows_of(number, tier, ["a-model"], [f"tool_with_a_rather_long_name_{number % 3}" * 2], scores)
    write(site, name, rows)
    with watched_page(browser, site.server.url, size=size, dark=dark) as page:
        site.sign_in(page)
        page.goto(f"/app/local/p/{name}/monitor?t=all&by=metadata.tier")
        status = page.get_by_role("status").filter(has_text="most frequent")
        expect(status).to_have_text("Lines are drawn of the 6 most frequent of 8 values.")
        expect(page.get_by_role("figure", name=re.compile("^Scores: "))).to_have_count(6)
        more = page.get_by_role("paragraph").filter(has_text="more scores")
        expect(more).to_have_text("and 2 more scoresA long name of a score, 6, A long name of a score, 7")
        lines = legend(page, "Scores: A long name of a score, 0")
        expect(lines).to_have_text([re.compile(rf"^…{at}\d") for at in range(6)])
        expect(lines.first).to_have_attribute("title", f"{LONG}-0")
        tools = page.get_by_role("figure", name="Tools", exact=True)
        expect(tools.get_by_role("button")).to_have_count(4)  # and its menu
        assert serious_violations(page) == []
        for figure in page.get_by_role("figure").all():
            box = figure.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["width"]
            assert figure.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_line_is_drawn_alone_until_it_is_pressed_again(page: Page, divided: str) -> None:
    page.goto(f"/app/local/p/{PROJECT}/monitor?t=all&by=metadata.tier")
    requests = page.get_by_role("figure", name="Requests", exact=True)
    plot, pro = requests.get_by_role("img"), requests.get_by_role("button", name="pro 20", exact=True)
    expect(plot).to_have_accessible_name("Requests over time: free 41, pro 20")
    pro.click()
    expect(plot).to_have_accessible_name("Requests over time: pro 20")
    expect(pro).to_have_attribute("aria-pressed", "true")
    expect(requests.get_by_role("listitem")).to_have_text(["free41", "pro20"])
    others = page.get_by_role("figure", name="Cost", exact=True).get_by_role("button", pressed=True)
    expect(others).to_have_count(0)
    pro.press("Enter")
    expect(plot).to_have_accessible_name("Requests over time: free 41, pro 20")
    assert serious_violations(page) == []


def test_where_traces_have_no_scores_or_tools_charts_say_so(page: Page, site: Site) -> None:
    write(site, "bare", rows_of(0, "free", ["large"], [], {}))
    page.goto("/app/local/p/bare/monitor?t=all&by=metadata.tier")
    for name in ("Scores", "Tools"):
        expect(page.get_by_role("figure", name=name, exact=True)).to_contain_text("Nothing in this time")
