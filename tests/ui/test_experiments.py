"""Experiments compared: what pages say is what the API says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP
from tests.ui.compared import CASES, PAGE
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


def compare(site: Site, runs: dict[str, str], name: str, query: str) -> dict[str, Any]:
    return site.server.request("GET", f"/v1/experiment/{runs[name]}/compare?{query}")


def signed(value: float) -> str:
    return f"{'+' if value > 0 else '−'}{abs(value):.2f}"


def filter_button(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Filter cases").locator(f"[data-filter={name}]")


def test_the_strip_says_what_the_api_says(page: Page, site: Site, runs: dict[str, str]) -> None:
    found = compare(site, runs, "sure", f"to={runs['plain']}")
    [score] = found["scores"]
    plan = site.server.request("GET", f"/v1/experiment/{runs['sure']}/plan?to={runs['plain']}")
    page.goto(f"{PAGE}/sure?c=plain")
    card = page.get_by_role("region", name="Verdicts").locator("[data-name=Right]")
    expect(card).to_have_attribute("data-verdict", score["verdict"])
    expect(card).to_contain_text(signed(score["diff"]))
    expect(card).to_contain_text(f"can show {score['detectable']:.2f} or more")
    assert plan["scores"][0]["cases_needed"] > CASES
    expect(card).to_contain_text(re.compile(r"0\.03 needs about [\d,]+ more cases"))
    warnings = page.get_by_role("list", name="Warnings")
    expect(page.get_by_text("These runs are not alike")).to_be_visible()
    for warning in found["warnings"]:
        expect(warnings.locator(f"[data-code={warning['code']}]")).to_contain_text(warning["message"])
    assert "dataset_version_differs" in {warning["code"] for warning in found["warnings"]}


def test_wavering_cases_are_counted_and_their_trials_opened(
    page: Page, site: Site, runs: dict[str, str]
) -> None:
    counts = site.server.request("GET", f"/v1/experiment/{runs['odd']}/cases?limit=1")["counts"]
    page.goto(f"{PAGE}/odd")
    expect(filter_button(page, "flaky")).to_have_text(f"{counts['flaky']}flaky")
    assert counts["flaky"] == CASES / 5
    filter_button(page, "flaky").click()
    grid = page.get_by_role("grid", name="Cases")
    expect(grid).to_have_attribute("aria-rowcount", str(counts["flaky"] + 1))
    row = grid.get_by_role("row").nth(1)
    expect(row).to_contain_text("flaky")
    expect(row).to_contain_text("1.00 · 0.00")
    row.get_by_text("odd answers 0").click()
    trace = page.get_by_role("region", name="Trace")
    trace.get_by_role("button", name="Trial 1 of 2").click()
    page.get_by_role("menuitemradio", name=re.compile("^Trial 2")).click()
    page.wait_for_url("**r=odd-0-1**")
    expect(trace.get_by_role("button", name="Trial 2 of 2")).to_be_visible()


def test_cases_without_a_partner_say_why(page: Page, site: Site, runs: dict[str, str]) -> None:
    found = compare(site, runs, "sure", "to=plain")
    reasons = sorted((item["side"], item["reason"]) for item in found["unmatched"])
    assert ("experiment", "no_partner") in reasons
    assert ("experiment", "changed") in reasons
    page.goto(f"{PAGE}/sure?c=plain&filter=unmatched")
    panel = page.get_by_role("region", name="Unmatched cases")
    expect(panel.get_by_role("listitem")).to_have_count(len(reasons))
    changed = panel.locator("[data-reason=changed][data-side=experiment]")
    expect(changed).to_contain_text("it was edited")
    expect(changed.locator("ins")).to_contain_text("ten")
    expect(panel.locator("[data-reason=no_partner][data-side=experiment]")).to_contain_text("only here")
    expect(panel.get_by_role("button", name="Pair them by something else")).to_be_visible()


def test_groups_are_judged_each_by_itself(page: Page, site: Site, runs: dict[str, str]) -> None:
    page.goto(f"{PAGE}/sure?c=plain")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemradio", name="metadata.tier").click()
    page.wait_for_url("**slice=metadata.tier**")
    table = page.get_by_role("region", name="Slices")
    found = compare(site, runs, "sure", f"to={runs['plain']}&slice=metadata.tier")
    assert {one["value"] for one in found["slices"]} == {"free", "pro"}
    for one in found["slices"]:
        row = table.locator(f"[data-slice={one['value']}]")
        expect(row).to_contain_text(str(one["cases"]["total"]))
        expect(row).to_contain_text(signed(one["scores"][0]["diff"]))
        expect(row).to_contain_text(one["scores"][0]["verdict"])


def test_how_a_comparison_is_judged_is_in_the_address(page: Page, site: Site, runs: dict[str, str]) -> None:
    page.goto(f"{PAGE}/sure?c=plain")
    page.get_by_role("button", name="Judged", exact=True).click()
    page.get_by_label("Cases that belong together").select_option("metadata.talk")
    page.wait_for_url("**cluster=metadata.talk**")
    page.get_by_label("Confidence").select_option("99 %")
    page.wait_for_url("**level=0.99**")
    page.get_by_label("Intervals").select_option("bca")
    page.wait_for_url("**method=bca**")
    page.get_by_label("Equivalent within").fill("0.05")
    page.get_by_label("Equivalent within").press("Enter")
    page.wait_for_url("**margin=0.05**")
    page.get_by_label("Several scores").select_option("bh")
    page.wait_for_url("**correction=bh**")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.wait_for_url("**cluster=metadata.talk**")

    query = f"to={runs['plain']}&cluster=metadata.talk"
    found = compare(site, runs, "sure", f"{query}&level=0.99&method=bca&margin=0.05&correction=bh")
    plain = compare(site, runs, "sure", f"to={runs['plain']}")
    [score] = found["scores"]
    assert (score["units"], score["method"]) == (10, "bca")
    assert score["diff_interval"] != plain["scores"][0]["diff_interval"]
    card = page.get_by_role("region", name="Verdicts").locator("[data-name=Right]")
    low, high = (signed(bound) for bound in score["diff_interval"])
    expect(card).to_contain_text(f"{low} … {high}")
    expect(card).to_have_attribute("data-verdict", score["verdict"])
    expect(card.get_by_role("img")).to_have_accessible_name(re.compile(f"99 % interval {re.escape(low)} to"))
    plans = [
        site.server.request("GET", f"/v1/experiment/{runs['sure']}/plan?{words}")["scores"][0]["cases_needed"]
        for words in (f"to={runs['plain']}", query)
    ]
    assert plans[0] != plans[1]
    needs = card.get_by_text(re.compile(r"0\.03 needs about"))
    expect(needs).to_contain_text(f"{round_up(plans[1] - CASES):,}")
    facts = page.get_by_text(re.compile("matched by input"))
    expect(facts).to_contain_text("clustered by metadata.talk · 99 % intervals · bootstrap")
    cases = page.get_by_role("grid", name="Cases")
    expect(cases.get_by_role("columnheader", name="metadata.talk")).to_be_visible()
    expect(page.get_by_role("button", name="Judged in clusters")).to_be_visible()

    page.goto(f"{PAGE}/odd?panel=details&c=none&cluster=metadata.talk")
    [chances] = site.server.request("GET", f"/v1/experiment/{runs['odd']}/reliability?cluster=metadata.talk")[
        "scores"
    ]
    row = page.get_by_role("region", name="Reliability").locator("[data-k='1']")
    low, high = chances["chances"][0]["all"]["interval"]
    expect(row).to_contain_text(f"({low:.2f} … {high:.2f})")

    page.get_by_role("button", name="Judged in clusters").click()
    page.get_by_role("button", name="As the project says").click()
    page.wait_for_url(re.compile(r"/odd\?(?!.*cluster)"))


def round_up(value: int) -> int:
    """Two significant digits, upwards."""
    step = 10 ** max(0, len(str(value)) - 2)
    return -(-value // step) * step


def test_a_group_that_is_no_path_says_so(rough_page: Page, runs: dict[str, str]) -> None:
    rough_page.goto(f"{PAGE}/{'sure'}?c=plain&slice=lower(input)")
    expect(rough_page.get_by_role("alert")).to_contain_text("is no path")


def test_several_baselines_at_once(page: Page, site: Site, runs: dict[str, str]) -> None:
    page.goto(f"{PAGE}/sure?c=plain")
    page.get_by_role("button", name=re.compile("^baseline")).click()
    page.get_by_role("group", name="Compare with").get_by_role("checkbox", name=re.compile("^odd")).click()
    page.wait_for_url("**c=plain&c=odd**")
    page.keyboard.press("Escape")
    found = compare(site, runs, "sure", f"to={runs['plain']}&to={runs['odd']}")
    card = page.get_by_role("region", name="Verdicts").locator("[data-name=Right]")
    for name, [score] in (("plain", found["scores"]), ("odd", found["others"][0]["scores"])):
        line = card.locator(f"[data-against={name}]")
        expect(line).to_have_attribute("data-verdict", score["verdict"])
        expect(line).to_contain_text(signed(score["diff"]))
    page.get_by_role("button", name=re.compile("^Grid")).click()
    row = page.get_by_role("grid", name="Cases").get_by_role("row").nth(1)
    for name in ("sure", "plain", "odd"):
        expect(row).to_contain_text(f"{name} answers 0")
    row.get_by_role("button", name="Trace in odd").click()
    page.wait_for_url("**r=odd-0-0**")
    expect(page.get_by_role("region", name="Trace")).to_contain_text("odd answers 0")
    page.get_by_role("button", name="Summary", exact=True).click()
    table = page.get_by_role("table", name="Summary")
    line = table.locator("[data-against=odd]")
    expect(line).to_contain_text(f"{found['others'][0]['scores'][0]['baseline_mean']:.2f}")
    expect(line).to_contain_text(found["others"][0]["scores"][0]["verdict"])


def test_two_traces_side_by_side(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"{PAGE}/sure?c=plain&r=sure-1-0")
    for action in ("Add to dataset", "Both", "Close"):  # beside the cases there is little room
        box = page.get_by_role("button", name=action, exact=True).bounding_box()
        assert box
        assert box["x"] + box["width"] <= DESKTOP["width"], action
    page.get_by_role("button", name="Both", exact=True).click()
    both = page.get_by_role("group", name="Side by side")
    expect(both.get_by_role("region", name="Trace")).to_have_count(2)
    expect(both).to_contain_text("sure answers 1")
    expect(both).to_contain_text("plain answers 1")
    page.get_by_role("button", name="Both", exact=True).click()
    expect(page.get_by_role("grid", name="Cases")).to_be_visible()


def test_a_comparison_on_a_phone(phone: Page, runs: dict[str, str]) -> None:
    for more in ("", "&cluster=metadata.talk", "&layout=grid", "&layout=summary", "&filter=unmatched"):
        phone.goto(f"{PAGE}/sure?c=plain&c=odd{more}")
        expect(phone.get_by_role("list", name="Warnings")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.goto(f"{PAGE}/sure?c=plain&margin=0.05")
    phone.get_by_role("button", name="Judged as set here").click()
    expect(phone.get_by_label("Equivalent within")).to_have_value("0.05")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious_violations(phone, "[aria-label='How it is judged']") == []


def test_any_two_numbers_of_the_cases_are_plotted(page: Page, site: Site, runs: dict[str, str]) -> None:
    cases = site.server.request("GET", f"/v1/experiment/{runs['sure']}/cases?limit=1000")["cases"]
    page.goto(f"{PAGE}/sure?layout=plot&x=metrics.total_tokens&y=scores.Right")
    plot = page.get_by_role("group", name=re.compile("^Right over Tokens"))
    expect(plot.get_by_role("button")).to_have_count(len(cases))
    seventh = plot.get_by_role("button", name=re.compile("number 7 "))
    values = {
        name: cases[7][kind][name]["value"]
        for kind, name in (("scores", "Right"), ("metrics", "total_tokens"))
    }
    expect(seventh).to_have_accessible_name(
        re.compile(f"Tokens {values['total_tokens']:.0f}, Right {values['Right']:.2f}$")
    )
    seventh.click()
    page.wait_for_url("**r=sure-7-0**")
    expect(page.get_by_role("region", name="Trace")).to_contain_text("sure answers 7")
    page.get_by_label("Across").select_option("Duration")
    page.wait_for_url("**x=metrics.duration**")


def test_details_tell_what_was_spent_and_how_dependable_it_is(
    page: Page, site: Site, runs: dict[str, str]
) -> None:
    found = compare(site, runs, "odd", "to=none")["totals"]
    reliability = site.server.request("GET", f"/v1/experiment/{runs['odd']}/reliability")
    [score] = reliability["scores"]
    page.goto(f"{PAGE}/odd?c=none")
    page.get_by_role("button", name="Details").click()
    panel = page.get_by_role("region", name="Details")
    for part in ("task", "scoring"):
        expect(panel).to_contain_text(f"{found[part]['tokens'] / 1000:.1f}k tokens".replace("0.6k", "560"))
    expect(panel).to_contain_text(f"0 of {found['rows']} answers")
    expect(panel).to_contain_text("version 1")
    reliable = panel.get_by_role("region", name="Reliability")
    for chance in score["chances"]:
        row = reliable.locator(f"[data-k='{chance['k']}']")
        expect(row).to_contain_text(f"{chance['any']['mean']:.2f}")
        expect(row).to_contain_text(f"{chance['all']['mean']:.2f}")
    for label, number in score["labels"].items():
        expect(reliable.locator(f"[data-label={label}]")).to_contain_text(str(number))
    assert score["labels"]["flaky"] == CASES / 5
    expect(reliable.get_by_role("list", name="Cases that waver").get_by_role("listitem")).to_have_count(
        CASES // 5
    )
