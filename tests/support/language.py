"""The pseudo-language in the browser: what stays in plain letters there was never marked for translation.

What the server sent is data and stays as it is; so do code, keys and the short signs of units. All else on a page is
said by the UI itself, and in the pseudo-language every letter of that has an accent.
"""

from __future__ import annotations

import json
import re
from urllib.parse import unquote_plus

from playwright.sync_api import Page, Response, expect

PSEUDO = "en-XA"
CHOOSE = f"""if (location.protocol !== 'about:')
  localStorage.setItem('assay.language', {json.dumps(json.dumps(PSEUDO))})"""

TEXTS = """() => {
  const verbatim = 'code, pre, kbd, script, style, noscript, textarea, .cm-editor, [data-verbatim]'
  const seen = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
  const found = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (/[A-Za-z]{2}/.test(node.data) && !node.parentElement.closest(verbatim) && seen(node.parentElement))
      found.add(node.data.trim())
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    if (!element.closest(verbatim) && seen(element))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        found.add((element.getAttribute(name) ?? '').trim())
  return [...found].filter(text => /[A-Za-z]{2}/.test(text))
}"""

BEYOND = """() => [...document.querySelectorAll('button, a, label, h1, h2, h3, p, th, legend, [role=tab]')]
  .filter(element => {
    const box = element.getBoundingClientRect()
    if (!box.width || (box.right <= innerWidth + 1 && box.left >= -1) || !element.checkVisibility()) return false
    for (let up = element.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== 'visible') return false
    return true
  })
  .map(element => element.textContent.trim().slice(0, 60))"""

UNITS = {
    "ms", "s", "min", "m", "h", "d", "k", "M", "G", "KiB", "MiB", "GiB", "tok", "UTC", "UI", "SQL", "JSON", "JSONL",
    "CSV", "YAML", "Parquet", "Python", "TypeScript", "curl", "CLI", "Markdown", "Git", "Assay", "Pseudo", "Ctrl",
}  # fmt: skip
"""Signs and names that are the same in every language."""
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_'’.-]*(?:[ ]+[A-Za-z][A-Za-z0-9_'’.-]*)*")


class Sent:
    """What the server told a page, and what the address says: the data that may be shown as it is."""

    def __init__(self, page: Page) -> None:
        self._texts: list[str] = []
        self._unread = 0
        self._page = page
        page.on("response", self._keep)

    def _keep(self, response: Response) -> None:
        if "json" in response.headers.get("content-type", ""):
            self._unread += 1
            try:
                self._texts.append(response.text())
            except Exception:  # the page went on before the answer was read: it shows nothing of it
                return
            finally:
                self._unread -= 1

    def plain(self, texts: list[str]) -> list[str]:
        """Those of the texts with words that are neither data nor a unit."""
        while self._unread:  # an answer may be on show before it has been read here
            self._page.wait_for_timeout(20)
        sent = re.sub(r"\\[nrt\"]", " ", " ".join([*self._texts, unquote_plus(self._page.url)]))
        data = f"{sent} {sent.replace('_', ' ')}"  # names of fields are shown with spaces
        return [
            text
            for text in texts
            if not all(_known(words.rstrip("."), data) for words in _WORDS.findall(text))
        ]


def _known(words: str, data: str) -> bool:
    if words in data or all(word in UNITS or len(word) < 2 for word in words.split()):
        return True
    if " " not in words:  # a path in a value
        return "." in words and all(part in data for part in words.split("."))
    return all(f'"{part}"' in data for part in words.split(" ", 1))  # two names side by side


def plain_texts(page: Page, sent: Sent) -> list[str]:
    """Texts of the page as it stands that have stayed in plain letters."""
    return sorted(sent.plain(page.evaluate(TEXTS)))


def beyond_the_window(page: Page) -> list[str]:
    """What a reader cannot reach because the words are too long for the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*([f"the page is {wide} px too wide"] if wide > 0 else []), *page.evaluate(BEYOND)]


def at_rest(page: Page) -> None:
    """Wait until what the page asks for has come."""
    expect(page.locator("h1, h2, [role=grid], [role=heading], main").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
