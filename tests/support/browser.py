"""The system Chromium for tests, watched: a console error or a request to another host fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

TELL_VIOLATIONS = (
    "addEventListener('securitypolicyviolation', event => "
    "console.error(`policy violated: ${event.effectiveDirective} by ${event.blockedURI}`))"
)
"""Says in the console what the Content-Security-Policy stopped, also where the browser itself does not."""

REFUSED = "Failed to load resource: the server responded with a status of 4"

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def chromium() -> str | None:
    """Path of an installed Chromium, None when there is none."""
    return next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


NO_CHROMIUM = "no Chromium on this machine; on Debian: apt-get install chromium"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless browser; as root it needs to be told to do without its own sandbox."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def watched_page(
    browser: Browser, base_url: str, *, size: dict[str, int], dark: bool = False, refused: bool = False
) -> Iterator[Page]:
    """A fresh page; raises at the end when it logged an error or asked another host for anything.

    `refused`: the test asks for what the server refuses, and the line the browser writes for each is no error.
    """
    problems: list[str] = []
    scheme = "dark" if dark else "light"
    context = browser.new_context(base_url=base_url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_init_script(TELL_VIOLATIONS)
    page = context.new_page()
    home = urlsplit(base_url).netloc

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not (refused and message.text.startswith(REFUSED)):
            problems.append(f"console: {message.text} {message.location.get('url', '')}".rstrip())

    def on_request(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and urlsplit(request.url).netloc != home:
            problems.append(f"request to another host: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    page.on("request", on_request)
    yield page
    context.close()
    assert not problems, problems
