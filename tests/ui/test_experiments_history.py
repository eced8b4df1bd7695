"""The history of scores above the list, divided by what tells experiments apart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "divided runs"
URL = f"/app/local/p/{PROJECT}/experiments"
CASES = 12
MODELS = ["small", "large", "small", None, "large", "small", "large", "small"]
"""Of each run, oldest first: three lines, and a run of which nothing is known."""


@pytest.fixture(scope="module")
def divided(site: Site) -> str:
    """Id of a project with eight runs of two models; their dataset changed before the last three."""
    ask = site.server.request
    project = ask("POST", "/v1/project", {"name": PROJECT})["id"]
    for number, model in enumerate(MODELS):
        body = {
            "project_id": project,
            "name": f"run {number}",
            "metadata": {"seed": number, **({"model": model} if model else {})},
            "tags": [f"group-{number % 7}", *(["nightly"] if number % 2 else [])],
            "dataset_version": "2" if number > 4 else "1",
        }
        common = {"project_id": project, "experiment_id": ask("POST", "/v1/experiment", body)["id"]}
        right = 2 + number + (3 if model == "large" else 0)
        rows = [
            {**row, **common}
            for case in range(CASES)
            for row in eval_trace(
                f"divided-{number}-{case}", input=f"question {case}", output=f"answer {case}", at=case,
                scores={"Fit": float(case < right), "Tone": (case % 4) / 4},
            )
        ]  # fmt: skip
        ask("POST", "/logs3", {"rows": rows})
    return project


def chart(page: Page) -> Locator:
    return page.get_by_role("img", name=re.compile("^Fit over"))


def divide(page: Page, by: str) -> None:
    page.get_by_role("button", name=re.compile("^Divide")).click()
    page.get_by_role("menuitemradio", name=by, exact=True).click()


def test_each_model_has_a_line_of_its_own(page: Page, divided: str) -> None:
    page.goto(URL)
    expect(chart(page).locator("[data-changed]")).to_have_count(1)
    page.get_by_role("button", name="Divide", exact=True).click()
    offered = page.get_by_role("menuitemradio")
    expect(offered.filter(has_text="seed")).to_have_count(0)  # no two runs share one
    page.get_by_role("menuitemradio", name="model", exact=True).click()
    page.wait_for_url("**by=metadata.model")
    legend = page.get_by_role("list", name="Lines by model").get_by_role("listitem")
    expect(legend).to_have_text(["large3", "small4", "without model1"])
    lines = chart(page).locator("[data-line]")
    expect(lines).to_have_count(3)
    large = chart(page).locator("[data-line=large]")
    expect(large.locator("[data-interval]")).to_have_count(3)
    titles = large.locator("[class*=cursor-pointer] title").all_text_contents()
    assert [title.splitlines()[0] for title in titles] == ["large"] * 3
    assert [title.splitlines()[1].split(":")[0] for title in titles] == ["run 1", "run 4", "run 6"]
    assert re.search(r"run 6: 0\.92 \(0\.\d\d … \d\.\d\d\), n 12$", titles[-1])
    expect(chart(page)).to_have_accessible_name(
        "Fit over 8 experiments by model: large 0.50 → 0.92, small 0.17 → 0.75, without model 0.42"
    )
    page.reload()
    expect(lines).to_have_count(3)


def test_a_line_is_marked_where_its_own_questions_changed(page: Page, divided: str) -> None:
    page.goto(f"{URL}?by=metadata.model")
    marks = chart(page).locator("[data-changed] title")
    expect(marks).to_have_count(2)
    assert [mark.split(". ")[0] for mark in marks.all_text_contents()] == [
        "large, from run 6 on: the dataset changed",
        "small, from run 5 on: the dataset changed",
    ]
    page.goto(f"{URL}?by=dataset_version")
    expect(chart(page).locator("[data-line]")).to_have_count(2)
    expect(chart(page).locator("[data-changed]")).to_have_count(0)  # each line is one version


def test_a_run_with_two_tags_is_in_two_lines_and_many_values_are_bounded(page: Page, divided: str) -> None:
    page.goto(URL)
    divide(page, "tag")
    page.wait_for_url("**by=tags")
    legend = page.get_by_role("list", name="Lines by tag").get_by_role("listitem")
    expect(legend).to_have_count(7)
    expect(legend.filter(has_text="nightly")).to_have_text("nightly4")
    expect(legend.last).to_have_text("and 2 more values, not drawn")
    expect(legend.last).to_have_attribute("title", re.compile(r"^group-\d, group-\d$"))
    expect(chart(page).locator("[data-line]")).to_have_count(6)
    expect(chart(page)).to_have_accessible_name(
        re.compile("^Fit over [67] experiments by tag")
    )  # those drawn
    divide(page, "One line of all experiments")
    expect(legend).to_have_count(0)
    expect(chart(page).locator("[data-line]")).to_have_count(0)
    expect(chart(page)).to_have_accessible_name("Fit over 8 experiments")


def test_a_field_that_no_run_has_is_said_in_words(page: Page, divided: str) -> None:
    page.goto(f"{URL}?by=metadata.nowhere")
    legend = page.get_by_role("list", name="Lines by nowhere").get_by_role("listitem")
    expect(legend).to_have_text(["without nowhere8"])


def test_a_view_keeps_what_divides(page: Page, site: Site, divided: str) -> None:
    page.goto(f"{URL}?by=metadata.model")
    expect(chart(page).locator("[data-line]")).to_have_count(3)
    menu = page.get_by_title(re.compile("^Choose a view"))
    menu.click()
    page.get_by_role("menuitem", name="Save as a new view").click()
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name").fill("By model")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    page.goto(URL)
    expect(chart(page)).to_have_accessible_name("Fit over 8 experiments")
    menu.click()
    page.get_by_role("menuitemradio", name="By model").click()
    page.wait_for_url("**by=metadata.model**")
    expect(chart(page).locator("[data-line]")).to_have_count(3)
    page.goto("about:blank")
    of = {"object_type": "project", "object_id": divided}
    found = site.server.request(
        "GET", f"/v1/view?object_type=project&object_id={divided}&view_type=experiments"
    )
    for view in found["objects"]:
        site.server.request("DELETE", f"/v1/view/{view['id']}", of)


def test_the_divided_history_can_be_read_by_everyone(both: list[Page], divided: str) -> None:
    wide, narrow = both
    for page in both:
        page.goto(f"{URL}?by=metadata.model")
        expect(
            page.get_by_role("grid", name="Experiments").get_by_role("row").filter(has_text="run 7")
        ).to_be_visible()
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(wide.get_by_role("list", name="Lines by model")).to_be_visible()
    expect(narrow.get_by_role("list", name="Lines by model")).to_be_hidden()  # as the charts are
