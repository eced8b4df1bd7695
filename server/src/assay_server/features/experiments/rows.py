"""The cases of an experiment: one per trace, aggregated inside the store.

A case is a trace with a root row. One grouped query reads the newest version of every span and returns, per
trace, the comparison key of the root, the mean of each score found anywhere in the trace, and sums of the
metrics. Spans made by scorers are summed apart: what a judge costs is not what the agent costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from assay_server.engines.query.literals import quote
from assay_server.engines.query.traces import TRACE_METRICS
from assay_server.engines.stats import Sample
from assay_server.ports.spans import Limits, QueryResult, SpanStore

Floats = NDArray[np.float64]

LIMITS = Limits(seconds=60, threads=2)
"""Bounds of the case query; 10,000 cases of four spans take about 0.2 s."""

_SCORES = "JSONExtract(scores, 'Map(LowCardinality(String), Nullable(Float64))')"

_TASK = "purpose != 'scorer'"

METRICS = tuple(name for name in TRACE_METRICS if name not in ("start", "end", "tokens", "spans"))
"""Metrics every trace has by the definition queries use, so that SQL and verdicts cannot disagree."""

# The String column is read for scores and not scores_x: only the text keeps an explicit null.
_CASES_SQL = """
SELECT root_span_id,
  argMinIf((id, error NOT IN ('', 'null'), key), (created, id), is_case) AS root,
  avgMap({scores}) AS scores,
  sumMapIf(metrics_x, {task}) AS custom,
  tuple({metrics}) AS metrics,
  sumIf(metrics_x['tokens'], NOT {task}) AS scoring_tokens,
  sumIf(metrics_x['estimated_cost'], NOT {task}) AS scoring_cost
FROM (
  SELECT id, root_span_id, created, is_root, _deleted, type, purpose, scores, metrics_x, error,
    is_root AND type != 'log' AS is_case, if(is_case, {key}, '') AS key
  FROM spans
  WHERE project_id = {project} AND object_id = {object}
  ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
)
WHERE _deleted = 0
GROUP BY root_span_id
HAVING countIf(is_case) > 0
ORDER BY min(created), root_span_id
"""

_PAYLOAD_SQL = """
SELECT id, input, expected, output, error, tags, metadata, origin
FROM spans
WHERE project_id = {project} AND object_id = {object} AND id IN ({ids})
ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
"""

_KNOWN = frozenset({*TRACE_METRICS, "cached", "reused", "throttled"})
_KEY_COLUMNS = frozenset({"id", "input", "output", "expected", "metadata", "origin", "span_attributes"})


class ObjectAddress(Protocol):
    """Where the rows of an object are; `engines.authz.ObjectRef` is one."""

    @property
    def project_id(self) -> str: ...

    @property
    def object_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CaseTable:
    """The cases of one experiment, one position per trace, ordered by start of the trace and its id.

    `keys` are hashes of the comparison key; traces with one key are trials of a case. Values are NaN where a
    trace has none. `nulls` counts traces whose score was given as null. `scoring_tokens` and `scoring_cost`
    are sums over the whole experiment.
    """

    row_ids: list[str]
    root_span_ids: list[str]
    keys: list[str]
    failed: NDArray[np.bool_]
    scores: dict[str, Floats]
    nulls: dict[str, int]
    metrics: dict[str, Floats]
    scoring_tokens: float
    scoring_cost: float

    def __len__(self) -> int:
        return len(self.row_ids)

    def sample(self, values: Floats, codes: Mapping[str, int]) -> Sample:
        """The values that exist, each with the code of its case."""
        present = ~np.isnan(values)
        cases = np.fromiter((codes[key] for key in self.keys), np.int64, len(self.keys))
        return Sample(cases[present], values[present])


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Where in the root row the comparison key is: a column and keys into its JSON."""

    column: str
    path: tuple[str, ...] = ()

    @classmethod
    def parse(cls, expression: str) -> KeyPath | None:
        """Read `input` or `metadata.customer.id`; None for anything more complicated."""
        column, *path = expression.strip().split(".")
        plain = all(part and all(c.isalnum() or c in "_-" for c in part) for part in path)
        return cls(column, tuple(path)) if column in _KEY_COLUMNS and plain else None


INPUT = KeyPath("input")
"""The comparison key of a project that has not set one."""


def load_cases(spans: SpanStore, ref: ObjectAddress, key: KeyPath = INPUT) -> CaseTable:
    """Read all cases of an experiment. Blocks; call it from a thread, after the ingest barrier."""
    sql = _CASES_SQL.format(
        scores=_SCORES,
        task=_TASK,
        metrics=", ".join(TRACE_METRICS[name] for name in METRICS),
        key=key.column,
        project=quote(ref.project_id),
        object=quote(ref.object_id),
    )
    return _table(spans.query(sql, limits=LIMITS), key.path if key.column != "id" else None)


def load_payloads(spans: SpanStore, ref: ObjectAddress, row_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Root rows by id: input, expected, output, error, tags, metadata, origin; JSON columns stay raw text."""
    if not row_ids:
        return {}
    sql = _PAYLOAD_SQL.format(
        project=quote(ref.project_id), object=quote(ref.object_id), ids=", ".join(map(quote, row_ids))
    )
    result = spans.query(sql, limits=LIMITS)
    return {row[0]: dict(zip(result.columns, row, strict=True)) for row in result.rows}


def canonical_key(text: str, path: Sequence[str] | None) -> str | None:
    """Hash of a key's canonical JSON (sorted, no blanks, 1.0 written 1); None when there is no key.

    `path` None means that `text` is the key itself and not JSON.
    """
    if path is None:
        return _hash(text.encode()) if text else None
    if not text:
        return None
    value = _decoder.decode(text)
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None else _hash(msgspec.json.encode(value, order="sorted"))


def _hash(data: bytes) -> str:
    return xxhash.xxh3_128_hexdigest(data)


def _plain_number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


_decoder = msgspec.json.Decoder(float_hook=_plain_number)


def _table(result: QueryResult, path: Sequence[str] | None) -> CaseTable:
    columns = dict(zip(result.columns, zip(*result.rows, strict=True), strict=True)) if result.rows else {}
    roots = columns.get("root", ())
    scores = columns.get("scores", ())
    metrics = dict(zip(METRICS, map(_column, zip(*columns.get("metrics", ()), strict=True)), strict=False))
    summed = _columns(columns.get("custom", ()))
    custom = {name: values for name, values in summed.items() if name not in _KNOWN}
    reused = ~np.isnan(summed.get("reused", np.full(len(roots), np.nan)))
    for values in (*metrics.values(), *custom.values()):
        values[reused] = np.nan  # an answer taken from an earlier run says nothing about what this one took
    return CaseTable(
        row_ids=[root[0] for root in roots],
        root_span_ids=list(columns.get("root_span_id", ())),
        # A root without a key must not pair with every other root without one.
        keys=[canonical_key(root[2], path) or f"row:{root[0]}" for root in roots],
        failed=np.array([bool(root[1]) for root in roots], dtype=np.bool_),
        scores=_columns(scores),
        nulls=_null_counts(scores),
        metrics={name: v for name, v in (metrics | custom).items() if not np.isnan(v).all()},
        scoring_tokens=math.fsum(v or 0.0 for v in columns.get("scoring_tokens", ())),
        scoring_cost=math.fsum(v or 0.0 for v in columns.get("scoring_cost", ())),
    )


def _columns(maps: Sequence[Mapping[str, float | None]]) -> dict[str, Floats]:
    names = sorted({name for found in maps for name in found})
    return {name: _column([found.get(name) for found in maps]) for name in names}


def _column(values: Sequence[float | None]) -> Floats:
    column = np.array(values, dtype=np.float64)  # None becomes NaN
    column[~np.isfinite(column)] = np.nan
    return column


def _null_counts(maps: Sequence[Mapping[str, float | None]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for found in maps:
        for name, value in found.items():
            counts[name] = counts.get(name, 0) + (value is None)
    return counts
