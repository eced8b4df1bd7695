"""Query parameters every list takes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from assay_server.engines.records import Page

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 10_000


_LIMIT = f"Objects on a page: {DEFAULT_LIMIT:,} unless told, {MAX_LIMIT:,} at most"
_AFTER = "Id of the last object of the page before"
_BEFORE = "Id of the first object of the page after"


def page_query(
    limit: Annotated[int | None, Query(ge=1, description=_LIMIT)] = None,
    starting_after: Annotated[str | None, Query(description=_AFTER)] = None,
    ending_before: Annotated[str | None, Query(description=_BEFORE)] = None,
) -> Page:
    """The page a request asks for; a larger limit than we serve is cut, further pages follow."""
    return Page(min(limit or DEFAULT_LIMIT, MAX_LIMIT), starting_after or None, ending_before or None)


PageQuery = Annotated[Page, Depends(page_query)]
"""FastAPI dependency: limit, starting_after, ending_before."""

Ids = Annotated[list[str] | None, Query(description="Only these objects; repeat the parameter")]
"""FastAPI query parameter `ids`."""
