"""The list of experiments: put away, followed while they run, plotted, kept as views, copied as code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.support.servers import KEY
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


class Runs:
    """A project of its own, and its experiments by name."""

    def __init__(self, site: Site, project: str) -> None:
        self.site, self.project = site, project
        self.url = f"/app/local/p/{project}/experiments"
        self.id = site.server.request("POST", "/v1/project", {"name": project})["id"]
        self.ids: dict[str, str] = {}

    def add(self, name: str, cases: int = 0, **fields: Any) -> str:
        body = {"project_id": self.id, "name": name, **fields}
        self.ids[name] = self.site.server.request("POST", "/v1/experiment", body)["id"]
        self.log(name, range(cases))
        return self.ids[name]

    def log(self, name: str, cases: range) -> None:
        """Traces that cost and take more from run to run, and are right every other time or always."""
        place = list(self.ids).index(name)
        common = {"project_id": self.id, "experiment_id": self.ids[name]}
        rows = [
            {**row, **common}
            for case in cases
            for row in eval_trace(
                f"{name}-{case}", input=f"question {case}", output=f"{name} answers {case}", at=case,
                scores={"Right": float(case % 2 or place % 2)}, tokens=100 * (place + 1), seconds=1.0 + place,
            )
        ]  # fmt: skip
        if rows:
            self.site.server.request("POST", "/logs3", {"rows": rows})

    def read(self, name: str) -> dict[str, Any]:
        return self.site.server.request("GET", f"/v1/experiment/{self.ids[name]}")

    def change(self, name: str, **fields: Any) -> None:
        self.site.server.request("PATCH", f"/v1/experiment/{self.ids[name]}", fields)


def row(page: Page, name: str) -> Locator:
    rows = page.get_by_role("grid", name="Experiments").get_by_role("row")
    return rows.filter(has=page.get_by_text(name, exact=True))


def choose(page: Page, *names: str) -> None:
    for name in names:
        row(page, name).get_by_role("checkbox").check()


@pytest.fixture(scope="module")
def seen(site: Site) -> Runs:
    """Three finished runs that no test changes."""
    runs = Runs(site, "listed runs")
    for number, name in enumerate(("first", "second", "third")):
        tags, repo = (
            ["nightly"] if number else None,
            {"commit": f"{number}" * 8, "branch": f"branch-{number}"},
        )
        runs.add(name, 12, tags=tags, repo_info=repo)
    runs.add("stopped", 3, progress={"planned": 40, "state": "interrupted"})
    return runs


def test_experiments_are_put_away_and_brought_back(page: Page, site: Site) -> None:
    runs = Runs(site, "archived runs")
    for name in ("old", "older", "new"):
        runs.add(name, 2)
    page.goto(runs.url)
    choose(page, "old", "older")
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("2 experiments archived")).to_be_visible()
    expect(row(page, "old")).to_have_count(0)
    expect(row(page, "new")).to_be_visible()
    assert [runs.read(name)["archived"] for name in ("old", "older", "new")] == [True, True, False]
    page.get_by_role("button", name="Archived 2").click()
    page.wait_for_url("**archived=1")
    expect(row(page, "new")).to_have_count(0)
    choose(page, "old")
    page.get_by_role("button", name="Bring back").click()
    expect(row(page, "old")).to_have_count(0)
    expect(row(page, "older")).to_be_visible()
    assert runs.read("old")["archived"] is False
    row(page, "older").get_by_text("older", exact=True).click()
    expect(page.get_by_text("archived", exact=True)).to_be_visible()


def test_an_experiment_is_put_away_on_its_own_page(phone: Page, site: Site) -> None:
    runs = Runs(site, "archived page")
    runs.add("old", 2)
    phone.goto(f"{runs.url}/old")
    phone.get_by_role("button", name="Archive", exact=True).click()
    expect(phone.get_by_text("archived", exact=True)).to_be_visible()
    assert runs.read("old")["archived"] is True
    phone.get_by_role("button", name="Bring back", exact=True).click()
    expect(phone.get_by_role("button", name="Archive", exact=True)).to_be_visible()
    expect(phone.get_by_text("archived", exact=True)).to_have_count(0)
    assert runs.read("old")["archived"] is False
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_experiment_is_renamed_and_described(page: Page, site: Site) -> None:
    runs = Runs(site, "renamed runs")
    for name in ("first try", "second try"):
        runs.add(name, 2)
    page.goto(f"{runs.url}/second%20try?c=first+try&panel=details")
    page.get_by_role("button", name="Name and description").click()
    dialog = page.get_by_role("dialog", name="Name and description")
    dialog.get_by_label("Name").fill("with the short prompt")
    dialog.get_by_label("Description").fill("half the system prompt")
    dialog.get_by_role("button", name="Save").click()
    page.wait_for_url("**/with%20the%20short%20prompt?c=first+try&panel=details")
    expect(page.get_by_role("region", name="Details")).to_contain_text("half the system prompt")
    kept = runs.read("second try")
    assert (kept["name"], kept["description"]) == ("with the short prompt", "half the system prompt")


def test_a_run_is_followed_to_its_end(page: Page, site: Site) -> None:
    runs = Runs(site, "followed runs")
    runs.add("going", 1, progress={"planned": 4, "state": "running"})
    page.goto(runs.url)
    state = row(page, "going").locator("[data-state]")
    expect(state).to_contain_text("1 of 4")
    expect(state.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "1")
    runs.log("going", range(1, 3))
    expect(state).to_contain_text("3 of 4")
    runs.log("going", range(3, 4))
    runs.change("going", progress={"planned": 4, "state": "finished"})
    expect(row(page, "going")).to_contain_text("finished")
    expect(state).to_have_count(0)


def test_a_run_that_was_cut_short_says_how_far_it_came(page: Page, seen: Runs) -> None:
    page.goto(seen.url)
    state = row(page, "stopped").locator("[data-state=interrupted]")
    expect(state).to_contain_text("interrupted")
    expect(state).to_contain_text("3 of 40")
    page.goto(f"{seen.url}/stopped")
    expect(page.locator("header [data-state=interrupted]")).to_contain_text("3 of 40")


def test_any_two_numbers_of_the_experiments_are_plotted(page: Page, site: Site, seen: Runs) -> None:
    page.goto(f"{seen.url}?q=nightly")
    page.get_by_role("group", name="Layout").get_by_role("button", name="Plot").click()
    plot = page.get_by_role("group", name=re.compile("^Right over Duration"))
    expect(plot.get_by_role("button")).to_have_count(2)
    page.get_by_label("Across").select_option("metrics.estimated_cost")
    page.wait_for_url("**x=metrics.estimated_cost**")
    plot = page.get_by_role("group", name=re.compile("^Right over Cost"))
    found = site.server.request("GET", f"/v1/experiment/{seen.ids['second']}/compare?to=none")
    [score] = found["scores"]
    dot = plot.get_by_role("button", name=re.compile("^second: "))
    expect(dot).to_have_accessible_name(re.compile(rf"Right {score['mean']:.2f}$"))
    low, high = score["interval"]
    expect(dot.locator("title")).to_contain_text(f"({low:.2f} … {high:.2f})")
    expect(plot.locator("[data-interval=up]")).to_have_count(2)
    dot.click()
    page.wait_for_url("**/experiments/second**")


def test_everyone_opens_the_list_as_they_like(page: Page, site: Site, seen: Runs) -> None:
    page.goto(f"{seen.url}?q=nightly&hide=git")
    expect(page.get_by_role("columnheader", name="Git")).to_have_count(0)
    expect(row(page, "third")).to_be_visible()
    menu = page.get_by_title(re.compile("^Choose a view"))
    menu.click()
    page.get_by_role("menuitem", name="Save as a new view").click()
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name").fill("Nightly ones")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    expect(menu).to_have_text("Nightly ones")
    menu.click()
    page.get_by_role("menuitem", name="Make this my default").click()
    menu.click()
    expect(page.get_by_role("menuitemradio", name="Nightly ones my default")).to_be_visible()
    page.keyboard.press("Escape")
    query = f"project_id={seen.id}&view_type=experiments"
    chosen = site.server.request("GET", f"/v1/view_default?{query}")
    [view] = site.server.request(
        "GET", f"/v1/view?object_type=project&object_id={seen.id}&view_type=experiments"
    )["objects"]
    assert (chosen["view_id"], chosen["chosen"]) == (view["id"], True)
    assert not view["options"].get("default"), "for the others nothing changes"
    page.goto(seen.url)
    page.wait_for_url("**q=nightly**")
    expect(row(page, "third")).to_be_visible()
    expect(row(page, "first")).to_have_count(0)
    menu.click()
    page.get_by_role("menuitem", name="Open as the project does").click()
    page.goto(seen.url)
    expect(row(page, "first")).to_be_visible()
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/view/{view['id']}", {"object_type": "project", "object_id": seen.id})


def copied(page: Page, label: str) -> str:
    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    page.get_by_role("button", name="Copy as code").click()
    page.get_by_role("menuitem", name=label, exact=True).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== 'nothing yet'")
    return page.evaluate("navigator.clipboard.readText()")


def run(site: Site, code: str, *command: str, cwd: Path) -> str:
    """Copied code with the key of the server; its stdout."""
    environment = {**os.environ, "ASSAY_API_KEY": KEY, "ASSAY_URL": site.server.url}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [*command, code], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_copied_as_code_runs(page: Page, site: Site, seen: Runs, tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(seen.url)
    expect(row(page, "third")).to_be_visible()
    assert "third" in run(site, copied(page, "CLI"), "sh", "-c", cwd=tmp_path)
    listing = f"{copied(page, 'Python')}\nprint(len(experiments))"
    assert int(run(site, listing, sys.executable, "-c", cwd=tmp_path)) == len(seen.ids)
    page.goto(f"{seen.url}/second?c=first")
    expect(page.get_by_role("region", name="Verdicts")).to_be_visible()
    assert "second compared with first" in run(site, copied(page, "Compare, CLI"), "sh", "-c", cwd=tmp_path)
    code = f"{copied(page, 'Compare, Python')}\nprint(json.dumps(comparison))"
    found = json.loads(run(site, code, sys.executable, "-c", cwd=tmp_path))
    assert (found["experiment"]["name"], found["baseline"]["name"]) == ("second", "first")
    run(site, copied(page, "Export, CLI"), "sh", "-c", cwd=tmp_path)
    assert (tmp_path / "cases.csv").read_text(encoding="utf-8").count("second answers") == 12
    rows = run(site, copied(page, "Export, Python"), sys.executable, "-c", cwd=tmp_path)
    assert rows.count("second answers") == 12
    assert copied(page, "Run again, CLI").splitlines()[0] == "git checkout '11111111'"
    compile(copied(page, "Run again, Python"), "again.py", "exec")


def test_the_list_can_be_used_by_everyone(both: list[Page], seen: Runs) -> None:
    for page in both:
        for query in ("", "?layout=plot", "?q=nowhere"):
            page.goto(f"{seen.url}{query}")
            ready = page.get_by_role("group", name=re.compile("Right over")) if "plot" in query else None
            expect(ready or page.get_by_label("Find experiments")).to_be_visible()
            if not query:
                expect(page.get_by_text("3 of 40")).to_be_visible()
            assert serious_violations(page) == [], query
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
