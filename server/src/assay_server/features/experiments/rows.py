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
from assay_server.ports.spans import Limits, SpanStore, StoreUnavailable

Floats = NDArray[np.float64]

LIMITS = Limits(seconds=60, threads=2)
"""Bounds of the case query; 10,000 cases of four spans take about 0.2 s."""

_SCORES = "JSONExtract(scores, 'Map(LowCardinality(String), Nullable(Float64))')"

_TASK = "purpose != 'scorer'"

METRICS = tuple(name for name in TRACE_METRICS if name not in ("start", "end", "tokens", "spans"))
"""Metrics every trace has by the definition queries use, so that SQL and verdicts cannot disagree."""

# The String column is read for scores and not scores_x: only the text keeps an explicit null.
_CASES_SQL = """
SELECT root_span_id, root.1 AS row_id, root.2 AS failed, root.3 AS key_text, root.4 AS cluster_text,
  root.5 AS slice_text, scores, custom, {names}, reused, scoring_tokens, scoring_cost
FROM (
  SELECT root_span_id, min(created) AS began,
    argMinIf((id, error NOT IN ('', 'null'), key, cluster, slice), (created, id), is_case) AS root,
    avgMap({scores}) AS scores,
    sumMapIf(mapFilter((name, number) -> name NOT IN ({known}), metrics_x), {task}) AS custom,
    {metrics},
    countIf(isNotNull(metrics_x['reused']) AND {task}) > 0 AS reused,
    sumIf(metrics_x['tokens'], NOT {task}) AS scoring_tokens,
    sumIf(metrics_x['estimated_cost'], NOT {task}) AS scoring_cost
  FROM (
    SELECT id, root_span_id, created, is_root, _deleted, type, purpose, scores, metrics_x, error,
      is_root AND type != 'log' AS is_case, if(is_case, {key}, '') AS key,
      if(is_case, {cluster}, '') AS cluster, if(is_case, {slice}, '') AS slice
    FROM spans
    WHERE project_id = {project} AND object_id = {object}
    ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
  )
  WHERE _deleted = 0
  GROUP BY root_span_id
  HAVING countIf(is_case) > 0
)
ORDER BY began, root_span_id
"""

_PAYLOAD_SQL = """
SELECT id, input, expected, output, error, tags, metadata, origin
FROM (
  SELECT *, sum(size) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM (
    SELECT id, input, expected, output, error, tags, metadata, origin, indexOf([{ids}], id) AS place,
      length(input) + length(expected) + length(output) + length(error) + length(metadata) AS size
    FROM spans
    WHERE project_id = {project} AND object_id = {object} AND id IN ({ids})
    ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
  )
)
WHERE before < {budget}
"""

# What scorers say about themselves; a span with several scores keeps the metadata of each under its name. Only rows of
# which some version says anything are sorted: often there are none.
_SCORERS_SQL = """
SELECT score, groupUniqArray(32)(version) AS versions, groupUniqArray(32)(model) AS models
FROM (
  SELECT arrayJoin(mapKeys(scores_x)) AS score,
    if(JSONHas(metadata, score), JSONExtractRaw(metadata, score), metadata) AS said,
    JSONExtractString(said, 'scorer_version') AS version, JSONExtractString(said, 'model') AS model
  FROM (
    SELECT id, purpose, scores_x, metadata, _deleted
    FROM spans
    WHERE project_id = {project} AND object_id = {object} AND id IN (
      SELECT id FROM spans
      WHERE project_id = {project} AND object_id = {object} AND purpose = 'scorer' AND metadata NOT IN ('', 'null')
    )
    ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
  )
  WHERE _deleted = 0 AND purpose = 'scorer' AND metadata NOT IN ('', 'null')
)
GROUP BY score
"""

# Spans of one score in one trace: a judge that was asked more than once.
_REPEATS_SQL = """
SELECT root_span_id, score.1 AS name, count() AS times, varSamp(score.2) AS variance
FROM (
  SELECT root_span_id, arrayJoin(CAST(scores_x, 'Array(Tuple(String, Nullable(Float64)))')) AS score, _deleted
  FROM (
    SELECT id, root_span_id, scores_x, _deleted
    FROM spans
    WHERE project_id = {project} AND object_id = {object}
    ORDER BY _xact_id DESC, _seq DESC LIMIT 1 BY id
  )
  WHERE _deleted = 0
)
WHERE isNotNull(score.2)
GROUP BY root_span_id, name
HAVING times > 1
"""

NO_KEY = "row:"
"""How the key of a case without one begins; its row id follows."""

_KNOWN = sorted({*TRACE_METRICS, "cached", "reused", "throttled"})
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
    trace has none. `nulls` marks, by score, the traces whose score was given as null. `scoring_tokens` and
    `scoring_cost` are sums over the whole experiment. `clusters` and `slices` hold what was asked for: the name
    of its cluster per trace, a trace without one being a cluster of its own, and the names of the slices it is in.
    """

    row_ids: list[str]
    root_span_ids: list[str]
    keys: list[str]
    failed: NDArray[np.bool_]
    scores: dict[str, Floats]
    nulls: dict[str, NDArray[np.bool_]]
    metrics: dict[str, Floats]
    scoring_tokens: float
    scoring_cost: float
    clusters: list[str] | None = None
    slices: list[tuple[str, ...]] | None = None

    def __len__(self) -> int:
        return len(self.row_ids)

    def cluster_of(self, row: int) -> str | None:
        """The name of a trace's cluster; None for one of its own."""
        name = self.clusters[row] if self.clusters else NO_KEY
        return None if name.startswith(NO_KEY) else name


@dataclass(frozen=True, slots=True)
class Scorer:
    """What judged a score: versions of its code and models it asked, as its spans say; empty when they do not."""

    versions: frozenset[str]
    models: frozenset[str]


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

    def __str__(self) -> str:
        return ".".join((self.column, *self.path))

    def sql(self) -> str:
        """The JSON text at this place of a span, '' where there is nothing (the plain text of an id)."""
        if self.column == "tags":
            return "toJSONString(tags)"
        if not self.path:
            return self.column
        return f"JSONExtractRaw({self.column}, {', '.join(map(quote, self.path))})"


INPUT = KeyPath("input")
"""The comparison key of a project that has not set one."""

TAGS = KeyPath("tags")
"""Slices by tag: a case with several is in several slices. It pairs and clusters nothing."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Where in the root rows to look: what pairs cases, what clusters them, what slices them."""

    case: KeyPath = INPUT
    cluster: KeyPath | None = None
    slice: KeyPath | None = None


def load_cases(spans: SpanStore, ref: ObjectAddress, keys: Keys = Keys()) -> CaseTable:
    """Read all cases of an experiment. Blocks; call it from a thread, after the ingest barrier."""
    sql = _CASES_SQL.format(
        scores=_SCORES,
        task=_TASK,
        known=", ".join(map(quote, _KNOWN)),
        names=", ".join(f"trace_{name}" for name in METRICS),
        metrics=", ".join(f"{TRACE_METRICS[name]} AS trace_{name}" for name in METRICS),
        key=keys.case.column,
        cluster=keys.cluster.sql() if keys.cluster else "''",
        slice=keys.slice.sql() if keys.slice else "''",
        project=quote(ref.project_id),
        object=quote(ref.object_id),
    )
    return _table(_read_columns(spans, sql), keys)


def _read_columns(spans: SpanStore, sql: str) -> dict[str, list[Any]]:
    """The result of a query by column: JSON that is read at once costs a third of what rows of tuples do."""
    text = b"".join(spans.stream(sql, "JSONColumns", limits=LIMITS))
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise StoreUnavailable("the span store broke off in the middle of its answer; retry") from error


def load_scorers(spans: SpanStore, ref: ObjectAddress) -> dict[str, Scorer]:
    """By score: what the spans of its scorers say about them."""
    sql = _SCORERS_SQL.format(project=quote(ref.project_id), object=quote(ref.object_id))
    return {
        score: Scorer(frozenset(versions) - {""}, frozenset(models) - {""})
        for score, versions, models in spans.query(sql, limits=LIMITS).rows
    }


def load_repeats(spans: SpanStore, ref: ObjectAddress) -> dict[str, dict[str, tuple[int, float]]]:
    """By score and trace, where it was given more than once: how often, and the variance (n − 1) of the values."""
    sql = _REPEATS_SQL.format(project=quote(ref.project_id), object=quote(ref.object_id))
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for root_span_id, score, times, variance in spans.query(sql, limits=LIMITS).rows:
        found.setdefault(score, {})[root_span_id] = (int(times), float(variance))
    return found


def load_payloads(
    spans: SpanStore, ref: ObjectAddress, row_ids: Sequence[str], *, budget: int = 1 << 40
) -> dict[str, dict[str, Any]]:
    """Root rows by id: input, expected, output, error, tags, metadata, origin; JSON columns stay raw text.

    Rows that come, in the order of `row_ids`, after more than `budget` bytes are left out; the first never is.
    """
    if not row_ids:
        return {}
    sql = _PAYLOAD_SQL.format(
        project=quote(ref.project_id),
        object=quote(ref.object_id),
        ids=", ".join(map(quote, row_ids)),
        budget=budget,
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


def _table(columns: Mapping[str, list[Any]], keys: Keys) -> CaseTable:
    path = keys.case.path if keys.case.column != "id" else None
    row_ids, texts, scores = columns["row_id"], columns["key_text"], columns["scores"]
    hashed = {text: canonical_key(text, path) for text in set(texts)}
    metrics = {name: _column(columns[f"trace_{name}"]) for name in METRICS} | _columns(columns["custom"])
    reused = np.array(columns["reused"], dtype=np.bool_)
    for values in metrics.values():
        values[reused] = np.nan  # an answer taken from an earlier run says nothing about what this one took
    return CaseTable(
        row_ids=row_ids,
        root_span_ids=columns["root_span_id"],
        # A root without a key must not pair with every other root without one.
        keys=[hashed[text] or NO_KEY + row_id for text, row_id in zip(texts, row_ids, strict=True)],
        failed=np.array(columns["failed"], dtype=np.bool_),
        scores=_columns(scores),
        nulls=_nulls(scores),
        metrics={name: values for name, values in metrics.items() if not np.isnan(values).all()},
        scoring_tokens=math.fsum(value or 0.0 for value in columns["scoring_tokens"]),
        scoring_cost=math.fsum(value or 0.0 for value in columns["scoring_cost"]),
        clusters=_clusters(columns) if keys.cluster else None,
        slices=[_slices(text, keys.slice) for text in columns["slice_text"]] if keys.slice else None,
    )


def _clusters(columns: Mapping[str, list[Any]]) -> list[str]:
    """The cluster of each trace; one without is a cluster of its own."""
    return [
        _label(text) or NO_KEY + row_id
        for text, row_id in zip(columns["cluster_text"], columns["row_id"], strict=True)
    ]


def _columns(maps: Sequence[Mapping[str, float | None]]) -> dict[str, Floats]:
    names = sorted({name for found in maps for name in found})
    return {name: _column([found.get(name) for found in maps]) for name in names}


def _column(values: Sequence[float | None]) -> Floats:
    column = np.array(values, dtype=np.float64)  # None becomes NaN
    column[~np.isfinite(column)] = np.nan
    return column


def _nulls(maps: Sequence[Mapping[str, float | None]]) -> dict[str, NDArray[np.bool_]]:
    names = {name for found in maps for name, value in found.items() if value is None}
    return {
        name: np.fromiter((name in found and found[name] is None for found in maps), np.bool_, len(maps))
        for name in sorted(names)
    }


def _slices(text: str, key: KeyPath) -> tuple[str, ...]:
    if key == TAGS:
        return tuple(dict.fromkeys(_decoder.decode(text))) if text else ()
    label = _label(text)
    return () if label is None else (label,)


def _label(text: str) -> str | None:
    """What a slice or cluster is called: a string as it is, other JSON as its text, None for nothing."""
    if text in ("", "null"):
        return None
    if not text.startswith('"'):
        return text
    return str(_decoder.decode(text)) or None
