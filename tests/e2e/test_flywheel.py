"""The flywheel by clicking: a production trace becomes a dataset row, two runs are compared, a case is looked into.

Runs the demo on a fresh data directory first, so the numbers on the pages can be held against those the demo printed,
those of the API and those of SQL.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.servers import KEY, ServerProcess, running_server

ROOT = Path(__file__).parents[2]
SHOTS = os.environ.get("SCREENSHOTS")  # a folder: pictures for the documentation are written there
BASE = "/app/local/p/playlist"
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Demo:
    """What the demo left behind, served again."""

    server: ServerProcess
    printed: str
    current: str
    improved: str

    def comparison(self) -> Any:
        (found,) = self.server.request("GET", f"/v1/experiment?experiment_name={self.improved}")["objects"]
        return self.server.request("GET", f"/v1/experiment/{found['id']}/compare?to={self.current}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("flywheel") / "data"
    command = [sys.executable, "-m", "examples.playlist_agent.demo", "--exit", "--data", str(data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout + done.stderr
    current, improved = re.findall(r"^((?:current|improved)-prompt-\w+): \d+ cases", printed, re.M)
    with running_server(data) as server:
        yield Demo(server, printed, current, improved)


@pytest.fixture
def page(demo: Demo, browser: Browser) -> Iterator[Page]:
    with watched_page(browser, demo.server.url, size=DESKTOP) as made:
        log_in(made, demo)
        yield made


def log_in(page: Page, demo: Demo) -> None:
    page.goto(demo.server.request("POST", "/api/session/link", {})["url"])
    page.wait_for_url("**/app/**")


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def rows(page: Page) -> Any:
    return page.get_by_role("grid").get_by_role("row").filter(has=page.get_by_role("gridcell"))


def test_a_login_link_works_once(demo: Demo, browser: Browser) -> None:
    url = demo.server.request("POST", "/api/session/link", {})["url"]
    with watched_page(browser, demo.server.url, size=DESKTOP) as first:
        first.goto(url)
        first.wait_for_url("**/app/**")
    context = browser.new_context()
    second = context.new_page()
    second.goto(url)
    expect(second.get_by_role("alert").or_(second.get_by_text("not valid any more"))).to_be_visible()
    second.goto(f"{demo.server.url}{BASE}/logs")
    second.wait_for_url("**/login**")
    context.close()


def test_from_a_bad_trace_to_a_dataset_row(page: Page, demo: Demo) -> None:
    page.get_by_text("playlist", exact=True).first.click()
    page.wait_for_url(f"**{BASE}/overview")
    page.get_by_role("region", name="In this time").get_by_role("link", name="Traces").click()
    page.wait_for_url(f"**{BASE}/logs**")
    expect(page.get_by_test_id("logs-count")).to_contain_text("40 traces")
    box = page.get_by_label("Search text or filter")
    box.fill("metadata.playlist.minutes >= 30")
    box.press("Enter")
    broken = demo.server.sql(
        "SELECT count(*) AS n FROM project_logs('playlist') WHERE is_root AND metadata.playlist.minutes >= 30"
    )[0]["n"]
    expect(page.get_by_test_id("logs-count")).to_contain_text(f"{broken} traces")
    rows(page).first.click()
    expect(page).to_have_url(re.compile(r"[?&]r="))
    tree = page.get_by_role("tree")
    expect(tree.get_by_text("create_playlist")).to_be_visible()
    picture(page, "trace")
    for view in ("Timeline", "Thread", "Raw", "Trace"):
        page.get_by_role("tab", name=view).click()
    page.get_by_role("button", name=re.compile("Add to dataset")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New dataset").check()
    dialog.get_by_label("Name of the new dataset").fill("by hand")
    dialog.get_by_role("button", name="Add 1 row").click()
    page.get_by_text("Open dataset").click()
    page.wait_for_url("**/datasets/by%20hand**")
    expect(rows(page)).to_have_count(1)
    (row,) = demo.server.sql("SELECT input, origin FROM dataset('by hand')")
    assert row["origin"]["object_type"] == "project_logs"
    expect(rows(page).first).to_contain_text(row["input"])
    edit_expected(page)
    (row,) = demo.server.sql("SELECT expected, input FROM dataset('by hand')")
    assert row["expected"] == "under half an hour"
    rows(page).first.get_by_text("trace").click()
    expect(page.get_by_role("tree")).to_be_visible()


def edit_expected(page: Page) -> None:
    rows(page).first.click()
    panel = page.get_by_role("region", name="Row", exact=True)
    panel.get_by_role("button", name="Edit expected").click()
    panel.get_by_role("button", name="Text").click()
    panel.get_by_label("Expected", exact=True).fill("under half an hour")
    panel.get_by_role("button", name=re.compile("^Save")).click()
    expect(panel.get_by_text("under half an hour")).to_be_visible()
    page.keyboard.press("Escape")


def test_the_verdict_and_its_cases(page: Page, demo: Demo) -> None:
    comparison = demo.comparison()
    page.goto(f"{BASE}/experiments")
    entry = page.get_by_text(demo.improved, exact=True).first
    expect(entry).to_be_visible()
    picture(page, "experiments")
    entry.click()
    page.wait_for_url(f"**/experiments/{demo.improved}**")
    page.goto(f"{BASE}/experiments/{demo.improved}?c={demo.current}")
    for item in comparison["scores"]:
        assert_card_agrees(page, item)
        assert item["verdict"] == "better"
        assert_terminal_agrees(demo.printed, item)
        assert_sql_agrees(demo, item)
    picture(page, "comparison")
    cases = demo.server.request(
        "GET", f"/v1/experiment/{comparison['experiment']['id']}/cases?to={demo.current}"
    )
    counters = page.get_by_label("Filter cases")
    for name in ("improved", "regressed", "unchanged"):
        counter = counters.locator(f"[data-filter='{name}']")
        expect(counter).to_contain_text(str(cases["counts"][name]))
        counter.click()
        expect(page).to_have_url(re.compile(f"filter={name}"))
        if cases["counts"][name]:
            expect(rows(page)).to_have_count(min(cases["counts"][name], rows(page).count()))
    counters.locator("[data-filter='all']").click()
    expect(page.locator("ins").first).to_be_visible()
    rows(page).first.click()
    expect(page.get_by_role("tree")).to_be_visible()
    picture(page, "case")


def assert_card_agrees(page: Page, item: dict[str, Any]) -> None:
    def signed(value: float) -> str:
        shown = f"{abs(value):.2f}"
        return shown if shown == "0.00" else f"{'+' if value > 0 else '−'}{shown}"

    card = page.get_by_role("region", name="Verdicts").locator(f"[data-name='{item['name']}']")
    expect(card).to_have_attribute("data-verdict", item["verdict"])
    low, high = map(signed, item["diff_interval"])
    for text in (
        f"{item['mean']:.2f}{signed(item['diff'])}from {item['baseline_mean']:.2f}",
        f"{low} … {high}",
        f"n {item['n']}",
        f"can show {item['detectable']:.2f} or more",
    ):
        expect(card).to_contain_text(text)


def assert_terminal_agrees(printed: str, item: dict[str, Any]) -> None:
    line = re.findall(rf"^ +{item['name']} .*$", printed, re.M)[-1]
    assert f"{item['mean'] * 100:.1f} %" in line
    assert f"{item['diff'] * 100:+.1f} pp" in line
    assert item["verdict"] in line
    numbers = line.split()
    assert [int(n) for n in numbers[-2:]] == [item["improvements"], item["regressions"]]


def assert_sql_agrees(demo: Demo, item: dict[str, Any]) -> None:
    score = f"scores.{item['name']}"
    query = f"SELECT avg({score}) AS mean, count({score}) AS n FROM experiment('{demo.improved}')"
    (answer,) = demo.server.sql(query)
    assert answer["n"] == item["n"]
    assert answer["mean"] == pytest.approx(item["mean"], abs=1e-12)


TWICE_AND_IMPROVED = """
from examples.playlist_agent.evaluation import evaluate, read_requests

for name, prompt, base in (("first", "current", None), ("again", "current", "first"), ("new", "improved", "first")):
    evaluate(
        prompt, data=[{"input": request} for request in read_requests()[:24]], run=name,
        experiment_name=name, base_experiment_name=base, git_metadata_settings=False,
    )
"""
"""The prompt in use twice, with other throws of the scripted model's dice, and the improved one."""


@pytest.fixture(scope="module")
def evaluated(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[str]]:
    """`assay` as it was run on the demo's server, and what `assay eval` printed about each experiment."""
    folder = tmp_path_factory.mktemp("twice")
    (folder / "eval_twice.py").write_text(TWICE_AND_IMPROVED)
    environment = {**os.environ, "ASSAY_URL": demo.server.url, "ASSAY_API_KEY": KEY, "NO_COLOR": "1"}

    def assay(*words: str | Path) -> str:
        command = [sys.executable, "-m", "assay", *map(str, words)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = assay("eval", folder / "eval_twice.py")
    return assay, re.split(r"^(?=first:|again:|new:)", printed, flags=re.M)[1:]


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [("again", {"inconclusive", "equivalent"}), ("new", {"better"})],
    ids=["the same prompt twice", "the improved prompt"],
)
def test_terminal_page_api_and_capsule_say_the_same(
    page: Page, demo: Demo, evaluated: tuple[Any, list[str]], tmp_path: Path, name: str, verdicts: set[str]
) -> None:
    assay, printed = evaluated
    (made,) = demo.server.request("GET", f"/v1/experiment?experiment_name={name}")["objects"]
    answer = demo.server.request("GET", f"/v1/experiment/{made['id']}/compare")
    assert answer["baseline"]["name"] == "first"
    assert {item["verdict"] for item in answer["scores"]} <= verdicts
    assert any(item["diff"] for item in answer["scores"])  # the dice did fall otherwise
    file = tmp_path / "run.capsule"
    assay("capsule", "save", name, "-p", "playlist", "-o", file)
    assert json.loads(assay("capsule", "open", file, "--print", "comparison.json")) == answer
    texts = [
        next(text for text in printed if text.startswith(f"{name}:")),
        assay("experiments", "compare", name, "-p", "playlist"),
        assay("capsule", "open", file),
    ]
    page.goto(f"{BASE}/experiments/{name}")
    for item in answer["scores"]:
        assert_card_agrees(page, item)
        for text in texts:
            assert_terminal_agrees(text, item)
    entry = page.get_by_role("button", name=re.compile("^baseline"))
    expect(entry).to_contain_text("first")


def test_new_rows_appear_while_the_page_is_open(page: Page, demo: Demo) -> None:
    page.goto(f"{BASE}/logs")
    page.get_by_role("button", name=re.compile("Live")).click()
    project = demo.server.request("GET", "/v1/project?project_name=playlist")["objects"][0]["id"]
    row = {
        "id": "fresh",
        "project_id": project,
        "log_id": "g",
        "input": "just happened",
        "span_attributes": {"name": "fresh"},
    }
    demo.server.request("POST", "/logs3", {"rows": [row]})
    expect(page.get_by_text("just happened")).to_be_visible(timeout=8000)
    demo.server.request("POST", "/logs3", {"rows": [{**row, "_object_delete": True}]})


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_opens_at_every_width(
    demo: Demo, browser: Browser, size: dict[str, int], dark: bool
) -> None:
    addresses = {
        "projects": "/app", "logs": f"{BASE}/logs", "experiments-list": f"{BASE}/experiments",
        "experiment": f"{BASE}/experiments/{demo.improved}?c={demo.current}", "datasets": f"{BASE}/datasets",
        "dataset": f"{BASE}/datasets/rule%20breakers", "sql": f"{BASE}/sql",
    }  # fmt: skip
    with watched_page(browser, demo.server.url, size=size, dark=dark) as page:
        log_in(page, demo)
        for name, address in addresses.items():
            page.goto(address)
            expect(page.get_by_role("alert")).to_have_count(0)
            expect(page.locator("main, [role=main]").first).to_be_visible()
            page.wait_for_load_state("networkidle")
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, f"{name} scrolls sideways by {wide} px"
            picture(page, f"{name}-{'dark' if dark else 'light'}-{size['width']}")
