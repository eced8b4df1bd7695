"""What the parts of an import share."""

from __future__ import annotations

from dataclasses import dataclass

from assay.cli.importing import KINDS
from assay.cli.importing.attachments import Files
from assay.cli.importing.report import Report
from assay.cli.importing.site import NOT_SERVED, Object, Site
from assay.cli.importing.state import Ids, State
from assay.cli.output import note
from assay.core.errors import ApiError


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to copy: projects by name or id (none: all), kinds, and logs created from `since` until `until`."""

    projects: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: both sides, what was chosen, what was done."""

    source: Site
    target: Site
    choice: Choice
    state: State
    ids: Ids
    report: Report
    files: Files

    def wants(self, kind: str) -> bool:
        """Whether a kind was chosen."""
        return kind in self.choice.kinds

    def say(self, text: str) -> None:
        """Progress, on stderr."""
        note(text)

    def listed(self, path: str, what: str, **filters: str) -> list[Object]:
        """A list of the source; empty, and said so, when the source does not have the endpoint."""
        try:
            return self.source.listed(path, **filters)
        except ApiError as error:
            if error.status not in NOT_SERVED:
                raise
            self.report.skip(f"{what}: the source has no {path} ({error.status})")
            return []
