"""Every page of the UI and its main states, as data: a new route needs a stop here.

Addresses are below the project's; `{…}` is an id of `tests/support/story.py`.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Locator, Page

from tests.support.story import BASELINE, CANDIDATE, EMPTY, THIRD
from tests.support.story_settings import hourly
from tests.support.walk import Act, Find, Stop
from tests.ui.pages import ORGANIZATION_TABS, PROJECT_TABS

_TRACE = "logs?r=request-003"
_ALONE = f"{_TRACE}&full=1"
_COMPARED = f"experiments/{CANDIDATE}?c={BASELINE}"
_DATASET = "datasets/rule%20breakers"
_NOTHING = f"/app/local/p/{quote(EMPTY)}"
_SQL = f"sql?query={quote(hourly())}"


def shows(text: str) -> Find:
    """Finds words anywhere on the page."""
    return lambda page: page.get_by_text(text)


def has(role: str, name: str | re.Pattern[str] | None = None) -> Find:
    """Finds something by its role and name."""
    return lambda page: page.get_by_role(role, name=name)  # type: ignore[arg-type]


def counted(name: str) -> Find:
    """Finds a row of a list once all its numbers have come."""
    waits = re.compile("^…$")
    return lambda page: page.get_by_role("row", name=re.compile(name)).filter(
        has_not=page.get_by_role("cell", name=waits)
    )


def press(name: str | re.Pattern[str], *then: str | re.Pattern[str]) -> Act:
    """Clicks a button, and then buttons or items of menus."""

    def act(page: Page) -> None:
        _exactly(page, "button", name).click()
        for one in then:
            _exactly(page, "menuitem", one).or_(_exactly(page, "button", one)).first.click()

    return act


def keys(*pressed: str, after: Find) -> Act:
    """Types shortcuts once the page is there."""

    def act(page: Page) -> None:
        after(page).first.wait_for()
        for key in pressed:
            page.keyboard.press(key)

    return act


def choose(grid: str, rows: int, then: Act | None = None) -> Act:
    """Selects the first rows of a table."""

    def act(page: Page) -> None:
        table = page.get_by_role("grid", name=grid)
        for number in range(rows):
            table.get_by_role("row").nth(number + 1).get_by_role("checkbox").check()
        if then:
            then(page)

    return act


def _exactly(page: Page, role: str, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role(role, name=name, exact=isinstance(name, str)).first  # type: ignore[arg-type]


_grid, _dialog = has("grid"), has("dialog")

CHAPTERS: dict[str, tuple[Stop, ...]] = {
    "shell": (
        Stop("projects", "/app/local", counted("playlist"), picture=True),
        Stop("new project", "/app/local", _dialog, press("Project")),
        Stop("projects as code", "/app/local", has("menu"), press("Copy as code")),
        Stop("overview", "overview", has("list", "Tags"), picture=True),
        Stop("overview-phone", "overview", has("list", "Tags"), narrow=True),
        Stop("empty overview", f"{_NOTHING}/overview", shows("three steps to a verdict")),
        Stop("palette", "logs", _dialog, keys("Control+k", after=_grid), picture=True),
        Stop(
            "shortcuts", "logs", has("dialog", "Keyboard shortcuts"), keys("?", after=_grid), wide_only=True
        ),
        Stop("account", "logs", has("menu"), press(re.compile("account and appearance|^More$"))),
        Stop("switch project", "logs", has("menu"), press(re.compile("switch project$")), wide_only=True),
        Stop("no such page", "nothing/here", shows("There is no page at this address")),
        Stop("no such project", "/app/local/p/none/logs", shows("There is no project called")),
        Stop("broken link", "/app/local/object?object_type=experiment", shows("This link is not complete")),
    ),
    "logs": (
        Stop("logs", "logs", _grid, picture=True),
        Stop("logs-phone", "logs", _grid, picture=True, narrow=True),
        Stop("logs-fields", "logs?side=1&bar=score:Variety", has("button", "Close fields"), picture=True),
        Stop(
            "logs filtered",
            "logs?q=songs&f=scores.PlaylistLength+<+1",
            has("button", re.compile("Remove Filter")),
        ),
        Stop("logs without a match", "logs?q=zzzz", shows("Nothing matches")),
        Stop(
            "logs-explained",
            "logs?why=1&f=error+IS+NOT+NULL",
            has("dialog", "What sets these traces apart"),
            picture=True,
        ),
        Stop("logs of spans", "logs?view=spans", _grid),
        Stop("logs-groups", "logs?view=groups&by=metadata.model", _grid, picture=True),
        Stop("logs by user", "logs?view=users", _grid),
        Stop("columns of logs", "logs", has("form"), press("Columns"), wide_only=True),
        Stop("logs as code", "logs", has("menu"), press("Copy as code or export"), wide_only=True),
        Stop("views of logs", "logs", has("menu"), lambda page: page.get_by_title("Choose a view").click()),
        Stop("range of logs", "logs", has("menu"), press(re.compile("^Last|^Past|days$|^All time"))),
        Stop("logs chosen", "logs", has("toolbar", "Selected rows"), choose("Traces", 2), wide_only=True),
        Stop("tag logs", "logs", _dialog, choose("Traces", 2, press("Tag")), wide_only=True),
        Stop("score logs", "logs", _dialog, choose("Traces", 2, press("Score")), wide_only=True),
        Stop("delete logs", "logs", _dialog, choose("Traces", 2, press("Delete")), wide_only=True),
        Stop(
            "add-to-dataset",
            "logs",
            _dialog,
            choose("Traces", 3, press("Add to dataset")),
            picture=True,
            wide_only=True,
        ),
        Stop("empty logs of all time", f"{_NOTHING}/logs?t=all", shows("No traces yet")),
        Stop("empty logs", f"{_NOTHING}/logs", shows("No traces in the last 7 days")),
    ),
    "trace": (
        Stop("trace", _TRACE, has("region", "Input"), picture=True),
        Stop("trace-full", f"{_ALONE}&s=request-003:llm-8", has("region", "Input"), picture=True, dark=True),
        Stop(
            "trace-phone", f"{_TRACE}&s=request-003:llm-8", has("region", "Input"), picture=True, narrow=True
        ),
        Stop("trace with an error", "logs?r=request-004", has("region", "Error")),
        Stop("trace-timeline", f"{_ALONE}&tvt=timeline", has("region", "Input"), picture=True),
        Stop("timeline by cost", f"{_ALONE}&tvt=timeline&tlb=cost", has("region", "Input")),
        Stop("trace-thread", f"{_ALONE}&tvt=thread", shows("search_songs"), picture=True),
        Stop("trace-graph", f"{_ALONE}&tvt=graph", has("button", re.compile("search_songs")), picture=True),
        Stop("trace-context", f"{_ALONE}&tvt=context", shows("cached"), picture=True),
        Stop("trace raw", f"{_ALONE}&tvt=raw", shows("span_attributes")),
        Stop("share a trace", _TRACE, has("menu"), press("Share")),
        Stop("trace as code", f"{_TRACE}&s=request-003:llm-8", has("menu"), press("Copy span as code")),
        Stop("add a span", _TRACE, _dialog, press(re.compile("[Dd]ataset"))),
        Stop("trace that is not there", "logs?r=none", shows("This trace is not here")),
    ),
    "monitor": (
        Stop("monitor", "monitor", has("figure", "Requests"), picture=True),
        Stop("monitor before", "monitor?t=24h&prev=1&f=metadata.plan+=+'pro'", has("figure", "Scores")),
        Stop("monitor undivided", "monitor?by=metadata.none", has("status")),
        Stop("monitor-dark", "monitor?by=metadata.model", has("figure"), picture=True, dark=True),
        Stop("board", "monitor?board={Money}", has("figure", "Spent"), picture=True),
        Stop("new chart", "monitor", has("dialog", "New chart"), press("Chart"), wide_only=True),
        Stop("boards", "monitor", has("menu"), press("Standard")),
        Stop("empty monitor", f"{_NOTHING}/monitor", has("heading")),
    ),
    "review": (
        Stop("review", "review", has("link", "Playlists of the week"), picture=True),
        Stop("questions", "review", _dialog, press("Questions")),
        Stop("change a question", "review", has("form"), press("Questions", re.compile("^Change"))),
        Stop("new queue", "review", _dialog, press("Queue")),
        Stop("review-queue", "review/{queue}", has("heading", re.compile("Agreement")), picture=True),
        Stop("queue-work", "review/{queue}/work", has("article", "Row"), picture=True),
        Stop("review-phone", "review/{queue}/work", has("article", "Row"), picture=True, narrow=True),
        Stop("quick review", "review/quick", has("article", "Row")),
        Stop("empty quick review", f"{_NOTHING}/review/quick", has("heading")),
        Stop("empty review", f"{_NOTHING}/review", has("heading")),
    ),
    "experiments": (
        Stop("experiments", "experiments", has("grid", "Experiments"), picture=True),
        Stop("experiments-plot", "experiments?layout=plot", has("figure"), picture=True),
        Stop(
            "experiments chosen",
            "experiments",
            has("button", re.compile("^Compare")),
            choose("Experiments", 2),
            wide_only=True,
        ),
        Stop("empty experiments", f"{_NOTHING}/experiments", shows("No experiments yet")),
        Stop("experiment", f"experiments/{CANDIDATE}", has("grid", "Cases")),
        Stop("comparison", _COMPARED, has("grid", "Cases"), picture=True),
        Stop("comparison-dark", f"{_COMPARED}&c={THIRD}", has("grid", "Cases"), picture=True, dark=True),
        Stop("comparison-grid", f"{_COMPARED}&c={THIRD}&layout=grid", shows(THIRD), picture=True),
        Stop("comparison summary", f"{_COMPARED}&c={THIRD}&layout=summary", has("table", "Summary")),
        Stop("comparison-plot", f"{_COMPARED}&layout=plot", has("figure", "Plot"), picture=True),
        Stop("comparison-groups", f"{_COMPARED}&slice=metadata.split", has("region", "Slices"), picture=True),
        Stop("comparison details", f"{_COMPARED}&panel=details", has("button", "Close the details")),
        Stop("improved cases", f"{_COMPARED}&filter=improved&score=PlaylistLength", has("grid", "Cases")),
        Stop("how it is judged", _COMPARED, has("combobox", "Confidence"), press("Judged")),
        Stop(
            "side-by-side",
            f"{_COMPARED}&r={CANDIDATE}-02-0&both=1",
            has("group", re.compile("Side by side")),
            picture=True,
        ),
        Stop(
            "step by step",
            f"{_COMPARED}&r={CANDIDATE}-02-0&both=steps",
            has("list", "Steps"),
        ),
        Stop("other baselines", _COMPARED, has("group", "Compare with"), press(re.compile("^baseline"))),
        Stop("no such experiment", "experiments/none", shows("There is no experiment called")),
    ),
    "datasets": (
        Stop("datasets", "datasets", counted("rule breakers.*32"), picture=True),
        Stop("new dataset", "datasets", _dialog, press(re.compile("^(New )?[Dd]ataset$"))),
        Stop("empty datasets", f"{_NOTHING}/datasets", shows("No datasets yet")),
        Stop("dataset", _DATASET, _grid, picture=True),
        Stop("dataset-row", f"{_DATASET}?r=row-03", has("button", "Edit expected"), picture=True),
        Stop("new row", _DATASET, _dialog, press("Row")),
        Stop(
            "import",
            _DATASET,
            has("dialog", "Import rows"),
            press("Import and export", re.compile("^Import or paste")),
        ),
        Stop(
            "dataset-versions",
            f"{_DATASET}?side=versions&vs={{first version}}",
            has("list", "Versions"),
            picture=True,
        ),
        Stop("old version", f"{_DATASET}?v={{first version}}", has("button", "Back to now")),
        Stop("dataset-performance", f"{_DATASET}?tab=performance", _grid, picture=True),
        Stop("dataset checks", f"{_DATASET}?tab=checks", has("region", "Groups in several splits")),
        Stop("dataset without rows", "datasets/golden%20playlists", shows("No rows yet")),
    ),
    "prompts and scorers": (
        Stop("prompts", "prompts", has("link", re.compile("Playlist agent")), picture=True),
        Stop("empty prompts", f"{_NOTHING}/prompts", has("heading")),
        Stop("prompt", "prompts/{prompt}", has("textbox", re.compile("Name")), picture=True),
        Stop(
            "prompt versions", "prompts/{prompt}?side=versions&vs={prompt version}", has("list", "Versions")
        ),
        Stop("prompt as code", "prompts/{prompt}", has("menu"), press("Copy as code and more")),
        Stop("scorers", "scorers", has("link", re.compile("Variety"))),
        Stop("scorer", "scorers/{variety}", has("textbox", re.compile("Name")), picture=True),
        Stop("scorer of code", "scorers/{playlist-length}", shows("def handler")),
        Stop("tool", "functions/{tool}", shows("Search songs")),
        Stop("tool by its own link", "tools?pr={tool}", shows("Search songs")),
    ),
    "sql": (
        Stop("sql", _SQL, has("grid", "Result"), picture=True),
        Stop("sql-chart", f"{_SQL}&show=chart", has("img"), picture=True),
        Stop("sql plan", f"{_SQL}&show=plan", has("region", "What is read")),
        Stop(
            "row of a result",
            _SQL,
            has("dialog", "Row 1"),
            lambda page: page.get_by_role("gridcell").first.click(),
        ),
        Stop("saved queries", _SQL, has("menu"), press("Saved")),
        Stop("empty sql", f"{_NOTHING}/sql", has("textbox", "SQL")),
    ),
    "settings": (
        Stop("settings", "/app/local/settings", has("table"), picture=True),
        *(
            Stop(f"settings: {tab}", f"/app/local/settings?tab={tab}", has("heading", re.compile(".")))
            for tab in ORGANIZATION_TABS[1:]
            if tab not in ("audit", "health")
        ),
        Stop("audit-log", "/app/local/settings?tab=audit", _grid, picture=True),
        Stop("health", "/app/local/settings?tab=health", shows("Write-ahead log"), picture=True),
        Stop("new provider key", "/app/local/settings?tab=providers", _dialog, press("New provider key")),
        Stop("project-settings", "settings", has("form", "Project"), picture=True),
        *(
            Stop(f"project settings: {tab}", f"settings?tab={tab}", has("heading", re.compile(".")))
            for tab in PROJECT_TABS[1:]
        ),
        Stop("new aggregate score", "settings?tab=scores", _dialog, press("New aggregate score")),
        Stop("delete the project", "settings", _dialog, press("Delete …")),
        Stop("new tag", "settings?tab=tags", _dialog, press("New tag")),
    ),
}

SIGNED_OUT: tuple[Stop, ...] = (
    Stop("login", "/login", shows("assay login --browser"), picture=True),
    Stop("shared-comparison", "/app/public/{shared comparison}", has("grid", "Cases"), picture=True),
    Stop("shared trace", "/app/public/{shared trace}", has("region", "Input")),
    Stop("shared board", "/app/public/{shared board}", has("figure", "Spent")),
    Stop("shared link that is none", "/app/public/nothing", has("heading")),
)
"""Pages for people without a session."""

FAILING: tuple[Stop, ...] = (
    Stop("query that cannot run", "sql?query=SELECT+nothing+FROM+nowhere", has("alert")),
    Stop("filter that cannot run", "logs?f=metrix.tokens+>+1", has("alert")),
    Stop(
        "prompt that is gone", "prompts/00000000-0000-4000-8000-000000000000", has("link", "Back to the list")
    ),
    Stop("parameters that are gone", "parameters/00000000-0000-4000-8000-000000000000", shows("There is no")),
    Stop("wrong link", "/login?token=wrong", has("alert")),
)
"""What the server refuses: the browser itself writes a line on the console for each."""

STOPS = tuple(stop for chapter in CHAPTERS.values() for stop in chapter) + SIGNED_OUT + FAILING

LEAD_ON = {
    "/": "/app/local", "/app": "/app/local", "/app/object": "/app/local/object",
    "/app/$org/p/$project": "/app/local/p/playlist/overview",
}  # fmt: skip
"""Routes without a page, and where they end."""
