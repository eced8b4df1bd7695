"""Pages that `bt … --web` opens show what was asked for, in a browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESKTOP, watched_page
from tests.support.bt import Bt
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PROJECT = "pages, of bt"


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt], server: ServerProcess) -> Bt:
    """A project with one of each that has a page; nothing opens what `bt` gives to a browser."""
    made = new_bt(PROJECT)
    place = {"project_id": made.project_id}
    experiment = server.request("POST", "/v1/experiment", {**place, "name": "one / ü"})["id"]
    dataset = server.request("POST", "/v1/dataset", {**place, "name": "songs?"})["id"]
    for kind, one in (("experiment", experiment), ("dataset", dataset)):
        server.request("POST", f"/v1/{kind}/{one}/insert", {"events": [{"input": f"a case of the {kind}"}]})
    said = {"type": "chat", "messages": [{"role": "user", "content": "hello"}]}
    body = {**place, "name": "Greet", "slug": "greet", "prompt_data": {"prompt": said}}
    server.request("POST", "/v1/prompt", body)
    code = {"runtime_context": {"runtime": "python", "version": "3.12"}, "code": "def handler(): return 1"}
    for kind in ("scorer", "tool", "task"):
        body = {**place, "name": f"My {kind}", "slug": kind, "function_type": kind,
                "function_data": {"type": "code", "data": {"type": "inline", **code}}}  # fmt: skip
        server.request("POST", "/v1/function", body)
    opener = made.folder / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text("#!/bin/sh\n")
    opener.chmod(0o755)
    path = os.pathsep.join((str(opener.parent), made.environment["PATH"]))
    return replace(made, environment={**made.environment, "PATH": path})


@pytest.fixture
def page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """A page that is signed in; console errors and foreign requests fail the test."""
    with watched_page(browser, server.url, size=DESKTOP) as made:
        made.goto(server.request("POST", "/api/session/link", {})["url"])
        made.wait_for_url("**/app/**")
        yield made


@pytest.mark.parametrize(
    ("command", "path", "texts"),
    [
        (
            ("experiments", "view", "one / ü"),
            "experiments/one%20%2F%20%C3%BC",
            ("one / ü", "a case of the experiment"),
        ),
        (("datasets", "view", "songs?"), "datasets/songs%3F", ("songs?", "a case of the dataset")),
        (("prompts", "view", "greet"), "prompts/", ("Greet", "hello")),
        (("scorers", "view", "scorer"), "scorers/", ("My scorer", "def handler(): return 1")),
        (("tools", "view", "tool"), "tools?pr=", ("My tool", "def handler(): return 1")),
        (("functions", "view", "task"), "functions/", ("My task", "def handler(): return 1")),
    ],
    ids=lambda value: value[0] if value[1] == "view" else None,
)
def test_a_page_opens(
    bt: Bt, page: Page, server: ServerProcess, command: tuple[str, ...], path: str, texts: tuple[str, ...]
) -> None:
    printed = bt(*command, "--web")
    (address,) = re.findall(r"Opened (\S+) in browser", printed)
    assert address.startswith(f"{server.url}/app/local/p/{quote(PROJECT)}/{path}")
    page.goto(address)
    main = page.get_by_role("main")
    for text in texts:
        expect(
            main.get_by_text(text, exact=True).or_(main.locator(f"input[value='{text}']")).first
        ).to_be_visible()
