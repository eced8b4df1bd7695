"""What is to be deleted: the retention rules of projects and organizations, and how one is carried out.

A rule is an automation with the event `retention`: an object type and a number of days. Rows whose `created` is
older are first deleted as anybody deletes rows, so that every reader and the writer's memory agree that they are
gone, and then removed from the store for good. docs/design/015-retention.md.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.times import iso_time
from assay_server.adapters.meta.tables import audit_log
from assay_server.engines.ingest.rows import RowWrite
from assay_server.engines.query.literals import quote
from assay_server.features.audit.service import keep_event
from assay_server.ports.audit import Event
from assay_server.ports.meta import metadata

if TYPE_CHECKING:
    from assay_server.adapters.meta.store import MetaStore
    from assay_server.ports.spans import SpanStore

log = logging.getLogger(__name__)

OBJECT_TYPES = ("project_logs", "experiment", "dataset")
CHUNK = 2_000  # rows deleted in one transaction
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of one type in one project live `days` days."""

    org_id: str
    project_id: str
    object_type: str
    days: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """What one rule removed: rows, and the time before which they were made."""

    rule: Rule
    rows: int
    before: str


def rules(meta: MetaStore) -> list[Rule]:
    """The active rules of every live project; a project's own rule wins over its organization's, fewer days over more.

    0 days is no rule: it would delete what arrives.
    """
    projects, own, wide = (
        metadata.tables[name] for name in ("projects", "project_automations", "org_automations")
    )
    with meta.read() as connection:
        live = sa.select(projects.c.id, projects.c.org_id).where(projects.c.deleted_at.is_(None))
        homes = {project_id: org_id for project_id, org_id in connection.execute(live)}
        of_project = _configs(connection, own, own.c.project_id)
        of_org = _configs(connection, wide, wide.c.org_id)
    found: list[Rule] = []
    for project_id, org_id in homes.items():
        days = {**of_org.get(org_id, {}), **of_project.get(project_id, {})}
        found += [Rule(org_id, project_id, object_type, n) for object_type, n in sorted(days.items())]
    return found


def _configs(connection: sa.Connection, table: sa.Table, home: sa.Column[Any]) -> dict[str, dict[str, int]]:
    """Days by home and object type."""
    found: dict[str, dict[str, int]] = {}
    live = sa.select(home, table.c.config).where(table.c.deleted_at.is_(None))
    for where, config in connection.execute(live):
        if config.get("event_type") != "retention" or config.get("status") == "paused":
            continue
        days, object_type = int(config["retention_days"]), config["object_type"]
        if days > 0 and object_type in OBJECT_TYPES:
            held = found.setdefault(where, {})
            held[object_type] = min(days, held.get(object_type, days))
    return found


class Retention:
    """Carries rules out. `append` writes rows durably, `settled` returns once what was written can be read; both
    block. `clock` gives unix seconds."""

    def __init__(
        self,
        meta: MetaStore,
        spans: SpanStore,
        append: Callable[[Sequence[RowWrite]], object],
        settled: Callable[[], object],
        *,
        audit_days: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._meta = meta
        self._spans = spans
        self._append = append
        self._settled = settled
        self._audit_days = audit_days
        self._clock = clock

    def run(self) -> list[Deleted]:
        """Carry out every rule once; one that fails does not hold up the others. Returns what was deleted."""
        done: list[Deleted] = []
        for rule in rules(self._meta):
            try:
                deleted = self.carry_out(rule)
            except Exception:
                log.exception("retention of %s in project %s", rule.object_type, rule.project_id)
                continue
            if deleted.rows:
                done.append(deleted)
        self._trim_audit_log()
        return done

    def carry_out(self, rule: Rule) -> Deleted:
        """Delete the rows of one rule, and say so in the audit log."""
        before = datetime.fromtimestamp(self._clock(), UTC) - timedelta(days=rule.days)
        self._settled()
        rows = 0
        for writes in self._old_rows(rule, before):
            self._append(writes)
            rows += len(writes)
        self._settled()
        self._spans.expire(rule.project_id, rule.object_type, before)
        deleted = Deleted(rule, rows, iso_time(before.timestamp()))
        if rows:
            self._tell(deleted)
        return deleted

    def _old_rows(self, rule: Rule, before: datetime) -> Iterator[list[RowWrite]]:
        """The living rows that are too old, as writes that delete them."""
        old = (
            f"project_id = {quote(rule.project_id)} AND object_type = {quote(rule.object_type)} "
            f"AND created < fromUnixTimestamp64Micro({round(before.timestamp() * 1e6)}, 'UTC')"
        )
        last = ("", "")
        while True:
            page = (
                "SELECT object_id, id FROM spans "
                f"WHERE {old} AND (object_id, id) > ({quote(last[0])}, {quote(last[1])}) "
                f"GROUP BY object_id, id HAVING argMax(_deleted, (_xact_id, _seq)) = 0 "
                f"ORDER BY object_id, id LIMIT {CHUNK}"
            )
            found = self._spans.query(page).rows
            if not found:
                return
            yield [
                RowWrite(rule.project_id, rule.object_type, object_id, row_id, "delete", {})
                for object_id, row_id in found
            ]
            last = (found[-1][0], found[-1][1])

    def _tell(self, deleted: Deleted) -> None:
        rule = deleted.rule
        details = {"rows": deleted.rows, "created_before": deleted.before, "retention_days": rule.days}
        event = Event(
            "expire", rule.object_type, rule.project_id, None, rule.org_id, rule.project_id, details
        )
        keep_event(self._meta, event)

    def _trim_audit_log(self) -> None:
        """Remove entries that are older than `ASSAY_AUDIT_DAYS`: the one way out of the audit log."""
        if self._audit_days > 0:
            before = iso_time(self._clock() - self._audit_days * _DAY)
            with self._meta.begin() as connection:
                connection.execute(sa.delete(audit_log).where(audit_log.c.created < before))
