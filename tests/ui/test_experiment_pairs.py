"""Two runs of edited cases: what pairs them, which run is best, where their traces part, what a file of them holds."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.verdicts.traces import Row, eval_trace
from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

CASES = 24
EDITED = 6
PROJECT = "paired runs"
URL = f"/app/local/p/{PROJECT}/experiments"


def rows_of(name: str) -> list[Row]:
    """`after` passes where `before` fails, asks one more tool, and its first cases were edited."""
    rows: list[Row] = []
    for case in range(CASES):
        edited = name == "after" and case < EDITED
        fit = 1.0 if name == "after" else float(case % 6 == 0)
        found = eval_trace(
            f"{name}-{case}",
            input={"question": f"question {case}{' once more' if edited else ''}"},
            output={"answer": f"{name} answers {case}", "long": f"{name} " * 90},
            scores={"Fit": fit, "Tone": 0.5 if case else None},
            at=case,
            metadata={"tier": "pro" if case % 2 else "free"},
            origin={"object_type": "dataset", "object_id": "d", "id": f"row {case}"},
        )
        llm, tool = found[1], found[2]
        llm["input"], llm["output"] = f"ask {case}", f"call search for {case}"
        tool["input"], tool["output"] = f"search {case}", f"{name} found {case}"
        if name == "after":
            again = {**tool, "id": f"{name}-{case}:verify", "span_id": f"{name}-{case}:verify"}
            found.append({**again, "span_attributes": {"name": "verify", "type": "tool"}})
        rows += found
    return rows


@pytest.fixture(scope="module")
def pair(site: Site) -> dict[str, str]:
    """Ids of the project and its experiments by name."""
    ask = site.server.request
    project = ask("POST", "/v1/project", {"name": PROJECT})["id"]
    body = {"project_id": project, "name": "Overall", "score_type": "minimum", "categories": ["Fit", "Tone"]}
    ask("POST", "/v1/project_score", body)
    ids = {"project": project}
    for number, name in enumerate(("before", "after")):
        fields = {"dataset_version": f"{number + 1}", "metadata": {"model": f"model-{number}"}}
        ids[name] = ask("POST", "/v1/experiment", {"project_id": project, "name": name, **fields})["id"]
        common = {"project_id": project, "experiment_id": ids[name]}
        ask("POST", "/logs3", {"rows": [{**row, **common} for row in rows_of(name)]})
    return ids


def listed(page: Page) -> Locator:
    return page.get_by_role("grid", name="Experiments").get_by_role("row")


def test_the_list_says_how_sure_each_mean_is_and_is_put_in_order(page: Page, pair: dict[str, str]) -> None:
    page.goto(URL)
    after = listed(page).filter(has=page.get_by_text("after", exact=True))
    expect(after.locator("[data-verdict=better]")).to_have_count(2)  # Fit and what is made of it
    expect(after).to_contain_text(re.compile(r"1\.00 ?±0\.\d\d"))
    expect(after).to_contain_text(f"n {CASES}")
    expect(after).to_contain_text(f"n {CASES - 1}")
    expect(after).to_contain_text("model-1")
    page.get_by_role("columnheader", name="Fit").get_by_role("button").click()
    page.wait_for_url("**o=-scores.Fit")
    expect(listed(page).nth(1)).to_contain_text("model-1")
    page.get_by_role("columnheader", name="Fit").get_by_role("button").click()
    page.wait_for_url("**o=scores.Fit")
    expect(listed(page).nth(1)).to_contain_text("model-0")
    expect(page.get_by_role("columnheader", name="Fit")).to_have_attribute("aria-sort", "ascending")


def test_the_history_marks_where_the_dataset_changed(page: Page, pair: dict[str, str]) -> None:
    page.goto(URL)
    chart = page.get_by_role("img", name="Fit over 2 experiments")
    expect(chart.locator("[data-changed]")).to_have_count(1)
    expect(chart.locator("[data-changed] title")).to_contain_text("the dataset changed")
    expect(chart.locator("title").last).to_contain_text(re.compile(rf"1\.00 \(0\.\d+ … 1\.00\), n {CASES}"))


def test_the_plot_joins_the_runs_that_none_beats(page: Page, pair: dict[str, str]) -> None:
    page.goto(f"{URL}?layout=plot&x=metrics.tool_calls&y=scores.Fit")
    expect(page.locator("[data-front='2']")).to_be_attached()
    page.goto(f"{URL}?layout=plot&x=scores.Fit&y=scores.Overall")
    expect(page.get_by_role("group", name=re.compile("^Overall over Fit"))).to_be_visible()
    expect(page.locator("[data-front]")).to_have_count(0)


def test_what_pairs_cases_is_chosen_where_they_have_no_partner(
    page: Page, site: Site, pair: dict[str, str]
) -> None:
    page.goto(f"{URL}/after?c=before&filter=unmatched")
    panel = page.get_by_role("region", name="Unmatched cases")
    expect(panel).to_contain_text(f"{EDITED} cases only here")
    panel.get_by_role("button", name="Pair them by something else").click()
    choice = page.get_by_role("dialog", name="Pair cases by")
    expect(choice.get_by_role("button", name=re.compile("metadata.tier"))).to_be_disabled()
    expect(choice.get_by_role("button", name=re.compile("metadata.tier"))).to_contain_text("2 different")
    choice.get_by_role("button", name=f"origin.id {CASES} of {CASES}").click()
    expect(page.get_by_text("Cases are paired by origin.id in this project now")).to_be_visible()
    expect(panel).to_have_count(0)
    expect(page.get_by_text(f"{CASES} matched by origin.id")).to_be_visible()
    project = site.server.request("GET", f"/v1/project/{pair['project']}")
    assert project["settings"]["comparison_key"] == "origin.id"
    page.goto("about:blank")
    site.server.request("PATCH", f"/v1/project/{pair['project']}", {"settings": {"comparison_key": None}})


def test_two_traces_are_read_step_by_step(page: Page, pair: dict[str, str]) -> None:
    page.goto(f"{URL}/after?c=before&r=after-10")
    page.get_by_role("button", name="Steps", exact=True).click()
    page.wait_for_url("**both=steps**")
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps).to_have_count(6)
    changes = steps.evaluate_all("items => items.map(item => item.dataset.change)")
    assert sorted(changes) == sorted(["output", "same", "output", "here", "output", "same"])
    expect(page.get_by_text("The first difference: search, other output.")).to_be_visible()
    opened = steps.filter(has=page.locator("[aria-expanded=true]"))
    expect(opened).to_have_count(1)
    output = opened.locator("[data-field=output]")
    expect(output.locator("del")).to_have_text("before")
    expect(output.locator("ins")).to_have_text("after")
    expect(opened.locator("[data-field=input]")).to_have_text("the same")
    page.get_by_label("Only what differs").check()
    expect(steps).to_have_count(4)
    page.get_by_role("button", name="Close the steps").click()
    expect(page.get_by_role("region", name="Trace")).to_be_visible()
    assert "both" not in page.url


def test_a_long_answer_shows_what_changed_in_it(page: Page, pair: dict[str, str]) -> None:
    """A field of JSON whose text fills more lines than the cell has: none of it may vanish."""
    page.goto(f"{URL}/after?c=before&filter=improved")
    for path in ("answer", "long"):
        changed = page.locator(f"[data-path={path}] ins").first
        expect(changed).to_be_in_viewport()
        seen = changed.evaluate(
            """ins => {
                 const { x, y, width, height } = ins.getClientRects()[0]
                 return ins.contains(document.elementFromPoint(x + width / 2, y + height / 2))
               }"""
        )
        assert seen, f"{path} is cut where it does not fit, not left out"


def exported(page: Page, label: str) -> bytes:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_role("menuitem", name=label).click()
    return started.value.path().read_bytes()


def test_files_hold_each_score_and_the_aggregates(page: Page, pair: dict[str, str]) -> None:
    page.goto(f"{URL}/before?panel=details")
    table: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(exported(page, "Cases as CSV").decode())))
    by_trace = {row["root_span_id"]: row for row in table}
    assert len(by_trace) == CASES
    last = by_trace["before-6"]
    assert [float(last[f"scores.{name}"]) for name in ("Fit", "Tone", "Overall")] == [1, 0.5, 0.5]
    assert (by_trace["before-0"]["scores.Tone"], by_trace["before-0"]["scores.Overall"]) == ("", "")
    lines = [json.loads(line) for line in exported(page, "Cases as JSON lines").splitlines()]
    values = {row["root_span_id"]: (row["scores"], row["scores.Overall"]) for row in lines}
    assert values["before-6"] == ({"Fit": 1, "Tone": 0.5}, 0.5)
    assert values["before-0"][1] is None
    assert exported(page, "Cases as Parquet").startswith(b"PAR1")


def test_pairs_can_be_looked_at_by_everyone(both: list[Page], pair: dict[str, str]) -> None:
    for page in both:
        page.goto(f"{URL}/after?c=before&filter=unmatched")
        page.get_by_role("button", name="Pair them by something else").click()
        expect(page.get_by_role("dialog").get_by_text(f"{CASES} of {CASES}")).to_be_visible()
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
