"""Review by keyboard, and feedback on a span: what people say becomes scores, tags and comments of the row."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


def project(site: Site, name: str, rows: int = 4) -> str:
    """Id of a project of its own with a few traces, newest first."""
    project_id = site.server.request("POST", "/v1/project", {"name": name})["id"]
    written = [
        {"id": f"{name}-{at}", "project_id": project_id, "log_id": "g", "input": f"question {at}",
         "output": f"answer {at}", "tags": ["new"]}
        for at in range(rows)
    ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": written})
    return project_id


def ask(site: Site, project_id: str, **question: Any) -> None:
    site.server.request("POST", "/v1/project_score", {"project_id": project_id, **question})


def test_ten_keys_review_four_rows(page: Page, site: Site) -> None:
    project_id = project(site, "reviewed")
    ask(site, project_id, name="Correct", score_type="categorical",
        categories=[{"name": "right", "value": 1}, {"name": "wrong", "value": 0}])  # fmt: skip
    ask(site, project_id, name="Tone", score_type="slider")
    page.goto("/app/local/p/reviewed/review/quick")
    expect(page.get_by_text("0 of 4")).to_be_visible()
    expect(page.get_by_role("article", name="Row")).to_contain_text("question")
    for keys in ("15", "23", "11"):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 4")).to_be_visible()
    expect(page.get_by_role("list", name="Rows").get_by_label("reviewed")).to_have_count(3)
    rows = site.server.sql(
        "SELECT scores FROM project_logs('reviewed') WHERE scores.Tone IS NOT NULL ORDER BY scores.Tone"
    )
    assert [row["scores"] for row in rows] == [
        {"Correct": 1, "Tone": 0},
        {"Correct": 0, "Tone": 0.5},
        {"Correct": 1, "Tone": 1},
    ]
    page.reload()
    expect(page.get_by_role("list", name="Rows").get_by_role("button")).to_have_count(1)
    page.get_by_role("button", name="To review", exact=True).click()
    page.get_by_role("menuitemradio", name="Reviewed", exact=True).click()
    expect(page.get_by_role("list", name="Rows").get_by_role("button")).to_have_count(3)


def test_a_question_is_made_and_the_answer_taken_back(page: Page, site: Site) -> None:
    project(site, "questions", rows=1)
    page.goto("/app/local/p/questions/review/quick")
    page.get_by_role("button", name="Make the first question").click()
    form = page.get_by_role("form", name="New question")
    form.get_by_label("Name").fill("Kind")
    form.get_by_label("Choice 1", exact=True).fill("yes")
    form.get_by_label("Choice 2", exact=True).fill("no")
    form.get_by_label("What choice 1 counts").fill("3")
    expect(form.get_by_text("Every choice counts a number from 0 to 1.")).to_be_visible()
    expect(form.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    form.get_by_label("What choice 1 counts").fill("1")
    form.get_by_role("button", name="Choice", exact=True).click()
    expect(form.get_by_text("Every choice needs a name.")).to_be_visible()
    form.get_by_label("Remove choice 3").click()
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove Kind")).to_be_visible()
    expect(form).to_have_count(0)  # what is next is to review
    page.get_by_role("button", name="Another question").click()
    expect(form.get_by_label("Name")).to_have_value("")
    page.keyboard.press("Escape")
    answer = page.get_by_role("button", name="yes")
    answer.click()
    expect(answer).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("1 of 1").first).to_be_visible()
    answer.click()
    expect(answer).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("0 of 1")).to_be_visible()
    assert site.server.sql("SELECT scores.Kind AS kind FROM project_logs('questions')") == [{"kind": None}]


def test_a_question_is_changed_while_rows_are_reviewed(page: Page, site: Site) -> None:
    """Its help is Markdown; what is set besides, such as its direction, stays."""
    project_id = project(site, "changed question", rows=1)
    choices = [{"name": "no", "value": 0}, {"name": "yes", "value": 1}]
    ask(site, project_id, name="Fine", score_type="categorical", categories=choices,
        config={"direction": "lower", "multi_select": True})  # fmt: skip
    page.goto("/app/local/p/changed%20question/review/quick")
    page.get_by_role("button", name="Questions", exact=True).click()
    page.get_by_role("button", name="Change Fine").click()
    form = page.get_by_role("form", name="Change Fine")
    expect(form.get_by_label("Kind")).to_be_disabled()
    form.get_by_label("Name").fill("Good")
    form.get_by_label("Help for reviewers").fill("Only what is **true**.")
    form.get_by_label("Choice 2", exact=True).fill("very")
    form.get_by_label("Several may be chosen").uncheck()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Change Good")).to_be_visible()
    (stored,) = site.server.request("GET", f"/v1/project_score?project_id={project_id}")["objects"]
    assert (stored["name"], stored["config"]) == ("Good", {"direction": "lower"})
    assert stored["categories"] == [{"name": "no", "value": 0}, {"name": "very", "value": 1}]
    page.get_by_role("button", name="Done").click()
    questions = page.get_by_role("complementary", name="Questions")
    expect(questions.get_by_role("strong")).to_have_text("true")
    questions.get_by_role("button", name="very").click()
    expect(page.get_by_text("1 of 1").first).to_be_visible()
    with page.expect_popup() as opened:
        questions.get_by_role("link", name="Open the trace").click()
    opened.value.wait_for_url("**/logs?**r=changed*")
    opened.value.close()


def test_answers_of_a_dataset_become_what_was_expected(page: Page, site: Site) -> None:
    project_id = project(site, "labels", rows=0)
    dataset = site.server.request("POST", "/v1/dataset", {"project_id": project_id, "name": "gold"})["id"]
    site.server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"id": "a", "input": "x"}]})
    ask(site, project_id, name="Label", score_type="categorical", config={"destination": "expected"},
        categories=[{"name": "spam", "value": 1}, {"name": "ham", "value": 0}])  # fmt: skip
    page.goto("/app/local/p/labels/review/quick?of=dataset:gold")
    expect(page.get_by_role("button", name="ham")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "POST" and dataset in response.url):
        page.keyboard.press("2")
    expect(page.get_by_role("button", name="ham")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("1 of 1")).to_have_count(2)  # the place in the list, and how many are reviewed
    assert site.server.sql("SELECT expected FROM dataset('labels/gold')") == [{"expected": "ham"}]


def test_tags_and_comments_of_a_span(page: Page, site: Site) -> None:
    project(site, "feedback", rows=1)
    page.goto("/app/local/p/feedback/logs?t=all&r=feedback-0")
    feedback = page.get_by_role("region", name="Feedback")
    feedback.get_by_role("button", name="Tag", exact=True).click()
    feedback.get_by_label("New tag").fill("odd")
    feedback.get_by_label("New tag").press("Enter")
    expect(feedback.get_by_role("button", name="Remove tag odd")).to_be_visible()
    feedback.get_by_role("button", name="Remove tag new").click()
    expect(feedback.get_by_role("button", name="Remove tag new")).to_have_count(0)
    feedback.get_by_label("Comment").fill("look at this <b>twice</b>")
    feedback.get_by_role("button", name="Send").click()
    expect(feedback.get_by_role("list", name="Comments")).to_contain_text("look at this <b>twice</b>")
    (row,) = site.server.sql("SELECT tags, comments FROM project_logs('feedback')")
    assert row["tags"] == ["odd"]
    assert [one["comment"]["text"] for one in row["comments"]] == ["look at this <b>twice</b>"]


def test_review_on_a_phone(phone: Page, site: Site) -> None:
    project_id = project(site, "small review")
    ask(site, project_id, name="Fine", score_type="categorical", categories=["no", "yes"])
    phone.goto("/app/local/p/small%20review/review/quick")
    phone.get_by_role("button", name="yes").click()
    phone.get_by_role("button", name="Next to review").click()
    expect(phone.get_by_role("button", name="yes")).to_have_attribute("aria-pressed", "false")
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
