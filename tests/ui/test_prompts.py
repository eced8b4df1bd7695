"""Prompts and scorers: listed, edited into versions, compared, taken back, used by environments, copied as code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from assay_server.adapters.meta.store import MetaStore
from assay_server.features.functions.tables import function_versions
from assay_server.settings import Settings
from tests.support.accessibility import serious_violations
from tests.support.clients import Client
from tests.support.people import join
from tests.ui.conftest import BASE, PROJECT, Site

pytestmark = [pytest.mark.browser]

CHAT = {
    "prompt": {
        "type": "chat",
        "messages": [
            {"role": "system", "content": "Greet {{name}} <img src=x onerror=alert(1)>"},
            {"role": "user", "content": "{{question}}"},
        ],
    },
    "options": {"model": "first-model", "params": {"temperature": 0}},
}
JUDGE = {
    "prompt": {"type": "chat", "messages": [{"role": "user", "content": "Is {{output}} good?"}]},
    "parser": {"type": "llm_classifier", "use_cot": True, "choice_scores": {"yes": 1, "no": 0}},
    "options": {"model": "judge-model"},
}


@pytest.fixture
def prompt(site: Site, page: Page) -> Iterator[dict[str, Any]]:
    """A prompt with two versions; the page lets go of it before it is deleted."""
    body = {"project_id": site.project_id, "name": "Greeting", "slug": "greeting", "prompt_data": CHAT}
    made = site.server.request("POST", "/v1/prompt", body)
    changed = {**CHAT, "options": {"model": "second-model", "params": {"temperature": 0}}}
    path = f"/v1/prompt/{made['id']}"
    newest = site.server.request("PATCH", path, {"prompt_data": changed})
    yield {"id": made["id"], "first": made["_xact_id"], "second": newest["_xact_id"], "path": path}
    page.goto("about:blank")
    site.server.request("DELETE", path)


@pytest.fixture
def functions(site: Site, page: Page) -> Iterator[dict[str, str]]:
    """A judge, a scorer of code and a tool; the page lets go of them before they are deleted."""
    code = {"type": "code", "data": {"type": "inline", "code": "def handler():\n    return 1 < 2"}}
    bodies = [
        {"name": "Judge", "slug": "judge", "function_type": "scorer", "function_data": {"type": "prompt"},
         "prompt_data": JUDGE},
        {"name": "Coded", "slug": "coded", "function_type": "scorer", "function_data": code},
        {"name": "Tool", "slug": "tool", "function_type": "tool", "function_data": code},
    ]  # fmt: skip
    made = [
        site.server.request("POST", "/v1/function", {"project_id": site.project_id, **body})
        for body in bodies
    ]
    yield {one["slug"]: one["id"] for one in made}
    page.goto("about:blank")
    for one in made:
        site.server.request("DELETE", f"/v1/function/{one['id']}")


def saved(page: Page) -> Locator:
    return page.get_by_text("A new version is saved")


def copied(page: Page, what: str) -> str:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as code and more").click()
    page.get_by_role("menuitem", name=f"Copy as {what}").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def test_prompts_are_listed_and_found(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    environment = site.server.request("POST", "/environment", {"name": "Live", "slug": "live"})
    pin = {"object_version": prompt["first"]}
    site.server.request("PUT", f"/environment-object/prompt/{prompt['id']}/live", pin)
    page.goto(f"{BASE}/prompts")
    row = page.get_by_role("row").filter(has_text="Greeting")
    for text in ("greeting", "second-model", "live", prompt["second"]):
        expect(row).to_contain_text(text)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name=re.compile("^Find")).fill("greeting prompt")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/prompts/{prompt['id']}")
    page.goto("about:blank")
    site.server.request("DELETE", f"/environment/{environment['id']}")


def test_one_of_many_is_found_and_the_address_keeps_the_words(page: Page, site: Site) -> None:
    project = site.server.request("POST", "/v1/project", {"name": "pages-prompts-many"})["id"]
    data = {"prompt": {"type": "completion", "content": "hi"}}
    for number in range(12):
        body = {"project_id": project, "name": f"Prompt {number}", "slug": f"p-{number}", "prompt_data": data}
        site.server.request("POST", "/v1/prompt", body)
    page.goto("/app/local/p/pages-prompts-many/prompts")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(12)
    page.get_by_role("searchbox", name=re.compile("^Find by name")).fill("p-11")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Prompt 11")
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("zzz")
    expect(page.get_by_text("Nothing is called “zzz”")).to_be_visible()
    expect(page.get_by_role("heading", name="No prompts yet")).to_have_count(0)


def test_an_edit_is_a_new_version(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    page.goto(f"{BASE}/prompts/{prompt['id']}")
    expect(page.get_by_label("Variables")).to_have_text("takesnamequestion")
    save = page.get_by_role("button", name="Save version")
    expect(save).to_be_disabled()
    page.get_by_label("Parameters").fill('{"temperature": }')
    expect(page.get_by_role("alert")).to_have_text("Line 1, column 17: a value was expected, not }")
    expect(save).to_be_disabled()
    page.get_by_label("Parameters").fill('{"temperature": 1}')
    page.get_by_label("Message 2", exact=True).fill("{{question}} in {{language}}")
    expect(page.get_by_label("Variables")).to_have_text("takesnamequestionlanguage")
    save.click()
    expect(saved(page)).to_be_visible()
    stored = site.server.request("GET", prompt["path"])
    assert stored["prompt_data"]["options"] == {"model": "second-model", "params": {"temperature": 1}}
    assert stored["prompt_data"]["prompt"]["messages"][1]["content"] == "{{question}} in {{language}}"
    assert stored["prompt_data"]["prompt"]["messages"][0] == CHAT["prompt"]["messages"][0]
    assert stored["_xact_id"] not in (prompt["first"], prompt["second"])


def test_who_was_overtaken_sees_what_changed_and_decides(
    page: Page, site: Site, prompt: dict[str, Any]
) -> None:
    page.goto(f"{BASE}/prompts/{prompt['id']}")
    page.get_by_label("Model").fill("mine")
    theirs = {**CHAT, "options": {"model": "theirs"}}
    newer = site.server.request("PATCH", prompt["path"], {"prompt_data": theirs})
    page.get_by_role("button", name="Save version").click()
    dialog = page.get_by_role("dialog", name="Somebody saved a newer version")
    expect(dialog.get_by_role("region", name="Model").locator("ins")).to_have_text("theirs")
    assert site.server.request("GET", prompt["path"])["_xact_id"] == newer["_xact_id"], (
        "nothing is overwritten"
    )
    dialog.get_by_role("button", name="Save mine on top").click()
    expect(saved(page)).to_be_visible()
    assert site.server.request("GET", prompt["path"])["prompt_data"]["options"]["model"] == "mine"


def test_changes_are_not_left_by_accident(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    page.goto(f"{BASE}/prompts/{prompt['id']}")
    page.get_by_label("Model").fill("kept")
    page.get_by_role("link", name="Scorers").click()
    expect(page.get_by_label("Model")).to_have_value("kept")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Scorers").click()
    page.wait_for_url(f"**{BASE}/scorers")
    assert site.server.request("GET", prompt["path"])["_xact_id"] == prompt["second"]


def test_versions_are_compared_pinned_and_taken_back(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    environment = site.server.request("POST", "/environment", {"name": "Canary", "slug": "canary"})
    page.goto(f"{BASE}/prompts/{prompt['id']}?side=versions")
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Model")
    first = page.get_by_role("button", name=f"Version {prompt['first']}: what to do with it")
    first.click()
    page.get_by_role("menuitem", name="Compare with the one on show").click()
    change = page.get_by_role("region", name="Model")
    expect(change.locator("del")).to_have_text("first")
    expect(change.locator("ins")).to_have_text("second")
    first.click()
    page.get_by_role("menuitemcheckbox", name="Canary").click()
    expect(versions.last).to_contain_text("canary")
    pin = site.server.request("GET", f"/environment-object/prompt/{prompt['id']}/canary")
    assert pin["object_version"] == prompt["first"]
    page.goto(f"{BASE}/prompts/{prompt['id']}?v={prompt['first']}")
    expect(page.get_by_label("Model")).to_have_value("first-model")
    expect(page.get_by_label("Model")).not_to_be_editable()
    page.goto(f"{BASE}/prompts/{prompt['id']}?side=versions")
    first.click()
    page.get_by_role("menuitem", name="Revert to this version").click()
    expect(saved(page)).to_be_visible()
    assert site.server.request("GET", prompt["path"])["prompt_data"] == CHAT
    site.server.request("DELETE", f"/environment/{environment['id']}")


@pytest.fixture
def authors(site: Site, prompt: dict[str, Any]) -> list[str]:
    """Who saved the five versions of the prompt, the newest first: the first two are the owner's, the second of which
    was kept without its author; then a program, a member, and a member who has left."""
    owner = site.server.request("GET", "/api/me")["user"]["name"]
    token = site.server.request("POST", "/v1/service_token", {"name": "p", "service_account_name": "release"})
    member, left = (join(site.server.data, "member") for _ in range(2))
    for at, key in enumerate((token["key"], member, left)):
        data = {**CHAT, "options": {"model": f"model-{at}"}}
        changed = Client(site.server.port, key).ask("PATCH", prompt["path"], {"prompt_data": data})
        assert changed.status == 200, changed.text
    gone = Client(site.server.port, left).ask("GET", "/api/me").json()["user"]["id"]
    site.server.request("PATCH", "/v1/organization/members", {"remove_users": {"ids": [gone]}})
    meta = MetaStore(Settings(data=site.server.data).meta_url)
    with meta.begin() as connection:
        second = function_versions.c.xact_id == int(prompt["second"])
        connection.execute(function_versions.update().where(second).values(user_id=None))
    meta.close()
    return ["somebody", "member", "release", "unknown author", owner]


def test_each_version_names_who_saved_it(
    page: Page, site: Site, prompt: dict[str, Any], authors: list[str]
) -> None:
    page.goto(f"{BASE}/prompts/{prompt['id']}?side=versions")
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_count(len(authors))
    for at, author in enumerate(authors):
        expect(versions.nth(at).get_by_title(f"Saved by {author}")).to_have_text(author)
    expect(page.get_by_text(re.compile("^Saved .*somebody"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Version .*: what to do")).nth(2).click()
    page.get_by_role("menuitem", name="Compare with the one on show").click()
    head = page.get_by_role("region", name="Comparison of two versions").locator("header, div").first
    expect(head).to_contain_text(re.compile(r"From .+ \(release\) to .+ \(somebody\)"))
    assert serious_violations(page) == []
    page.goto(f"{BASE}/prompts/{prompt['id']}?v={prompt['first']}")
    expect(page.get_by_text(re.compile(rf"^An old version.*{authors[-1]}"))).to_be_visible()


def test_the_list_names_who_saved_last(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    member = Client(site.server.port, join(site.server.data, "member"))
    assert member.ask("PATCH", prompt["path"], {"description": "theirs"}).status == 200
    page.goto(f"{BASE}/prompts")
    row = page.get_by_role("row").filter(has_text="Greeting")
    expect(row.get_by_title("Saved by member")).to_have_text("member")


def test_a_prompt_is_made_and_a_taken_slug_refused(page: Page, site: Site, prompt: dict[str, Any]) -> None:
    page.goto(f"{BASE}/prompts")
    page.get_by_role("button", name="Prompt", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Greeting!")
    expect(dialog.get_by_label("Slug")).to_have_value("greeting")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_have_text("“Greeting” has the slug greeting already.")
    dialog.get_by_label("Slug").fill("farewell")
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url(re.compile(r"/prompts/[0-9a-f-]{36}$"))
    page.get_by_role("button", name="Copy as code and more").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url(f"**{BASE}/prompts")
    left = site.server.request("GET", f"/v1/prompt?project_id={site.project_id}&slug=farewell")
    assert left == {"objects": []}


def test_a_judge_is_edited_and_copied_as_a_scorer_that_runs(
    page: Page, site: Site, functions: dict[str, str]
) -> None:
    page.goto(f"{BASE}/scorers")
    expect(page.get_by_role("row").filter(has_text="Coded")).to_contain_text("code")
    expect(page.get_by_role("row").filter(has_text="Tool")).to_have_count(0)
    page.get_by_role("link", name="Judge").click()
    expect(page.get_by_text("It cannot be run here yet.")).to_be_visible()
    page.get_by_role("button", name="Choice", exact=True).click()
    page.get_by_label("Choice 3", exact=True).fill("partly")
    page.get_by_label("Score of choice 3").fill("5")
    expect(page.get_by_role("alert")).to_contain_text("from 0 to 1")
    page.get_by_label("Score of choice 3").fill("0.5")
    page.get_by_role("button", name="Save version").click()
    expect(saved(page)).to_be_visible()
    stored = site.server.request("GET", f"/v1/function/{functions['judge']}")
    parser = {**JUDGE["parser"], "choice_scores": {"yes": 1, "no": 0, "partly": 0.5}}
    assert stored["prompt_data"] == {**JUDGE, "parser": parser}
    made: dict[str, Any] = {}
    exec(copied(page, "Python"), made)
    assert made["scorer"].name == "Judge"


def test_code_of_prompts_pins_the_version_on_show(page: Page, prompt: dict[str, Any]) -> None:
    page.goto(f"{BASE}/prompts/{prompt['id']}?v={prompt['first']}")
    python = copied(page, "Python")
    assert f'load_prompt(project="{PROJECT}", slug="greeting", version="{prompt["first"]}")' in python
    compile(python, "copied", "exec")


def test_links_of_clients_find_the_page(
    rough_page: Page, functions: dict[str, str], prompt: dict[str, Any]
) -> None:
    page = rough_page
    for link, end in (
        (f"functions/{functions['judge']}", f"scorers/{functions['judge']}"),
        (f"tools?pr={prompt['id']}", f"prompts/{prompt['id']}"),
        (f"prompts/{functions['coded']}", f"scorers/{functions['coded']}"),
    ):
        page.goto(f"{BASE}/{link}")
        page.wait_for_url(f"**{BASE}/{end}")
    expect(page.get_by_role("region", name="Code")).to_contain_text("return 1 < 2")
    page.goto(f"{BASE}/tools?pr={functions['tool']}")
    expect(page.get_by_text("It cannot be edited or run here.")).to_be_visible()
    page.goto(f"{BASE}/prompts/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("There is no such thing here")


def test_states_are_said(rough_page: Page, site: Site) -> None:
    page = rough_page
    empty = site.server.request("POST", "/v1/project", {"name": "bare prompts"})
    page.goto("/app/local/p/bare prompts/scorers")
    expect(page.get_by_text("No scorers yet")).to_be_visible()
    body = {"error": {"code": "forbidden", "message": "You may not read this project.", "request_id": "r1"}}
    page.route("**/v1/function?**", lambda route: route.fulfill(status=403, body=json.dumps(body)))
    page.goto("/app/local/p/bare prompts/prompts")
    expect(page.get_by_role("alert")).to_contain_text("You do not have permission")
    site.server.request("DELETE", f"/v1/project/{empty['id']}")


def test_a_prompt_reads_on_a_phone(phone: Page, prompt: dict[str, Any]) -> None:
    phone.goto(f"{BASE}/prompts/{prompt['id']}")
    expect(phone.get_by_label("Message 1", exact=True)).to_have_value(re.compile("onerror"))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.goto("about:blank")
