"""The monitor: what charts say is what SQL says; boards are kept; a chart leads to its rows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import language
from tests.ui.conftest import BASE, PROJECT, TRACES, Site

pytestmark = [pytest.mark.browser]


def test_charts_say_what_sql_says(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all&f=tags+INCLUDES+'seed'")
    requests = page.get_by_role("figure", name="Requests")
    expect(requests.get_by_role("img")).to_have_accessible_name(f"Requests over time: count {TRACES}")
    (wanted,) = site.server.sql(
        f"SELECT count(*) AS n, count_if(error IS NOT NULL) AS failed FROM project_logs('{PROJECT}') "
        "WHERE span_attributes.type = 'llm' AND metadata.model = 'test-model'"
    )
    assert wanted == {"n": TRACES, "failed": 0}
    expect(page.get_by_role("figure", name="Error rate").get_by_role("listitem")).to_contain_text("10 %")
    page.goto(f"{BASE}/monitor?t=all")
    expect(page.get_by_role("figure", name="Models")).to_contain_text(f"test-model{wanted['n']}")
    (quality,) = site.server.sql(
        f"SELECT round(avg(scores.Quality), 2) AS mean FROM project_logs('{PROJECT}')"
    )
    assert quality == {"mean": 0.5}
    expect(page.get_by_role("figure", name="Scores").get_by_role("listitem")).to_contain_text("Quality0.50")


def test_a_field_divides_the_charts_and_a_value_leads_to_its_rows(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all")
    page.get_by_role("button", name="Divide by", exact=True).click()
    page.get_by_role("menuitemradio", name="metadata.tier").click()
    page.wait_for_url("**by=metadata.tier**")
    lines = page.get_by_role("figure", name="Requests").get_by_role("listitem")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="free")).to_contain_text("100")
    page.get_by_role("figure", name="Models").get_by_role("button", name=re.compile("^test-model")).click()
    page.wait_for_url("**/logs?**")
    expect(page.get_by_text("metadata.model is test-model")).to_be_visible()
    expect(page.get_by_test_id("logs-count")).to_contain_text(f"{TRACES} traces")


def test_dragging_zooms_in_double_clicking_out_and_a_click_leads_to_the_traces(page: Page) -> None:
    page.goto(f"{BASE}/monitor?t=24h")
    plot = page.get_by_role("figure", name="Requests").locator(".u-over")
    start, end = (point(plot, at) for at in (0.85, 0.97))  # of the newest hours
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(r"/monitor\?t=[^&]+\.\.[^&]+$"))
    page.wait_for_load_state("networkidle")  # the plot is drawn anew when the answers come
    page.mouse.click(*point(plot, 0.5), click_count=2, delay=100)  # as slowly as people do
    page.wait_for_url(re.compile(r"/monitor$"))
    page.mouse.click(*point(plot, 0.99))  # the newest slot: one before it may be empty
    page.wait_for_url(re.compile(r"/logs\?t=[^&]+\.\.[^&]+$"))
    expect(page.get_by_role("row").filter(has_text="question").first).to_be_visible()


def point(plot: Locator, at: float) -> tuple[float, float]:
    """A place in a plot, `at` of its width from the left, once it is drawn: it is drawn anew when answers come."""
    for _ in range(200):
        if box := plot.bounding_box():
            return box["x"] + box["width"] * at, box["y"] + box["height"] / 2
        plot.page.wait_for_timeout(50)
    raise AssertionError("the plot is not there")


def test_a_board_is_kept_on_the_server(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all")
    page.get_by_role("button", name="Chart", exact=True).click()
    dialog = page.get_by_role("dialog", name="New chart")
    dialog.get_by_label("Title").fill("Dollars")
    dialog.get_by_label("Start from").select_option("Cost")
    dialog.get_by_label("Kind").select_option("number")
    expect(dialog.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    dialog.get_by_role("button", name="Add the chart").click()
    name = page.get_by_role("dialog", name="New board")
    name.get_by_label("Name").fill("Money")
    name.get_by_role("button", name="Create").click()
    page.wait_for_url("**board=**")
    expect(page.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    page.reload()
    expect(page.get_by_role("figure", name="Dollars")).to_contain_text("$0.30")
    page.get_by_role("button", name="Money").click()
    page.get_by_role("menuitem", name="Open with this board").click()
    expect(page.get_by_role("menu")).to_have_count(0)
    page.get_by_role("link", name="Monitor").first.click()
    page.wait_for_url(re.compile(r"/monitor\?board=(?!none)[^&]+$"))  # the page opens with it
    page.get_by_role("button", name="Money").click()
    page.get_by_role("menuitemradio", name="Standard").click()
    page.wait_for_url("**/monitor?board=none")
    expect(page.get_by_role("figure", name="Tools")).to_be_visible()
    page.get_by_role("button", name="Standard").click()
    page.get_by_role("menuitemradio", name="Money").click()
    expect(page.get_by_role("figure", name="Dollars")).to_be_visible()
    page.get_by_role("button", name="Requests: what to do with it").click()
    page.get_by_role("menuitem", name="Remove from the board").click()
    expect(page.get_by_role("figure", name="Requests")).to_have_count(0)
    views = f"/v1/view?object_type=project&object_id={site.project_id}&view_type=monitor&view_name=Money"
    (stored,) = site.server.request("GET", views)["objects"]
    titles = [chart["title"] for chart in stored["options"]["charts"]]
    assert "Dollars" in titles
    assert "Requests" not in titles
    page.get_by_role("button", name="Money").click()
    page.get_by_role("menuitem", name="Delete “Money”").click()
    expect(page.get_by_role("button", name="Standard")).to_be_visible()
    assert site.server.request("GET", views)["objects"] == []


def test_a_chart_is_put_together_without_sql(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/monitor?t=all&f=tags+INCLUDES+'seed'")
    page.get_by_role("button", name="Chart", exact=True).click()
    dialog = page.get_by_role("dialog", name="New chart")
    dialog.get_by_label("Title").fill("Own")
    dialog.get_by_label("Kind").select_option("Big number")
    preview = dialog.get_by_role("figure", name="Own")
    expect(preview).to_contain_text(str(TRACES))  # how many
    dialog.get_by_label("Value").select_option("Sum of")
    dialog.get_by_label("Field").fill("metrics.estimated_cost")
    expect(dialog.get_by_label("Unit")).to_have_value("$")
    expect(preview).to_contain_text("$0.30")
    dialog.get_by_label("Value").select_option("Share where")
    dialog.get_by_label("Condition, in SQL").fill("metadata.tier = 'pro'")
    expect(preview).to_contain_text(re.compile("33 %.*26 %.*41 %"))
    dialog.get_by_label("Value").select_option("SQL")
    dialog.get_by_label("Measure, in SQL").fill("sum(metrics.estimated_cost)")
    dialog.get_by_label("Unit").select_option("dollars")
    expect(dialog.get_by_label("Value")).to_have_value("sql")
    expect(preview).to_contain_text("$0.30")


def test_filters_pick_traces_and_all_their_rows(page: Page, site: Site) -> None:
    """`metadata.tier` is on the root, models, tools and scores below it; the rows themselves can be asked for."""
    address = f"{BASE}/monitor?t=all&f=metadata.tier+=+'pro'"
    page.goto(address)
    expect(page.get_by_role("figure", name="Models")).to_contain_text(f"test-model{TRACES // 3}")
    (wanted,) = site.server.sql(
        f"SELECT round(avg(scores.Quality), 2) AS mean FROM project_logs('{PROJECT}') WHERE root_span_id IN "
        f"(SELECT root_span_id FROM project_logs('{PROJECT}') WHERE metadata.tier = 'pro')"
    )
    scores = page.get_by_role("figure", name="Scores")
    expect(scores.get_by_role("listitem")).to_contain_text(f"Quality{wanted['mean']:.2f}")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("menuitemcheckbox", name="Only spans that match the filters").click()
    page.wait_for_url("**rows=1**")
    expect(page.get_by_role("figure", name="Models")).to_contain_text("Nothing in this time")
    expect(page.get_by_role("figure", name="Requests").get_by_role("listitem")).to_contain_text(
        str(TRACES // 3)
    )


def test_the_period_before_is_told_with_what_is_sure(page: Page, site: Site) -> None:
    """An hour with 40 requests, then one with 80, of which every fourth failed."""
    project_id = site.server.request("POST", "/v1/project", {"name": "periods"})["id"]
    common = {"project_id": project_id, "log_id": "g", "input": "q"}
    rows = [
        {
            **common,
            "id": f"p{at}",
            "tags": ["all"] if at % 4 else ["all", "fourth"],
            "error": "no" if at >= 40 and at % 4 == 0 else None,
            "created": f"2026-03-01T{10 + (at >= 40)}:{at % 40:02}:{at // 80 * 30:02}Z",
        }
        for at in range(120)
    ]
    site.server.request("POST", "/logs3", {"rows": rows})
    page.goto("/app/local/p/periods/monitor?t=2026-03-01T11:00:00Z..2026-03-01T12:00:00Z&prev=1")
    requests = page.get_by_role("figure", name="Requests").get_by_role("listitem")
    expect(requests).to_have_text(re.compile("^count80was 40$"))
    failed = page.get_by_role("figure", name="Error rate").get_by_role("listitem")
    expect(failed).to_have_text(re.compile("^failed25 %▲ was 0 %$"))
    page.goto("/app/local/p/periods/monitor?t=2026-03-01T10:00:00Z..2026-03-01T11:00:00Z&by=tags")
    by_tag = page.get_by_role("figure", name="Requests").get_by_role("listitem")
    expect(by_tag).to_have_text(["all40", "fourth10"])


def test_a_chart_marks_when_an_environment_changed(page: Page, site: Site) -> None:
    ask = site.server.request
    project_id = site.project("marked", 3)
    ask("POST", "/environment", {"name": "Live", "slug": "live"})
    messages = {"prompt": {"type": "chat", "messages": [{"role": "user", "content": "hi"}]}}
    prompt = ask(
        "POST", "/v1/prompt",
        {"project_id": project_id, "name": "Greeting", "slug": "greeting", "prompt_data": messages},
    )  # fmt: skip
    call = {
        "id": "made of it", "project_id": project_id, "log_id": "g", "span_attributes": {"type": "llm"},
        "metadata": {"prompt": {"id": prompt["id"]}},
    }  # fmt: skip
    ask("POST", "/logs3", {"rows": [call]})
    address = "/app/local/p/marked/monitor?t=24h"
    page.goto(address)
    expect(page.get_by_role("figure", name="Requests")).to_be_visible()
    expect(page.get_by_role("region", name="Changes of environments")).to_have_count(0)
    path = f"/environment-object/prompt/{prompt['id']}/live"
    ask("PUT", path, {"object_version": prompt["_xact_id"]})
    page.goto(address)
    changes = page.get_by_role("region", name="Changes of environments").get_by_role("listitem")
    expect(changes).to_contain_text(["live began to use another version of Greeting"])
    page.get_by_role("button", name="Divide by", exact=True).click()
    page.get_by_role("menuitemradio", name="Prompt").click()
    calls = page.get_by_role("figure", name="Model calls").get_by_role("listitem")
    expect(calls).to_have_text("Greeting1")
    page.get_by_role("button", name="By prompt").click()
    page.get_by_role("menuitemradio", name="metadata.session_id").click()
    page.wait_for_url("**session_id**")
    page.goto(f"{address}&by=metadata.none")
    expect(page.get_by_role("status").filter(has_text="the charts are not divided")).to_be_visible()
    changes.get_by_role("link").click()
    page.wait_for_url("**/prompts/**")


def test_failures_are_known_in_every_language(page: Page, site: Site) -> None:
    """A board keeps the words of whoever made it; nothing failed here, so nothing is said of failures."""
    measures = [
        {"label": "calls", "sql": "count(*)"},
        {"label": "failed", "sql": "count_if(error IS NOT NULL)"},
    ]
    chart = {"id": "m", "title": "Answering", "kind": "top", "grain": "calls", "unit": "", "measures": measures,
             "by": "metadata.model"}  # fmt: skip
    about = {"object_type": "project", "object_id": site.project_id, "view_type": "monitor", "name": "Words"}
    board = site.server.request("POST", "/v1/view", {**about, "options": {"charts": [chart]}})
    page.add_init_script(language.CHOOSE)
    page.goto(f"{BASE}/monitor?t=all&board={board['id']}")
    expect(page.locator("html")).to_have_attribute("lang", language.PSEUDO)
    row = page.get_by_role("figure", name="Answering").get_by_role("listitem").get_by_role("button")
    expect(row).to_have_text(f"test-model{TRACES}")
    site.server.request("DELETE", f"/v1/view/{board['id']}")


def test_a_measure_that_cannot_run_says_why(rough_page: Page) -> None:
    rough_page.goto(f"{BASE}/monitor?t=all")
    rough_page.get_by_role("button", name="Chart", exact=True).click()
    dialog = rough_page.get_by_role("dialog", name="New chart")
    dialog.get_by_label("Title").fill("Wrong")
    dialog.get_by_label("Value").select_option("SQL")
    dialog.get_by_label("Measure, in SQL").fill("sum(metrix.tokens)")
    expect(dialog.get_by_role("alert")).to_contain_text("There is no column metrix")


def test_filters_that_fit_nothing_say_so(page: Page) -> None:
    page.goto(f"{BASE}/monitor?t=all&f=metadata.tier+=+'none+such'")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_charts_on_a_phone(phone: Page) -> None:
    phone.goto(f"{BASE}/monitor?t=all")
    figure = phone.get_by_role("figure", name="Requests")
    expect(figure.locator("canvas")).to_be_visible()
    box = figure.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
