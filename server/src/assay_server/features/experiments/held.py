"""Case tables kept between requests: a page of cases, its filters and the comparison above it ask for the same rows."""

from __future__ import annotations

import threading
from collections import OrderedDict

from assay_server.engines.query.literals import quote
from assay_server.features.experiments.rows import LIMITS, CaseTable, Keys, ObjectAddress, load_cases
from assay_server.ports.spans import SpanStore

MAX_ROWS = 200_000
"""Most rows held, over all tables; a row takes about half a kilobyte."""

# Every write gets a larger transaction number, so a table with the same newest one holds the same rows. The count
# sees rows that the store itself dropped.
_VERSION_SQL = """
SELECT max(_xact_id), count() FROM spans WHERE project_id = {project} AND object_id = {object}
"""

_Version = tuple[int, int]
_Place = tuple[str, str, Keys]


class HeldCases:
    """`load_cases` that reads a table again only after its experiment changed. Thread-safe.

    Tables are shared between requests: nobody may change one.
    """

    def __init__(self, spans: SpanStore, *, max_rows: int = MAX_ROWS) -> None:
        self._spans = spans
        self._max_rows = max_rows
        self._tables: OrderedDict[_Place, tuple[_Version, CaseTable]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, ref: ObjectAddress, keys: Keys) -> CaseTable:
        """All cases of an experiment as of now. Blocks; call it from a thread, after the ingest barrier."""
        place = (ref.project_id, ref.object_id, keys)
        version = self._version(ref)
        with self._lock:
            held = self._tables.get(place)
            if held and held[0] == version:
                self._tables.move_to_end(place)
                return held[1]
        table = load_cases(self._spans, ref, keys)
        if len(table) <= self._max_rows:
            self._keep(place, version, table)
        return table

    def _keep(self, place: _Place, version: _Version, table: CaseTable) -> None:
        with self._lock:
            self._tables[place] = (version, table)
            self._tables.move_to_end(place)
            while sum(len(kept) for _, kept in self._tables.values()) > self._max_rows:
                self._tables.popitem(last=False)

    def _version(self, ref: ObjectAddress) -> _Version:
        sql = _VERSION_SQL.format(project=quote(ref.project_id), object=quote(ref.object_id))
        newest, count = self._spans.query(sql, limits=LIMITS).rows[0]
        return int(newest), int(count)
