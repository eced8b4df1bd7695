"""The span schema as queries see it: logical columns, their kinds, and where each lives in the `spans` table."""

from __future__ import annotations

from dataclasses import dataclass

from assay_server.engines.query.types import Kind

PAGINATION_KEY = "bitOr(bitShiftLeft(bitAnd(_xact_id, 281474976710655), 16), least(_seq, 65535))"
"""Orders rows by (seconds, counter, position in the transaction); 64 bits."""

SEARCHED_TEXT = (
    "lower(concat(input, ' ', output, ' ', expected, ' ', error, ' ', metadata, ' ', "
    "arrayStringConcat(tags, ' '), ' ', name))"
)
"""The expression of the text index; a predicate must repeat it to the letter to use the index."""

SEARCHED_COLUMNS = ("input", "output", "expected", "error", "metadata", "tags")
"""What `search` looks into besides the name of the span."""


@dataclass(frozen=True, slots=True)
class SpanColumn:
    """One logical column: its kind, its ClickHouse expression, and the physical columns that expression reads."""

    kind: Kind
    sql: str
    reads: tuple[str, ...]


def _plain(kind: Kind, *names: str) -> dict[str, SpanColumn]:
    return {name: SpanColumn(kind, name, (name,)) for name in names}


SPAN_COLUMNS: dict[str, SpanColumn] = {
    **_plain(Kind.TEXT, "id", "span_id", "root_span_id"),
    **_plain(Kind.LIST, "span_parents"),
    **_plain(Kind.BOOL, "is_root"),
    **_plain(Kind.TIME, "created"),
    **_plain(Kind.XACT, "_xact_id"),
    "_pagination_key": SpanColumn(Kind.PAGE, PAGINATION_KEY, ("_xact_id", "_seq")),
    **_plain(Kind.TEXT, "project_id"),
    **_plain(
        Kind.JSON, "input", "output", "expected", "error", "scores", "metadata", "metrics", "span_attributes"
    ),
    **_plain(Kind.LIST, "tags"),
    **_plain(Kind.JSON, "context", "origin", "classifications", "facets", "comments"),
    **_plain(Kind.TEXT, "object_type", "object_id"),
    **_plain(Kind.JSON, "extra"),
}
"""Columns a query may name, `object_type`, `object_id` and `extra` beyond the row model."""

ROW_COLUMNS = tuple(name for name in SPAN_COLUMNS if name not in ("object_type", "object_id", "extra"))
"""What `SELECT *` returns before the owner columns."""

EXTRA_FIELDS = frozenset({"_async_scoring_state", "audit_data", "root_span_attributes"})
"""Fields that are not columns but may be named at the top level: they are looked up in `extra`."""

OBJECT_COLUMNS = frozenset(
    {"scores", "metadata", "metrics", "span_attributes", "context", "origin", "classifications", "facets"}
)
"""JSON columns that hold an object and nothing else."""

OWNER_COLUMN = {
    "experiment": "experiment_id",
    "dataset": "dataset_id",
    "playground_logs": "prompt_session_id",
}
"""Name under which rows of an object type carry their `object_id`."""

LOG_ID = {"project_logs": "g", "playground_logs": "x"}
"""Value of `log_id` for the object types that have one."""

ATTRIBUTE_COLUMNS = ("name", "type", "purpose")
"""Members of span_attributes that are columns of their own ('' = absent)."""

NUMBER_MAPS = {"scores": "scores_x", "metrics": "metrics_x"}
"""JSON objects of numbers and the map that indexes each."""

FUNCTION_COLUMNS: dict[str, Kind] = {
    **dict.fromkeys(
        ("id", "project_id", "org_id", "log_id", "name", "slug", "description", "function_type", "user_id"),
        Kind.TEXT,
    ),
    "_xact_id": Kind.XACT,
    "_pagination_key": Kind.PAGE,
    "created": Kind.TIME,
    **dict.fromkeys(
        (
            "prompt_data",
            "function_data",
            "function_schema",
            "metadata",
            "origin",
            "audit_data",
            "span_attributes",
        ),
        Kind.JSON,
    ),
    "tags": Kind.LIST,
}
"""Columns of stored prompts and functions."""

VIEW_COLUMNS: dict[str, Kind] = {
    **dict.fromkeys(("id", "org_id", "object_type", "object_id", "view_type", "name", "user_id"), Kind.TEXT),
    "created": Kind.TIME,
    **dict.fromkeys(("view_data", "options"), Kind.JSON),
}
"""Columns of stored views."""

OFFERED_SOURCES = ("project_logs", "experiment", "dataset")
SPAN_SOURCES = (*OFFERED_SOURCES, "playground_logs")
"""Sources of spans. There are no playgrounds yet: whoever asks for their logs is told so, and nobody is led there."""

FUNCTION_SOURCES = (
    "project_functions", "project_prompts", "org_functions", "org_prompts", "function", "prompt",
)  # fmt: skip
"""All of a project, all of the organization, or those that are named."""

LISTED_SOURCES = {**dict.fromkeys(FUNCTION_SOURCES, FUNCTION_COLUMNS), "view": VIEW_COLUMNS}
"""Sources whose rows come from the catalog, and the columns of each."""

EMPTY_SOURCES = ("prompt_session",)
NOTES = (
    "arrayConcat(JSONExtractArrayRaw(extra, 'audit_data'), "
    """arrayMap(e -> concat('{"action":"comment",', substring(e, 2)), JSONExtractArrayRaw(comments)))"""
)
"""What is noted of the changes of a row, each as JSON text; see `engines/ingest/notes.py`."""

CHANGES = (
    f"arrayConcat({NOTES}, if(has(arrayMap(e -> JSONExtractString(e, '_xact_id'), {NOTES}), toString(_xact_id)), "
    """emptyArrayString(), [concat('{"action":"', if(_deleted, 'delete', 'upsert'), '","_xact_id":"', """
    """toString(_xact_id), '","author":', toJSONString(toString(author)), '}')]))"""
)
"""Every change of a row of logs that is known: what is noted, and its newest write."""

VERSIONED = frozenset({"experiment", "dataset"})
"""Object types whose every row version stays readable."""
