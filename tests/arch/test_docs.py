"""The documents do not drift: links lead somewhere, settings and commands exist, nothing is left unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MADE_BY_TESTS = {"bench/results/ingest.json", "bench/results/query.json"}
"""Pictures that the browser tests take, and results that benchmarks write."""


def links(page: str) -> Iterator[str]:
    """Targets of the relative links and pictures of a page, code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            yield target


def anchors(page: str) -> set[str]:
    """What `#…` may point at: headings in lower case, blanks as hyphens, punctuation dropped."""
    text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken: list[str] = []
    for target in links(path.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        if not found.exists():
            if str(found.relative_to(ROOT)) not in MADE_BY_TESTS:
                broken.append(target)
        elif anchor and anchor not in anchors(found.read_text(encoding="utf-8")):
            broken.append(target)
    assert broken == []


def test_every_server_setting_is_described() -> None:
    settings = (ROOT / "server/src/assay_server/settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs/self-hosting.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\b(?:ASSAY|OPENAI|ANTHROPIC|GEMINI)_[A-Z_]+\b", settings))
    assert len(names) > 8, "the settings are no longer where this test looks"
    assert sorted(name for name in names if f"`{name}`" not in page) == []


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]
    assert [page for page in pages if page not in set(links(readme))] == []


def test_the_name_of_a_noun_has_one_spelling() -> None:
    """Messages, pages and code say it as the API does, which clients know by that name."""
    other = re.compile("organi" + "sation", re.IGNORECASE)
    folders = ("docs", "sdk/src", "server/src", "tests", "ui/src", "examples", "bench", "scripts")
    kinds = {".py", ".ts", ".tsx", ".md", ".json", ".pot", ".txt"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds]
    assert len(files) > 500, "the sources are no longer where this test looks"
    texts = ((path, path.read_text(encoding="utf-8", errors="replace")) for path in [*PAGES, *files])
    assert [str(path.relative_to(ROOT)) for path, text in texts if other.search(text)] == []
