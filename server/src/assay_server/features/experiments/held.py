"""What was read of an experiment, kept between requests: a page of cases and the comparison above it need the same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from assay_server.engines.query.literals import quote
from assay_server.features.experiments.rows import (
    LIMITS,
    CaseTable,
    Keys,
    ObjectAddress,
    Scorer,
    load_cases,
    load_scorers,
)
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


@dataclass(frozen=True, slots=True)
class Held:
    """The cases of an experiment and, by score, what its scorers say about themselves."""

    table: CaseTable
    scorers: Mapping[str, Scorer]


class HeldCases:
    """`load_cases` and `load_scorers`, read again only after the experiment changed. Thread-safe.

    Tables are shared between requests: nobody may change one.
    """

    def __init__(self, spans: SpanStore, *, max_rows: int = MAX_ROWS) -> None:
        self._spans = spans
        self._max_rows = max_rows
        self._tables: OrderedDict[_Place, tuple[_Version, Held]] = OrderedDict()
        self._lock = threading.Lock()

    def load(self, ref: ObjectAddress, keys: Keys) -> Held:
        """An experiment as of now. Blocks; call it from a thread, after the ingest barrier."""
        place = (ref.project_id, ref.object_id, keys)
        version = self._version(ref)
        with self._lock:
            held = self._tables.get(place)
            if held and held[0] == version:
                self._tables.move_to_end(place)
                return held[1]
        fresh = Held(load_cases(self._spans, ref, keys), load_scorers(self._spans, ref))
        if len(fresh.table) <= self._max_rows:
            self._keep(place, version, fresh)
        return fresh

    def _keep(self, place: _Place, version: _Version, fresh: Held) -> None:
        with self._lock:
            self._tables[place] = (version, fresh)
            self._tables.move_to_end(place)
            while sum(len(kept.table) for _, kept in self._tables.values()) > self._max_rows:
                self._tables.popitem(last=False)

    def _version(self, ref: ObjectAddress) -> _Version:
        sql = _VERSION_SQL.format(project=quote(ref.project_id), object=quote(ref.object_id))
        newest, count = self._spans.query(sql, limits=LIMITS).rows[0]
        return int(newest), int(count)
