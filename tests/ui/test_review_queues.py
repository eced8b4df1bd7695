"""Review queues in the browser: made, filled, reviewed blind by two people, decided, and what the page says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.people import join
from tests.support.servers import KEY
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

CHOICES = [{"name": "right", "value": 1}, {"name": "wrong", "value": 0}]


def project(site: Site, name: str, rows: int) -> str:
    """Id of a project of its own with a few traces and two questions."""
    project_id = site.server.request("POST", "/v1/project", {"name": name})["id"]
    written = [
        {"id": f"{name}-{at}", "project_id": project_id, "log_id": "g", "input": f"question {at}",
         "output": f"answer {at}", "metadata": {"model": "hidden-model"}}
        for at in range(rows)
    ]  # fmt: skip
    if written:
        site.server.request("POST", "/logs3", {"rows": written})
    for question in ({"name": "Correct", "score_type": "categorical", "categories": CHOICES},
                     {"name": "Tone", "score_type": "slider"}):  # fmt: skip
        site.server.request("POST", "/v1/project_score", {"project_id": project_id, **question})
    return project_id


def make_queue(site: Site, project_id: str, **fields: Any) -> str:
    """Id of a queue that asks the project's questions, over all of its logs."""
    scores = site.server.request("GET", f"/v1/project_score?project_id={project_id}")["objects"]
    asked = [
        {"project_score_id": one["id"], "required": one["name"] == "Correct"} for one in reversed(scores)
    ]
    body = {"project_id": project_id, "name": "Labels", "questions": asked, **fields}
    queue = site.server.request("POST", "/v1/review_queue", body)["id"]
    source = {"object_type": "project_logs", "object_id": project_id}
    if fields.get("kind") != "pairwise":
        site.server.request("POST", f"/v1/review_queue/{queue}/items", {"from": source})
    return queue


def make_pairs(site: Site, project_id: str) -> str:
    for name in ("plain", "fancy"):
        made = site.server.request("POST", "/v1/experiment", {"project_id": project_id, "name": name})["id"]
        rows = [
            {"id": f"{name}-{at}", "input": f"case {at}", "output": f"{name} answer {at}"} for at in range(3)
        ]
        site.server.request("POST", f"/v1/experiment/{made}/insert", {"events": rows})
    queue = make_queue(site, project_id, kind="pairwise", questions=[], name="Better", blind=True,
                       instructions="Read both, then choose.")  # fmt: skip
    experiments = site.server.request("GET", f"/v1/experiment?project_id={project_id}")["objects"]
    pairs = {"pairs": {"experiments": [one["id"] for one in experiments]}}
    assert site.server.request("POST", f"/v1/review_queue/{queue}/items", pairs)["added"] == 3
    return queue


@contextmanager
def another(site: Site, browser: Browser) -> Iterator[Page]:
    """The page of another member of the organization."""
    key = join(site.server.data, "member")
    with watched_page(browser, site.server.url, size=DESKTOP) as page:
        page.goto(site.server.request("POST", "/api/session/link", {}, key=key)["url"])
        page.wait_for_url("**/app/**")
        yield page


def shown(page: Page, number: int) -> None:
    """Wait for the row of a question on show."""
    expect(page.get_by_role("article", name="Row")).to_contain_text(f"question {number}")


def make_blind_queue(page: Page) -> str:
    """Make a queue for two reviewers an item in the browser and put every row into it; its id."""
    page.get_by_role("button", name="Make a queue").click()
    dialog = page.get_by_role("dialog", name="New review queue")
    dialog.get_by_label("Name", exact=True).fill("Labels")
    dialog.get_by_label("Instructions, in Markdown").fill("Judge the **answer**, not the question.")
    for question in ("Correct", "Tone"):  # a new queue asks all there is
        expect(dialog.get_by_label(question, exact=True)).to_be_checked()
    dialog.get_by_label("Tone is required").uncheck()
    dialog.get_by_label("Reviewers of each item").fill("2")
    dialog.get_by_label("Blind").check()
    dialog.get_by_role("button", name="Make queue").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Add items").click()
    page.get_by_label("Only where").fill("input LIKE 'question%'")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("progressbar", name="Complete")).to_have_attribute("aria-valuetext", "0 of 3")
    return page.url.rsplit("/", 1)[1]


def review_all(page: Page, numbers: list[int], answers: tuple[str, ...]) -> None:
    """Answer the rows of these questions one after the other; blind, so nothing says what made them."""
    for number, keys in zip(numbers, answers, strict=True):
        shown(page, number)
        expect(page.get_by_text("hidden-model")).to_have_count(0)
        expect(page.get_by_role("link", name="Open the trace")).to_have_count(0)
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")


def test_two_people_review_blind_and_somebody_decides(page: Page, site: Site, browser: Browser) -> None:
    project(site, "queued", 3)
    page.goto("/app/local/p/queued/review")
    queue = make_blind_queue(page)
    page.get_by_role("link", name="Review 3").click()
    expect(page.get_by_role("complementary", name="Instructions")).to_contain_text("Judge the answer")
    expect(page.get_by_role("navigation", name="Main")).to_have_count(0)  # the whole window is the reviewer's
    numbers = [0, 1, 2] if page.get_by_text("question 0", exact=True).count() else [2, 1, 0]
    review_all(page, numbers, ("1", "15", "2"))
    expect(page.get_by_role("heading", name="You are through")).to_be_visible()

    with another(site, browser) as other:
        other.goto(f"/app/local/p/queued/review/{queue}/work")
        review_all(other, numbers, ("1", "25", "2"))
        expect(other.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
        other.get_by_role("link", name="See the results").click()
        expect(other.get_by_role("region", name="Items")).to_contain_text("to decide")

    page.get_by_role("link", name="See the results").click()
    expect(page.get_by_role("progressbar", name="Complete")).to_have_attribute("aria-valuetext", "3 of 3")
    expect(page.get_by_role("navigation", name="Main").first).to_be_visible()
    agreement = page.get_by_role("region", name="Agreement")
    found = site.server.request("GET", f"/v1/review_queue/{queue}/results")["agreement"][0]
    kappa = next(one["value"] for one in found["coefficients"] if one["measure"] == "cohen_kappa")
    row = agreement.get_by_role("row", name=re.compile("^Correct"))
    expect(row.get_by_title("Cohen’s kappa")).to_have_text(f"κ {kappa:.2f}")
    expect(row).to_contain_text("67 %")

    page.get_by_role("button", name=re.compile("^Decide item")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Decide item"))
    expect(dialog).to_contain_text("hidden-model")  # everybody has answered
    dialog.get_by_role("button", name="wrong", exact=True).click()
    dialog.get_by_role("button", name="Decide", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Reviewers differ about nothing.")).to_be_visible()
    rows = site.server.sql("SELECT scores FROM project_logs('queued') ORDER BY id")
    scores = {numbers[0]: {"Correct": 1}, numbers[1]: {"Correct": 0, "Tone": 1}, numbers[2]: {"Correct": 0}}
    assert [one["scores"] for one in rows] == [scores[at] for at in range(3)]


def test_skip_undo_and_waiting(page: Page, site: Site, browser: Browser) -> None:
    project_id = project(site, "waits", 1)
    queue = make_queue(site, project_id, name="One")
    work = f"/app/local/p/waits/review/{queue}/work"
    page.goto(work)
    shown(page, 0)
    with another(site, browser) as other:
        other.goto(work)
        expect(other.get_by_role("heading", name="Others are at the rest")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="You are through")).to_be_visible()
    page.keyboard.press("u")
    shown(page, 0)
    page.keyboard.press("Enter")  # the question has no answer yet: nothing happens
    page.keyboard.press("2")
    page.get_by_label("Comment").fill("not sure")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="wrong")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Comment")).to_have_value("not sure")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
    assert site.server.sql("SELECT scores FROM project_logs('waits')") == [{"scores": {"Correct": 1}}]
    page.goto("/app/local/p/waits/review")
    expect(page.get_by_role("row", name=re.compile("^One"))).to_contain_text("1 done")


def test_a_queue_on_show_follows_those_who_review(page: Page, site: Site) -> None:
    project_id = project(site, "followed", 2)
    queue = make_queue(site, project_id, reviewers_per_item=2)
    page.goto(f"/app/local/p/followed/review/{queue}")
    complete = page.get_by_role("progressbar", name="Complete")
    expect(complete).to_have_attribute("aria-valuetext", "0 of 2")
    expect(page.get_by_role("region", name="Agreement")).to_contain_text("Shown when the first item")
    asked = site.server.request("GET", f"/v1/review_queue/{queue}")["questions"][0]["project_score_id"]
    for who in (KEY, join(site.server.data, "member")):
        turn = site.server.request("POST", f"/v1/review_queue/{queue}/next", {}, key=who)
        answer = f"/v1/review_queue/{queue}/items/{turn['item']['id']}/answer"
        site.server.request("POST", answer, {"answers": {asked: "right"}}, key=who)
    expect(complete).to_have_attribute("aria-valuetext", "1 of 2")
    row = page.get_by_role("region", name="Agreement").get_by_role("row", name=re.compile("^Correct"))
    expect(row).to_contain_text("100 %")
    expect(page.get_by_role("region", name="Reviewers").get_by_role("row")).to_have_count(3)


def test_pairs_by_arrows(page: Page, site: Site) -> None:
    project_id = project(site, "pairs", 0)
    queue = make_pairs(site, project_id)
    page.goto(f"/app/local/p/pairs/review/{queue}/work")
    for number in range(3):
        left = page.get_by_role("region", name="Left", exact=True).first
        expect(page.get_by_role("region", name="Input")).to_contain_text(f"case {number}")
        expect(page.get_by_text("plain", exact=True)).to_have_count(0)
        at_left = "fancy" in left.inner_text()
        letter, arrow = ("a", "ArrowLeft") if at_left else ("b", "ArrowRight")
        page.keyboard.press("e" if number == 2 else letter if number else arrow)
        page.keyboard.press("3")
        page.keyboard.press("Enter")
    page.get_by_role("link", name="See the results").click()
    fancy = page.get_by_role("region", name="Preferred").get_by_role("row", name=re.compile("^fancy"))
    expect(fancy.get_by_role("cell")).to_have_text(["fancy", "2", "1", "0", re.compile("83 %")])
    systems = site.server.request("GET", f"/v1/review_queue/{queue}/results")["systems"]
    low, high = (f"{round(bound * 100)} %" for bound in systems[0]["interval"])
    expect(fancy).to_contain_text(f"{low} … {high}")


def test_rows_of_the_logs_are_sent_to_a_queue(page: Page, site: Site) -> None:
    project_id = project(site, "sending", 3)
    made = site.server.request("POST", "/v1/review_queue", {"project_id": project_id, "name": "From logs"})
    page.goto("/app/local/p/sending/logs?t=all")
    rows = page.get_by_role("row").filter(has_text="question")
    expect(rows).to_have_count(3)
    for at in range(2):
        rows.nth(at).get_by_role("checkbox").check()
    page.get_by_role("button", name="Send to review queue").click()
    dialog = page.get_by_role("dialog", name="Send 2 rows to a review queue")
    dialog.get_by_label("From logs").check()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("2 items added")).to_be_visible()
    progress = site.server.request("GET", f"/v1/review_queue/{made['id']}")["progress"]
    assert (progress["total"], progress["mine_open"]) == (2, 2)


def test_cases_of_an_experiment_are_sent_to_queues(page: Page, site: Site) -> None:
    """To one that is there, as answers; to a new one of pairs, candidate against baseline."""
    ask = site.server.request
    project_id = project(site, "from cases", 0)
    made = ask("POST", "/v1/review_queue", {"project_id": project_id, "name": "Answers"})["id"]
    ids: dict[str, str] = {}
    for name in ("plain", "fancy"):
        ids[name] = ask("POST", "/v1/experiment", {"project_id": project_id, "name": name})["id"]
        rows = [
            {"id": f"{name}-{at}", "input": f"case {at}", "output": name, "scores": {"S": 1}}
            for at in range(3)
        ]
        ask("POST", f"/v1/experiment/{ids[name]}/insert", {"events": rows})
    page.goto("/app/local/p/from%20cases/experiments/fancy?c=plain")
    bar = page.get_by_role("toolbar", name="Selected cases")
    dialog = page.get_by_role("dialog", name="Send 2 cases to a review queue")

    def choose() -> None:
        for at in range(2):
            page.get_by_role("row").filter(has_text=f"case {at}").get_by_role("checkbox").check()
        expect(bar).to_contain_text("2 cases selected")
        bar.get_by_role("button", name="Send to review queue").click()

    choose()
    dialog.get_by_label("Answers").check()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("2 items added")).to_be_visible()
    expect(bar).to_have_count(0)
    items = ask("GET", f"/v1/review_queue/{made}/items")["objects"]
    sent = [[(one["object_id"], one["row_id"]) for one in item["sources"]] for item in items]
    assert sorted(sent) == [[(ids["fancy"], f"fancy-{at}")] for at in range(2)]

    choose()
    dialog.get_by_role("button", name="New queue").click()
    new = page.get_by_role("dialog", name="New review queue")
    new.get_by_label("Name").fill("Which is better")
    new.get_by_role("radio", name="Two outputs side by side").check()
    new.get_by_role("button", name="Make queue").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(bar).to_have_count(0)
    queues = ask("GET", f"/v1/review_queue?project_id={project_id}")["objects"]
    (pairs,) = [queue["id"] for queue in queues if queue["name"] == "Which is better"]
    items = ask("GET", f"/v1/review_queue/{pairs}/items")["objects"]
    sent_pairs = [sorted(one["row_id"] for one in item["sources"]) for item in items]
    assert sorted(sent_pairs) == [[f"fancy-{at}", f"plain-{at}"] for at in range(2)]


def test_an_item_is_assigned_while_it_is_reviewed(page: Page, site: Site) -> None:
    """What was answered so far stays; the quick review has the same menu."""
    project_id = project(site, "handing on", 1)
    queue = make_queue(site, project_id)
    me = site.server.request("GET", "/api/me")["user"]
    stored = f"SELECT metadata.\"~__bt_assignments\" AS who FROM project_logs('{project_id}')"
    page.goto(f"/app/local/p/handing%20on/review/{queue}/work")
    shown(page, 0)
    page.keyboard.press("1")
    page.get_by_role("button", name="Assign", exact=True).click()
    with page.expect_response("**/insert"):  # the menu does not wait for it
        page.get_by_role("menuitemcheckbox").filter(has_text=me["email"]).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile("^Assigned to"))).to_be_visible()
    expect(page.get_by_role("complementary", name="Questions")).to_contain_text("ready")
    expect(page.get_by_role("link", name="Open the trace")).to_be_visible()
    assert site.server.sql(stored) == [{"who": [me["id"]]}]
    page.goto("/app/local/p/handing%20on/review/quick")
    page.get_by_role("button", name=re.compile("^Assigned to")).click()
    with page.expect_response("**/insert"):
        page.get_by_role("menuitemcheckbox").filter(has_text=me["email"]).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Assign", exact=True)).to_be_visible()
    assert site.server.sql(stored) == [{"who": []}]


COLOURS_SETTLE = """async () => {
  for (let frames = 0; frames < 8; frames++) await new Promise(done => requestAnimationFrame(done));
}"""
"""Colours pass from element to element, each in a transition of its own and a frame of its own."""


def look(page: Page, what: str) -> None:
    """Check the page as it stands at both widths, in both colours."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], what
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.evaluate(COLOURS_SETTLE)
            assert serious_violations(page) == [], (what, size, scheme)


def test_pages_are_accessible(page: Page, site: Site) -> None:
    name = "looked at"
    project_id = project(site, name, rows=2)
    queue = make_queue(
        site, project_id, reviewers_per_item=2, instructions="Read **all** of it.", tags=["odd", "fine"]
    )
    key = join(site.server.data, "member")
    for who, answer in ((KEY, "right"), (key, "wrong")):
        turn = site.server.request("POST", f"/v1/review_queue/{queue}/next", {}, key=who)
        asked = site.server.request("GET", f"/v1/review_queue/{queue}")["questions"][0]["project_score_id"]
        body = {"answers": {asked: answer}, "tags": ["odd"], "comment": "hm"}
        site.server.request(
            "POST", f"/v1/review_queue/{queue}/items/{turn['item']['id']}/answer", body, key=who
        )
    pairs = make_pairs(site, project_id)
    page.emulate_media(reduced_motion="reduce")  # a dialog that is still fading in has other colours
    base = f"/app/local/p/{name}/review"
    page.goto(base)
    expect(page.get_by_role("link", name="Labels", exact=True)).to_be_visible()
    look(page, "list")
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Correct", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_have_count(0)  # what is behind is out of the way
    look(page, "dialog")
    page.goto(f"{base}/{queue}")
    expect(page.get_by_role("region", name="Agreement")).to_contain_text("0 %")
    look(page, "queue")
    page.get_by_role("button", name=re.compile("^Decide item")).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Decide", exact=True)).to_be_visible()
    look(page, "decide")
    page.goto(f"{base}/{queue}/work")
    expect(page.get_by_role("article", name="Row")).to_contain_text("question")
    look(page, "work")
    page.goto(f"{base}/{pairs}/work")
    expect(page.get_by_role("region", name="Left", exact=True).first).to_contain_text("answer")
    look(page, "pairs")
