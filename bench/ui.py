"""The web UI in a real browser on 1,000,000 spans and a trace of 50,000. `python -m bench.ui [--spans 1000000]`.

Times run inside the page, from the click to the frame in which the answer shows. Long tasks are what the browser
itself reports as such (over 50 ms on its main thread). Browser and server share the machine.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.server import Server, percentile, running_server, save
from bench.traffic import SPANS, bodies
from tests.support.browser import DESKTOP, running_browser

BUDGETS_MS = {
    "logs_cold": 1000, "logs_reload": 1000, "logs_warm": 300, "filter": 500, "sort": 500, "search": 500,
    "trace_of_1000": 300, "trace_of_50000": 1000,
}  # fmt: skip
LONGEST_TASK_MS = 100
LOGS = "/app/local/p/bench/logs?t=all"
TRACES = {"trace_of_1000": ("a" * 32, 1_000), "trace_of_50000": ("f" * 32, 50_000)}

HELPERS = """
window.longTasks = []
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) longTasks.push(entry.duration)
}).observe({ type: 'longtask', buffered: true })
const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
window.seen = async check => {
  const deadline = performance.now() + 60_000
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`never: ${check}`)
    await new Promise(requestAnimationFrame)
  }
  await painted()
  return performance.now()
}
window.rows = () => [...document.querySelectorAll('[role=grid] [role=row]')]
  .filter(row => row.querySelector('[role=gridcell]') && row.textContent)
window.firstRow = () => rows()[0]?.textContent ?? ''
window.timed = async (act, check) => {
  const began = performance.now()
  act()
  return (await seen(check)) - began
}
"""

SCROLL = """async () => {
  const grid = document.querySelector('[role=grid]')
  const gaps = []
  let last = await new Promise(requestAnimationFrame)
  for (let frame = 0; frame < 180; frame++) {
    grid.scrollTop += 40
    const now = await new Promise(requestAnimationFrame)
    gaps.push(now - last)
    last = now
  }
  return gaps
}"""


def fill(server: Server, spans: int) -> str:
    """Ordinary traces over two days, and the two large ones an hour ago."""
    project = server.request("POST", "/v1/project", {"name": "bench"})["id"]
    began = time.perf_counter()
    count = spans // SPANS
    start = datetime.now(UTC) - timedelta(days=2)
    spacing = timedelta(days=2) / count
    for body in bodies(count, 250, seed=1, start=start, spacing=spacing, project_id=project):
        server.request("POST", "/logs3", body)
    for name, (root, size) in TRACES.items():
        steps = [_step(name, root, n, project) for n in range(size)]
        for at in range(0, size, 2_000):
            server.request("POST", "/logs3", {"rows": steps[at : at + 2_000]})
    server.request("POST", "/btql", {"query": f"SELECT count(*) AS n FROM project_logs('{project}')"})
    print(f"filled {spans:,} spans in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return project


def _step(name: str, root: str, number: int, project: str) -> dict[str, Any]:
    """One span of a large trace: a tree in which every span has four children; every third calls a model."""
    began = datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=number)
    kind = ("llm", "tool", "function")[number % 3]
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "tokens": 120} if kind == "llm" else {}
    return {
        "id": f"{name}-{number}", "span_id": f"{name}-{number}", "root_span_id": root,
        "span_parents": [f"{name}-{number // 4}"] if number else None, "created": began.isoformat(),
        "input": {"step": number, "text": "lorem ipsum " * 60}, "output": "dolor sit amet " * 40,
        "metrics": {"start": began.timestamp(), "end": began.timestamp() + 1, **usage},
        "metadata": {"model": "gpt-4o"} if kind == "llm" else {},
        "span_attributes": {"name": name if number == 0 else kind, "type": kind},
        "project_id": project, "log_id": "g",
    }  # fmt: skip


class Visit:
    """A signed-in browser with an empty cache, and what is asked of it."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.context = browser.new_context(base_url=server.url, viewport=DESKTOP)  # type: ignore[arg-type]
        self.context.add_init_script(HELPERS)
        self.page: Page = self.context.new_page()
        link = server.request("POST", "/api/session/link", {})["url"]
        self.page.goto(link)
        self.page.wait_for_url("**/app/**")
        self.longest = 0.0

    def opened(self, address: str) -> float:
        """Milliseconds from the start of a navigation to the first rows."""
        self.page.goto(address, wait_until="commit")
        took = self._watch("seen(() => rows().length > 0)")
        self._reach()
        return took

    def reloaded(self) -> float:
        """The same with everything in the browser's cache."""
        self.page.reload(wait_until="commit")
        return self._watch("seen(() => rows().length > 0)")

    def came_back(self) -> float:
        """From another page of the app to the rows."""
        self.page.get_by_role("link", name="Experiments", exact=True).first.click()
        self.page.wait_for_url(re.compile("/experiments"))
        self.page.wait_for_timeout(300)
        return self._watch(
            "timed(() => [...document.querySelectorAll('nav a')]"
            ".find(link => link.textContent.trim().startsWith('Logs')).click(), () => rows().length > 0)"
        )

    def overview(self) -> float:
        """From another page of the app to the four numbers of the overview."""
        return self._watch(
            "timed(() => [...document.querySelectorAll('nav a')]"
            ".find(link => link.textContent.trim().startsWith('Overview')).click(),"
            " () => document.querySelectorAll('section[aria-label=\"In this time\"] a rect:first-child').length === 4)"
        )

    def explained(self) -> float:
        """From *Explain* to what sets the traces found apart from the others."""
        return self._watch(
            "timed(() => [...document.querySelectorAll('main button')]"
            ".find(one => one.textContent.trim() === 'Explain').click(),"
            " () => document.querySelector('[role=dialog]')?.textContent.includes('against the'))"
        )

    def narrowed(self, words: str) -> float:
        """From Enter in the box to other rows."""
        self.page.get_by_label("Search text or filter").fill(words)
        self.page.wait_for_timeout(500)
        press = "new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })"
        return self._watch(
            f"(() => {{ const before = firstRow(); const box = document.activeElement;"
            f" return timed(() => box.dispatchEvent({press}), () => firstRow() && firstRow() !== before) }})()"
        )

    def sorted_by(self, column: str) -> float:
        """From the click on a head to other rows."""
        return self._watch(
            "(() => { const before = firstRow(); const head = [...document.querySelectorAll('[role=columnheader]')]"
            f".find(one => one.textContent.trim() === '{column}');"
            " return timed(() => (head.querySelector('button') ?? head).click(),"
            " () => firstRow() && firstRow() !== before) })()"
        )

    def trace(self, name: str) -> list[float]:
        """From the click on its row to its spans and the detail of the root; and until all its spans are there."""
        _, size = TRACES[name]
        times = self._watch(
            "(async () => { const row = rows()[0]; const began = performance.now();"
            " (row.querySelector('a, button') ?? row).click();"
            " const tree = () => document.querySelectorAll('[role=treeitem]').length > 5 &&"
            " document.querySelector('[data-testid=span-detail]')?.textContent.includes('lorem ipsum');"
            f" const all = () => document.querySelector('main')?.textContent.includes('{size:,} spans');"
            " const first = (await seen(tree)) - began; return [first, (await seen(all)) - began] })()"
        )
        self.page.keyboard.press("Escape")
        self.page.wait_for_timeout(200)
        return times

    def _reach(self) -> None:
        """Move the pointer over the page, as whoever is about to click does: what opens next is fetched then."""
        self.page.mouse.move(700, 450, steps=5)
        self.page.wait_for_timeout(300)

    def scrolled(self) -> list[float]:
        """Milliseconds between frames while the table scrolls."""
        return self.page.evaluate(SCROLL)

    def _watch(self, script: str) -> Any:
        answer = self.page.evaluate(f"() => {script}")
        self.page.wait_for_timeout(400)
        tasks = self.page.evaluate("() => longTasks.splice(0)")
        self.longest = max([self.longest, *tasks])
        return answer


class Notes:
    """What was measured, by name."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.tasks: dict[str, float] = {}
        self.gaps: list[float] = []

    def take(self, name: str, visit: Visit, act: Callable[[], Any]) -> Any:
        """Note how long `act` says it took (the first of several figures), and the longest task meanwhile."""
        visit.longest = 0.0
        value = act()
        self.tasks[name] = max(self.tasks.get(name, 0.0), visit.longest)
        self.times.setdefault(name, []).append(value[0] if isinstance(value, list) else value)
        return value


def one_round(visit: Visit, turn: int, notes: Notes) -> None:
    """Everything once, in a fresh browser; `turn` varies the filters so that no answer can come from a cache."""
    notes.take("logs_cold", visit, lambda: visit.opened(LOGS))
    notes.take("logs_reload", visit, visit.reloaded)
    notes.take("logs_warm", visit, visit.came_back)
    notes.take("sort", visit, lambda: visit.sorted_by("Duration"))
    visit.opened(LOGS)
    notes.gaps += visit.scrolled()
    visit.opened(LOGS)
    notes.take("filter", visit, lambda: visit.narrowed(f"metadata.user_id = 'user-{turn + 3}'"))
    notes.take("explain", visit, visit.explained)
    visit.opened(LOGS)
    notes.take("overview", visit, visit.overview)
    visit.opened(LOGS)
    notes.take("search", visit, lambda: visit.narrowed(f"needle{turn * 7:03d}zq"))
    for name, (root, _) in TRACES.items():
        visit.opened(f"{LOGS}&f=root_span_id+%3D+%27{root}%27")
        _, whole = notes.take(name, visit, lambda name=name: visit.trace(name))
        notes.times.setdefault(f"{name}_whole", []).append(whole)


def measure(browser: Browser, server: Server, rounds: int) -> dict[str, Any]:
    """Medians of `rounds` fresh browsers."""
    notes = Notes()
    for turn in range(rounds):
        with _visit(browser, server) as visit:
            one_round(visit, turn, notes)
    gaps = notes.gaps
    answers = {
        name: {
            "p50_ms": round(percentile(times, 0.5)), "worst_ms": round(max(times)), "budget_ms": BUDGETS_MS.get(name),
            "longest_task_ms": round(notes.tasks.get(name, 0.0)),
        }
        for name, times in notes.times.items()
    }  # fmt: skip
    frames = {
        "p50_ms": round(percentile(gaps, 0.5), 1), "p95_ms": round(percentile(gaps, 0.95), 1),
        "frames_a_second": round(1000 * len(gaps) / sum(gaps)),
    }  # fmt: skip
    return {"answers": answers, "longest_task_budget_ms": LONGEST_TASK_MS, "scrolling": frames}


@contextmanager
def _visit(browser: Browser, server: Server) -> Iterator[Visit]:
    visit = Visit(browser, server)
    try:
        yield visit
    finally:
        visit.context.close()


def main() -> int:
    """Fill, let merges settle, look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--data", type=Path, help="a data directory to fill and keep, or one kept by an earlier run"
    )
    args = parser.parse_args()
    filled = args.data is not None and args.data.exists()
    with running_server(args.data) as server:
        if not filled:
            fill(server, args.spans)
            time.sleep(20)
        with running_browser() as browser:
            result = measure(browser, server, args.rounds)
            version = browser.version
    command = f"python -m bench.ui --spans {args.spans} --rounds {args.rounds}"  # and wherever the data was
    save("ui", command, {"spans": args.spans, "chromium": version, **result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
