"""A walk through the UI: where it stops, what a stop shows, and what must hold at each of them.

`Stop`s are data (`tests/ui/stops.py`); `routes` reads what the router has, so that no page is left out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import serious_violations

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "img"
ROUTER = ROOT / "ui" / "src" / "router.tsx"

AT_REST = """() => Promise.all(document.getAnimations()
  .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
  .map(one => one.finished.catch(() => null)))"""
LOADING = re.compile("^(Loading|Running|Judging)")
Act = Callable[[Page], None]
Find = Callable[[Page], Locator]

_ROUTE = re.compile(r"\s*getParentRoute: \(\) => (\w+),\s*path(?:: '([^']*)')?,")
_NAME = re.compile(r"const (\w+) = $")


@dataclass(frozen=True)
class Stop:
    """One state of one page.

    `path` is its address, after the base of the project where it does not begin with `/`; `ready` finds what shows
    that it has come; `act` does what an address cannot say. `picture` is its name in the docs, taken at the width
    `narrow` says, in the theme `dark` says. `wide_only`: the phone has no such state.
    """

    name: str
    path: str
    ready: Find
    act: Act | None = None
    picture: bool = False
    dark: bool = False
    narrow: bool = False
    wide_only: bool = False


def routes() -> dict[str, bool]:
    """Path of every route by the router's source (parameters as `$name`), and whether it shows a page or leads on."""
    before, *blocks = ROUTER.read_text(encoding="utf-8").split("createRoute({")
    paths = {"root": ""}
    shows: dict[str, bool] = {}
    for block in blocks:
        route, name = _ROUTE.match(block), _NAME.search(before)
        assert route, f"a route is written in a way that this does not read: {block[:120]}"
        parent, own = route.groups()
        page = "component:" in block
        before = block
        if own is None:  # several that only lead on, made of a list
            assert not page
            continue
        path = "/".join(part for part in (paths[parent], own.strip("/")) if part or own == "/").rstrip("/")
        path = path if path.startswith("/") else f"/{path}"
        if name:
            paths[name[1]] = path.rstrip("/")
        shows[path] = page  # the index of a layout comes after it, and is what its address shows
    return shows


def matches(route: str, address: str) -> bool:
    """Whether the address (its query does not count) is one of the route."""
    pattern = "/".join("[^/]+" if part.startswith("$") else re.escape(part) for part in route.split("/"))
    return re.fullmatch(pattern, address.split("?")[0]) is not None


def go(page: Page, stop: Stop, address: str) -> None:
    """Open the stop and wait until everything on it has come."""
    page.goto(address)
    if stop.act:
        stop.act(page)
    expect(stop.ready(page).first).to_be_visible()
    expect(page.get_by_role("status", name=LOADING)).to_have_count(0)
    expect(page.locator(".skeleton")).to_have_count(0)
    page.evaluate(AT_REST)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands: for people with weak eyes or a screen reader, and beyond its width."""
    problems = serious_violations(page)
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if beyond > 0:
        problems.append(f"the page is {beyond} px wider than the window")
    page.emulate_media(color_scheme="dark")
    problems += [f"dark: {one}" for one in serious_violations(page, only=("color-contrast",))]
    page.emulate_media(color_scheme="light")
    return problems


def draw(page: Page, target: Path, *, dark: bool) -> None:
    """Write the page as a WebP picture, encoded by the browser itself: no other library is needed."""
    if dark:
        page.emulate_media(color_scheme="dark")
    shot = page.screenshot(animations="disabled", caret="hide")
    if dark:
        page.emulate_media(color_scheme="light")
    blank = page.context.new_page()
    encoded = blank.evaluate(
        """async data => {
          const picture = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob())
          const canvas = new OffscreenCanvas(picture.width, picture.height)
          canvas.getContext('2d').drawImage(picture, 0, 0)
          const drawn = await canvas.convertToBlob({type: 'image/webp', quality: 0.86})
          const bytes = new Uint8Array(await drawn.arrayBuffer())
          let text = ''
          for (const byte of bytes) text += String.fromCharCode(byte)
          return btoa(text)
        }""",
        base64.b64encode(shot).decode(),
    )
    blank.close()
    target.write_bytes(base64.b64decode(encoded))
