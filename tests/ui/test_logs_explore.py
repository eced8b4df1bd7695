"""Finding rows: fields with counts, marks on what was searched, sessions and other groups, columns and bars."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import BASE, PROJECT, Site

pytestmark = [pytest.mark.browser]

#: Words that are marked, as the browser paints them.
MARKED = "[...(CSS.highlights.get('found') ?? [])].map(String)"


def count(page: Page) -> Locator:
    return page.get_by_test_id("logs-count")


def rows(page: Page) -> Locator:
    return page.get_by_role("grid").get_by_role("row").filter(has=page.get_by_role("gridcell"))


def value(page: Page, field: str, label: str) -> Locator:
    """A line of a field in the side bar."""
    section = page.get_by_role("complementary", name="Fields").get_by_role("region", name=field, exact=True)
    return section.get_by_role("button", name=re.compile(f"^{re.escape(label)} ?[0-9]"))


def test_values_that_occur_filter_with_a_click(page: Page, site: Site) -> None:
    site.project("facets", 30)
    page.goto("/app/local/p/facets/logs")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Fields", exact=True).click()
    expect(value(page, "metadata.tier", "pro")).to_contain_text("10")
    expect(value(page, "metadata.tier", "free")).to_contain_text("20")
    expect(value(page, "Error", "without an error")).to_contain_text("27")
    value(page, "metadata.tier", "pro").click()
    expect(count(page)).to_contain_text("10 traces")
    expect(value(page, "metadata.tier", "pro")).to_have_attribute("aria-pressed", "true")
    expect(value(page, "metadata.tier", "free")).to_contain_text("20")
    # The model is another span's field than the tier, and so is the score.
    expect(value(page, "Model", "test-model")).to_contain_text("10")
    value(page, "Model", "test-model").click()
    value(page, "Quality", "0.8 – 1").click()
    expect(count(page)).to_contain_text("2 traces")
    expect(page.get_by_text("Quality from 0.8 to 1")).to_be_visible()
    value(page, "metadata.tier", "free").click()
    expect(page.get_by_text("metadata.tier is pro or free")).to_be_visible()
    expect(count(page)).to_contain_text("6 traces")
    value(page, "Quality", "0.8 – 1").click()
    value(page, "metadata.tier", "pro").click()
    value(page, "metadata.tier", "free").click()
    value(page, "Model", "test-model").click()
    expect(page.get_by_role("button", name=re.compile("^Remove Filter"))).to_have_count(0)
    expect(count(page)).to_contain_text("30 traces")


def test_fields_fold_and_the_address_keeps_the_side_bar(page: Page, site: Site) -> None:
    site.project("folds", 4)
    page.goto("/app/local/p/folds/logs?side=1")
    head = page.get_by_role("button", name="Name", exact=True)
    expect(value(page, "Name", "chat")).to_be_visible()
    head.click()
    expect(value(page, "Name", "chat")).to_have_count(0)
    page.reload()
    expect(head).to_have_attribute("aria-expanded", "false")
    value(page, "Tags", "seed").click()
    expect(page.get_by_text("tags has seed")).to_be_visible()
    page.get_by_role("button", name="Close fields").click()
    expect(page.get_by_role("complementary", name="Fields")).to_have_count(0)


def test_fields_of_spans_count_spans(page: Page, site: Site) -> None:
    site.project("span facets", 10)
    page.goto("/app/local/p/span%20facets/logs?side=1&view=spans")
    expect(value(page, "Error", "without an error")).to_contain_text("29")
    value(page, "Type", "llm").click()
    expect(page).to_have_url(re.compile(r"f=span_attributes\.type"))
    expect(rows(page)).to_have_count(10)


def test_searched_words_are_marked_in_the_table_and_in_the_trace(page: Page) -> None:
    page.goto(f"{BASE}/logs?q=question+42")
    expect(rows(page).filter(has_text="question 42")).to_be_visible()
    page.wait_for_function(f"() => {MARKED}.length > 1")
    assert set(page.evaluate(MARKED)) == {"question", "42"}
    page.goto(f"{BASE}/logs?q=needle042&r=trace-042&s=trace-042-llm")
    expect(page.get_by_test_id("span-detail")).to_contain_text("needle042")
    page.wait_for_function(f"() => {MARKED}.length === 1")
    assert page.evaluate("[...CSS.highlights.get('found')][0].startContainer.parentElement.closest("
                         "'[data-testid=span-detail]') !== null")  # fmt: skip
    page.get_by_role("button", name=re.compile("^Remove Search")).click()
    page.wait_for_function("() => !CSS.highlights.has('found')")


def test_sessions_have_totals_and_open_as_their_traces(page: Page, site: Site) -> None:
    site.project("talks", 12)
    page.goto("/app/local/p/talks/logs")
    expect(rows(page).first).to_be_visible()
    page.get_by_title("What a row is").click()
    page.get_by_role("menuitemradio", name="Sessions").click()
    page.wait_for_url("**view=sessions**")
    grid = page.get_by_role("grid", name="Sessions")
    expect(rows(page)).to_have_count(6)
    expect(page.get_by_text("metadata.session_id").first).to_be_visible()
    (wanted,) = site.server.sql(
        "SELECT count(*) AS traces, sum(metrics.duration) AS seconds, sum(metrics.estimated_cost) AS cost, "
        "avg(scores.Quality) AS quality FROM project_logs('talks', shape => 'summary') "
        "WHERE metadata.session_id = 'session-5'"
    )
    assert wanted == {"traces": 2, "seconds": 3.0, "cost": pytest.approx(0.004), "quality": 0.125}
    session = grid.get_by_role("row").filter(has_text="session-5")
    cells = session.get_by_role("gridcell")
    expect(cells).to_contain_text(["session-5", "2", "1", "3.00 s", "240", "$0.0040", "0.13"])
    page.get_by_label("Order of the groups").select_option("errors")
    expect(rows(page).first).to_contain_text(re.compile("session-[05]"))
    session.click()
    expect(count(page)).to_contain_text("2 traces")
    expect(page.get_by_text("metadata.session_id is session-5")).to_be_visible()
    expect(rows(page)).to_have_count(2)
    page.go_back()
    expect(rows(page)).to_have_count(6)


def test_any_field_groups_also_one_of_another_span(page: Page, site: Site) -> None:
    site.project("grouped", 12)
    page.goto("/app/local/p/grouped/logs?view=groups&by=metadata.model&f=metadata.tier+=+'pro'")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("test-model")
    expect(rows(page).first.get_by_role("gridcell").nth(1)).to_have_text("4")
    page.get_by_title("What a row is").click()
    page.get_by_role("menuitem", name="Another field or expression …").click()
    page.get_by_label("Field or SQL expression").fill("concat(metadata.tier, ' ', metadata.user_id)")
    page.get_by_role("button", name="Group", exact=True).click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text("pro user-0")
    page.goto("/app/local/p/grouped/logs?view=users")
    expect(rows(page)).to_have_count(3)


def test_a_project_without_sessions_says_what_to_log(page: Page) -> None:
    page.goto(f"{BASE}/logs?view=sessions")
    expect(page.get_by_text("No sessions here")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("metadata.session_id")


def test_a_group_that_cannot_be_computed_says_why(rough_page: Page) -> None:
    rough_page.goto(f"{BASE}/logs?view=groups&by=nope.x")
    alert = rough_page.get_by_role("alert")
    expect(alert).to_contain_text("There is no column nope")
    alert.get_by_role("button", name="Show traces").click()
    expect(rows(rough_page).first).to_be_visible()


def test_columns_of_ones_own(rough_page: Page) -> None:
    page = rough_page
    page.goto(f"{BASE}/logs?t=all")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    form = page.get_by_role("form", name="New column")
    form.get_by_label("Path or SQL expression").fill("metrik.x")
    form.get_by_role("button", name="Add column").click()
    expect(form.get_by_role("alert")).to_contain_text("There is no column metrik")
    form.get_by_label("Path or SQL expression").fill("concat(metadata.tier, '!', metrics.llm_calls)")
    form.get_by_label("Name of the column").fill("Tier, calls")
    form.get_by_role("button", name="Add column").click()
    expect(page.get_by_role("columnheader", name="Tier, calls")).to_be_visible()
    expect(rows(page).nth(1)).to_contain_text("free!1")
    page.reload()
    expect(rows(page).nth(1)).to_contain_text("free!1")
    page.goto(f"{BASE}/logs?col=metrik.x")
    page.get_by_role("alert").get_by_role("button", name="Remove the added columns").click()
    expect(rows(page).first).to_be_visible()


def headers(page: Page) -> list[str]:
    return [text for text in page.get_by_role("columnheader").all_inner_texts() if text]


def test_columns_are_moved_by_keyboard_and_by_dragging(page: Page) -> None:
    page.goto(f"{BASE}/logs")
    expect(rows(page).first).to_be_visible()
    before = headers(page)
    assert before == ["Time", "Name", "Input", "Output", "Quality", "Duration", "Tokens", "Cost", "Tags"]
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Move Cost to the left").press("Enter")
    page.wait_for_url("**order=**")
    assert headers(page)[-3:] == ["Cost", "Tokens", "Tags"]
    page.keyboard.press("Escape")
    page.get_by_role("columnheader", name="Quality").locator("span").first.drag_to(
        page.get_by_role("columnheader", name="Input")
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('[role=columnheader]')].map(e => e.innerText)"
        ".filter(Boolean)[2] === 'Quality'"
    )
    page.reload()
    expect(rows(page).first).to_be_visible()
    assert headers(page) == [
        "Time", "Name", "Quality", "Input", "Output", "Duration", "Cost", "Tokens", "Tags",
    ]  # fmt: skip


def test_the_bars_measure_a_score_with_its_interval(page: Page, site: Site) -> None:
    page.goto(f"{BASE}/logs?f=metadata.tier+=+'pro'")
    expect(rows(page).first).to_be_visible()
    page.get_by_label("What the bars measure").select_option("Quality")
    expect(page).to_have_url(re.compile("bar=score:Quality"))
    (found,) = site.server.sql(
        "SELECT avg(scores.Quality) AS mean, stddev_samp(scores.Quality) AS s, count(scores.Quality) AS n "
        f"FROM project_logs('{PROJECT}', shape => 'summary') WHERE metadata.tier = 'pro'"
    )
    assert found["n"] == 50
    half = 2.0096 * found["s"] / 50**0.5  # Student's, 49 degrees of freedom
    low, high = found["mean"] - half, found["mean"] + half
    words = f"Quality {found['mean']:.2f} ({low:.2f} – {high:.2f}, n {found['n']})"
    expect(count(page)).to_contain_text(words)
    expect(page.get_by_role("img", name=re.compile("50 traces over time"))).to_have_accessible_name(
        f"50 traces over time, 5 with errors, mean {words}"
    )


def test_fields_and_sessions_on_a_phone(phone: Page, site: Site) -> None:
    site.project("pocket", 4)
    phone.goto("/app/local/p/pocket/logs?side=1")
    value(phone, "metadata.tier", "pro").click()
    phone.get_by_role("button", name="Close fields").click()
    expect(count(phone)).to_contain_text("2 traces")
    phone.goto("/app/local/p/pocket/logs?view=sessions")
    expect(rows(phone)).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
