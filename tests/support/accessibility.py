"""axe-core over a page as it stands: what people with a keyboard, a screen reader or weak eyes could not use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


def serious_violations(page: Page, within: str = "body", only: tuple[str, ...] = ()) -> list[str]:
    """One line for each serious or critical violation: rule, what it says, and the first elements it names.

    `only` these rules are asked, where given.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found = page.evaluate(
        """([within, only]) => axe
          .run(within, {resultTypes: ['violations'], preload: false, ...(only.length ? {runOnly: only} : {})})
          .then(result => result.violations)""",
        [within, list(only)],
    )
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")
