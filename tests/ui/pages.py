"""Where every page is, from the router itself: tests that go through all of them leave none out."""

from __future__ import annotations

from tests.support.walk import routes

PROJECT_ROUTE = "/app/$org/p/$project/"
SHOWN = {
    "experiments": "seen", "datasets": "seen", "review": "{queue}", "prompts": "{prompt}", "scorers": "{scorer}",
    "functions": "{prompt}", "parameters": "{prompt}",
}  # fmt: skip
"""Section → what its pages of one object show; `{…}` is an id of the fixture `seen`."""

ORGANIZATION_TABS = (
    "members", "groups", "roles", "api-keys", "service-tokens", "providers", "environments", "sharing", "variables",
    "audit", "health", "personal",
)  # fmt: skip
PROJECT_TABS = ("", "access", "retention", "tags", "scores", "automations", "views", "variables")
"""Panels of the settings, by what the address calls them; `test_settings` compares them with the page."""


def project_pages() -> list[str]:
    """Paths below a project, one for each of its routes that shows a page."""
    own = [
        route.removeprefix(PROJECT_ROUTE)
        for route, page in routes().items()
        if page and route.startswith(PROJECT_ROUTE)
    ]
    return ["/".join(_shown(route, part) for part in route.split("/")) for route in own]


def _shown(route: str, part: str) -> str:
    return SHOWN[route.split("/")[0]] if part.startswith("$") else part
