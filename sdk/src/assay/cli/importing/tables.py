"""Copying the rows of datasets (every version), experiments and logs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import cast

from assay.cli.importing.context import Import
from assay.cli.importing.delivery import Delivered, Piece, RowWriter
from assay.cli.importing.rows import deletion, row_id, version_of, written
from assay.cli.importing.site import NOT_SERVED, Object, Row, compare, value_of
from assay.core.errors import ApiError

ORDER = "_pagination_key"
AUDITED = ("id", "_xact_id", "audit_data")
OWNER = {"dataset": "dataset_id", "experiment": "experiment_id", "project_logs": "project_id"}
KIND = {"dataset": "dataset rows", "experiment": "experiment rows", "project_logs": "log rows"}
NO_AUDIT_LOG = NOT_SERVED | {400, 422}
_SAID_EVERY = 10_000


class Table:
    """The rows of one object: where they come from and go to."""

    def __init__(self, run: Import, object_type: str, source_id: str, target_id: str, title: str) -> None:
        self.run, self.type, self.source_id, self.target_id, self.title = (
            run, object_type, source_id, target_id, title,
        )  # fmt: skip
        self.kind = KIND[object_type]
        self.routing = {OWNER[object_type]: target_id}
        if object_type == "project_logs":
            self.routing["log_id"] = "g"
        self.copied = 0

    def pieces(self, rows: list[Row]) -> list[Piece]:
        """Rows as writes."""
        return [Piece(row_id(row), written(row, self.routing, self.run.ids)) for row in rows]

    def copy_files(self, rows: list[Row]) -> None:
        """Copy what rows refer to, before the rows."""
        if self.run.wants("attachments"):
            self.run.files.copy_from(rows, self.title)

    def settle(self, pieces: list[Piece], outcome: Delivered) -> None:
        """Count what was written and refused."""
        for refused, reason in outcome.refused.items():
            self.run.report.refuse(self.kind, self.title, refused, reason)
        for piece in pieces:
            if piece.row_id not in outcome.refused:
                self.run.report.took(self.kind, self.title, piece.row_id)
        before = self.copied
        self.copied += len(pieces) - len(outcome.refused)
        self.run.report.copied(self.kind, self.copied - before)
        if self.copied // _SAID_EVERY > before // _SAID_EVERY:
            self.run.say(f"  {self.title}: {self.copied:,} {self.kind} so far")

    def finish(self, there: int) -> None:
        """Say what came of the object; `there` rows were copied by earlier runs."""
        if there:
            self.run.report.there(self.kind, there)
        if self.copied:
            self.run.say(f"  {self.title}: {self.copied:,} {self.kind}")


# -- datasets: transaction by transaction --------------------------------------------------------------------


def copy_versions(table: Table) -> None:
    """Copy a dataset so that each transaction there is one here: reads pinned to versions agree.

    Goes on after the newest copied transaction. A source without an audit log shows its newest rows only.
    """
    run = table.run
    if not _has_audit_log(table):
        _copy_head(table)
        return
    before = cast("int", run.state.get("rows", table.source_id) or 0)
    newest = run.ids.newest(table.source_id)
    if newest is None:
        newest = ("0", run.target.call("GET", "/xact-id").body.decode().strip())
        run.ids.add_version(table.source_id, *newest)  # what it was before its first row: empty
    writer = RowWriter(run.target, "dataset", table.target_id, last=newest[1])
    for version, entries in _transactions(table, newest[0]):
        _copy_transaction(table, writer, version, entries)
        run.state.put("rows", table.source_id, before + table.copied)
    table.finish(before)


def _has_audit_log(table: Table) -> bool:
    """Whether the source lists the versions of rows; a source that does not is mentioned."""
    try:
        table.run.source.query("dataset", table.source_id, select=AUDITED, limit=1, audit_log=True)
    except ApiError as error:
        if error.status not in NO_AUDIT_LOG:
            raise
        table.run.report.skip(f"old versions of datasets: {error}")
        return False
    return True


def _copy_head(table: Table) -> None:
    """Copy the newest rows of a dataset; its newest version is then known here, no older one."""
    run = table.run
    copy_newest(table)
    head = run.source.query(
        "dataset", table.source_id, select=("_xact_id",), sort=("_xact_id", "desc"), limit=1
    )
    here = RowWriter(run.target, "dataset", table.target_id, last=None).newest()
    if head.rows and here:
        run.ids.add_version(table.source_id, version_of(head.rows[0]), here)


def _transactions(table: Table, after: str) -> Iterator[tuple[str, list[Row]]]:
    """Transactions of a dataset beyond one, oldest first, with their audit entries."""
    pages = table.run.source.pages(
        "dataset",
        table.source_id,
        select=AUDITED,
        where=[compare("gt", "_xact_id", after)],
        sort=("_xact_id", "asc"),
        audit_log=True,
    )
    entries = (row for page in pages for row in page)
    for version, group in groupby(entries, key=version_of):
        yield version, list(group)


def _copy_transaction(table: Table, writer: RowWriter, version: str, entries: list[Row]) -> None:
    run = table.run
    rows = _rows_of(table, version) if any(not _deletes(entry) for entry in entries) else []
    table.copy_files(rows)
    live = {row_id(row) for row in rows}
    gone = dict.fromkeys(row_id(entry) for entry in entries if _deletes(entry))
    pieces = table.pieces(rows)
    pieces += [Piece(one, [deletion(one, table.routing)]) for one in gone if one not in live]
    progress = cast("Object", run.state.get("part", table.source_id) or {})
    done = cast("list[str]", progress["ids"]) if progress.get("version") == version else []
    left = [piece for piece in pieces if piece.row_id not in set(done)]

    def keep(part: list[Piece], here: str) -> None:
        done.extend(piece.row_id for piece in part)
        run.state.put("part", table.source_id, {"version": version, "ids": done})

    table.settle(left, writer.send(left, keep))
    run.ids.add_version(table.source_id, version, writer.last)


def _rows_of(table: Table, version: str) -> list[Row]:
    """The rows that a transaction wrote, as they were then."""
    pages = table.run.source.pages(
        "dataset",
        table.source_id,
        where=[compare("eq", "_xact_id", version)],
        sort=(ORDER, "asc"),
        version=version,
    )
    return [row for page in pages for row in page]


def _deletes(entry: Row) -> bool:
    audit = cast("Object", value_of(entry, "audit_data") or {})
    return audit.get("action") == "delete"


# -- experiments and logs: as they are now -------------------------------------------------------------------


def copy_newest(table: Table, window: list[Object] | None = None, *, skip: _Skip | None = None) -> None:
    """Copy the newest state of rows in the order they were last written, going on where the last run stopped.

    `window` limits the rows, `skip` says which need not be written.
    """
    run = table.run
    place = _Place(table)
    before = place.count
    writer = RowWriter(run.target, table.type, table.target_id, last=place.here)
    where = [*(window or []), *([compare("ge", ORDER, place.last)] if place.last else [])]
    for page in run.source.pages(table.type, table.source_id, where=where, sort=(ORDER, "asc")):
        rows = [row for row in page if not place.passed(row)]
        wanted = skip.keep(rows) if skip else rows
        keys = {row_id(row): _key(row) for row in rows}
        if wanted:
            table.copy_files(wanted)
            pieces = table.pieces(wanted)

            def keep(part: list[Piece], here: str, keys: dict[str, str] = keys) -> None:
                place.move([(keys[piece.row_id], piece.row_id) for piece in part], here)

            table.settle(pieces, writer.send(pieces, keep))
        place.count = before + table.copied
        place.move([(key, one) for one, key in keys.items()], place.here)
    table.finish(before)


class _Place:
    """How far the rows of an object are copied: the key of the last one, and the ids of those that share it."""

    def __init__(self, table: Table) -> None:
        self._state, self._scope, self._id = table.run.state, f"rows {table.type}", table.source_id
        kept = self._kept = cast("Object", self._state.get(self._scope, self._id) or {})
        self.last: str = str(kept.get("last") or "")
        self.count = int(kept.get("count") or 0)
        self.here = cast("str | None", kept.get("here"))
        self._same: set[str] = set(cast("list[str]", kept.get("same") or []))

    def passed(self, row: Row) -> bool:
        """Whether a row was copied at the very place where the last run stopped."""
        return _key(row) == self.last and row_id(row) in self._same

    def move(self, rows: list[tuple[str, str]], here: str | None) -> None:
        """Note rows, by key and id in their order, as copied; `here` is the transaction that took them."""
        if not rows:
            return
        last = rows[-1][0]
        same = {one for key, one in rows if key == last}
        self._same = same | self._same if last == self.last else same
        self.last, self.here = last, here
        self._kept |= {"last": last, "same": sorted(self._same), "here": here, "count": self.count}
        self._state.put(self._scope, self._id, self._kept)


def _key(row: Row) -> str:
    return str(value_of(row, ORDER))


class _Skip:
    """Leaves alone log rows that the target has, unless the source changed them since they were copied."""

    def __init__(self, table: Table, floor: str) -> None:
        self._table, self._floor = table, floor

    def keep(self, rows: list[Row]) -> list[Row]:
        """The rows to write."""
        old = [row_id(row) for row in rows if _key(row) <= self._floor]
        if not old:
            return rows
        run = self._table.run
        found = run.target.pages(
            self._table.type, self._table.target_id, select=("id",), where=[compare("in", "id", old)]
        )
        here = {str(value_of(row, "id")) for page in found for row in page}
        kept = [row for row in rows if _key(row) > self._floor or row_id(row) not in here]
        if len(kept) < len(rows):
            run.report.there(self._table.kind, len(rows) - len(kept))
        return kept


def copy_logs(table: Table) -> None:
    """Copy the logs of a project in the chosen window.

    The same window again goes on after the last row; another one begins anew, and leaves alone what is here.
    """
    run, scope = table.run, "rows project_logs"
    bounds = [run.choice.since, run.choice.until]
    progress = cast("Object", run.state.get(scope, table.source_id) or {})
    if progress.get("window") != bounds:
        floor = max(str(progress.get("floor") or ""), str(progress.get("last") or "")) or _head(table)
        progress = {"window": bounds, "floor": floor}
        run.state.put(scope, table.source_id, progress)
    window = log_window(run.choice.since, run.choice.until)
    copy_newest(table, window, skip=_Skip(table, str(progress["floor"])))


def log_window(since: str | None, until: str | None) -> list[Object]:
    """The condition on `created` of a window."""
    return [
        *([compare("ge", "created", since)] if since else []),
        *([compare("lt", "created", until)] if until else []),
    ]


def _head(table: Table) -> str:
    page = table.run.source.query(table.type, table.source_id, select=(ORDER,), sort=(ORDER, "desc"), limit=1)
    return _key(page.rows[0]) if page.rows else ""
