"""A server with a known project, and a browser signed in to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.servers import ServerProcess, running_server
from tests.ui.compared import write_runs

PROJECT = "pages"
BASE = f"/app/local/p/{PROJECT}"
TRACES = 150


@dataclass(frozen=True)
class Site:
    """A running server with `TRACES` small traces in `PROJECT`."""

    server: ServerProcess
    project_id: str

    def log(self, rows: list[dict[str, Any]]) -> None:
        """Write rows into the project's logs."""
        common = {"project_id": self.project_id, "log_id": "g"}
        self.server.request("POST", "/logs3", {"rows": [{**row, **common} for row in rows]})

    def project(self, name: str, traces: int) -> str:
        """Id of another project with its own `trace`s, for tests that change rows or count them: two rows a session,
        three users in turn."""
        project_id = self.server.request("POST", "/v1/project", {"name": name})["id"]
        now = time.time()
        rows = [row for number in range(traces) for row in trace(number, now)]
        for row in rows:
            if row["id"] == row["root_span_id"]:
                number = int(row["id"].removeprefix("trace-"))
                row["metadata"] |= {"session_id": f"session-{number // 2}", "user_id": f"user-{number % 3}"}
        self.server.request(
            "POST", "/logs3", {"rows": [{**row, "project_id": project_id, "log_id": "g"} for row in rows]}
        )
        return project_id

    def sign_in(self, page: Page) -> Page:
        """Open the one-time link."""
        page.goto(self.server.request("POST", "/api/session/link", {})["url"])
        page.wait_for_url("**/app/**")
        return page


def trace(number: int, now: float) -> list[dict[str, Any]]:
    """A root with one model call and one score; every tenth failed."""
    root = f"trace-{number:03}"
    start = now - 60 * number
    failed = number % 10 == 0
    return [
        {
            "id": root, "span_id": root, "root_span_id": root, "input": f"question {number}",
            "output": None if failed else {"answer": f"answer {number}", "parts": [number, number + 1]},
            "error": "the model timed out" if failed else None,
            "metadata": {"tier": "pro" if number % 3 == 0 else "free"}, "tags": ["seed"],
            "metrics": {"start": start, "end": start + 1.5}, "span_attributes": {"name": "agent", "type": "task"},
            "created": stamp(start),
        },
        {
            "id": f"{root}-llm", "span_id": f"{root}-llm", "root_span_id": root, "span_parents": [root],
            "input": [{"role": "user", "content": f"please answer {number}"}],
            "output": [{"role": "assistant", "content": f"needle{number:03} found"}],
            "metadata": {"model": "test-model", "provider": "scripted model" if number == 1 else "other"},
            "metrics": {"start": start + 0.1, "end": start + 1.2, "tokens": 120, "estimated_cost": 0.002},
            "span_attributes": {"name": "chat", "type": "llm"}, "created": stamp(start + 0.1),
        },
        {
            "id": f"{root}-score", "span_id": f"{root}-score", "root_span_id": root, "span_parents": [root],
            "scores": {"Quality": (number % 5) / 4}, "metadata": {"rationale": f"because {number}"},
            "metrics": {"start": start + 1.2, "end": start + 1.3},
            "span_attributes": {"name": "Quality", "type": "score", "purpose": "scorer"},
            "created": stamp(start + 1.2),
        },
    ]  # fmt: skip


def stamp(seconds: float) -> str:
    """Epoch seconds as an ISO instant."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1e6):06}Z"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """The seeded server."""
    data: Path = tmp_path_factory.mktemp("ui") / "data"
    with running_server(data) as server:
        project = server.request("POST", "/v1/project", {"name": PROJECT})
        made = Site(server, project["id"])
        now = time.time()
        made.log([row for number in range(TRACES) for row in trace(number, now)])
        yield made


@pytest.fixture(scope="session")
def runs(site: Site) -> dict[str, str]:
    """Ids of three experiments by name, oldest first."""
    return write_runs(site)


@pytest.fixture(scope="session")
def seen(site: Site) -> dict[str, str]:
    """One object of each kind in the project, by kind."""
    common = {"project_id": site.project_id, "name": "seen"}
    ask = site.server.request
    experiment = ask("POST", "/v1/experiment", common)["id"]
    dataset = ask("POST", "/v1/dataset", common)["id"]
    ask("POST", f"/v1/dataset/{dataset}/insert", {"events": [{"input": "1+1", "expected": "2"}]})
    ask("POST", f"/v1/experiment/{experiment}/insert", {"events": [{"input": "1+1", "scores": {"s": 1}}]})
    message = {"prompt": {"type": "chat", "messages": [{"role": "user", "content": "hi"}]}}
    prompt = ask("POST", "/v1/prompt", {**common, "slug": "seen", "prompt_data": message})["id"]
    scorer = {**common, "slug": "seen-scorer", "function_type": "scorer", "function_data": {"type": "code"}}
    ids = {"prompt": prompt, "scorer": ask("POST", "/v1/function", scorer)["id"]}
    ask("POST", "/v1/project_score", {**common, "score_type": "slider"})
    ids["queue"] = ask("POST", "/v1/review_queue", common)["id"]
    ask("POST", "/v1/project_tag", {**common, "color": "#112233"})
    return ids


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A signed-in page; console errors and foreign requests fail the test."""
    with watched_page(browser, site.server.url, size=DESKTOP) as made:
        yield site.sign_in(made)


@pytest.fixture
def phone(site: Site, browser: Browser) -> Iterator[Page]:
    """The same on a phone."""
    with watched_page(browser, site.server.url, size=PHONE) as made:
        yield site.sign_in(made)


@pytest.fixture(params=["light", "dark"])
def both(request: pytest.FixtureRequest, site: Site, browser: Browser) -> Iterator[list[Page]]:
    """A signed-in page at two widths, in each of the two themes."""
    dark = request.param == "dark"
    with (
        watched_page(browser, site.server.url, size=DESKTOP, dark=dark) as wide,
        watched_page(browser, site.server.url, size=PHONE, dark=dark) as narrow,
    ):
        yield [site.sign_in(wide), site.sign_in(narrow)]


@pytest.fixture
def rough_page(site: Site, browser: Browser) -> Iterator[Page]:
    """A signed-in page that may log errors, for tests that provoke them."""
    context = browser.new_context(base_url=site.server.url, viewport=DESKTOP)  # type: ignore[arg-type]
    yield site.sign_in(context.new_page())
    context.close()
