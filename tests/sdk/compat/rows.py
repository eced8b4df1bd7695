"""What two SDKs stored, made comparable: everything but ids, times, places in files and documented differences."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from tests.support.servers import ServerProcess

Row = dict[str, Any]

OBJECTS = ("experiment", "dataset")
IDENTITIES = frozenset(
    (
        "id", "span_id", "root_span_id", "project_id", "experiment_id", "dataset_id", "org_id",
        "_xact_id", "_pagination_key", "created",
    )
)  # fmt: skip
MOMENTS = frozenset(("start", "end", "time_to_first_token"))
"""Metrics that differ from run to run; that they are there is compared."""
CALLER = frozenset(("caller_functionname", "caller_filename", "caller_lineno"))
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")


def stored(server: ServerProcess, project: str) -> dict[str, list[Row]]:
    """Every row of a project, by object, in an order that does not depend on ids."""
    found = {"logs": _rows(server, f"project_logs('{project}')")}
    for kind in OBJECTS:
        for item in server.request("GET", f"/v1/{kind}?project_name={project}")["objects"]:
            found[f"{kind} {item['name']}"] = _rows(server, f"{kind}('{item['id']}')")
    return found


def _rows(server: ServerProcess, source: str) -> list[Row]:
    rows = server.sql(f"SELECT * FROM {source} LIMIT 1000")
    names = {row["span_id"]: str((row["span_attributes"] or {}).get("name")) for row in rows}
    roots = {row["root_span_id"]: names[row["span_id"]] for row in rows if row["is_root"]}
    comparable = [_comparable(row, names, roots) for row in rows]
    return sorted(comparable, key=lambda row: json.dumps(row, sort_keys=True))


def _comparable(row: Row, names: dict[str, str], roots: dict[str, str]) -> Row:
    kept = {key: value for key, value in row.items() if key not in IDENTITIES}
    kept["span_parents"] = [names.get(parent, "elsewhere") for parent in row["span_parents"] or ()]
    kept["root"] = roots.get(row["root_span_id"], "elsewhere")
    # Scorers run in any order; only ours name what an answer can be found by.
    kept["span_attributes"] = _without(row["span_attributes"], "exec_counter", "cell")
    kept["metrics"] = _replaced(row["metrics"], MOMENTS, "moment")
    # The published SDK also names itself there, in span_origin.
    kept["context"] = _without(_replaced(row["context"], CALLER, "place"), "span_origin")
    kept["error"] = _last_line(row["error"])
    kept["origin"] = _replaced(row["origin"], frozenset(("object_id", "id", "_xact_id", "created")), "given")
    kept["comments"] = [[item.get("comment"), item.get("source")] for item in row["comments"] or ()]
    kept["audit_data"] = [[item.get("source"), item.get("metadata")] for item in row.get("audit_data") or ()]
    _leave_differences_out(kept)
    plain = cast("Row", _plain(json.loads(_UUID.sub("some id", json.dumps(kept)))))
    return {key: value for key, value in plain.items() if value not in (None, {}, [])}


def _leave_differences_out(row: Row) -> None:
    """The differences that docs/tracing.md lists."""
    metadata, attributes = row["metadata"] or {}, row["span_attributes"]
    if isinstance(row["input"], dict):
        row["input"].pop("self", None)
    for name, text in (metadata.get("scorer_errors") or {}).items():
        metadata["scorer_errors"][name] = _last_line(text)
    if attributes.get("type") in ("eval", "task") and row["error"]:
        row["input"] = row["metadata"] = None
    if attributes.get("type") == "llm" and "provider" in metadata:
        row["metadata"] = _without(metadata, "provider", "system_fingerprint")
        row["error"] = None
        row["output"] = _without_nulls(row["output"])
        if not metadata.get("stream"):
            row["metrics"].pop("time_to_first_token", None)


def _without(value: dict[str, Any] | None, *keys: str) -> dict[str, Any]:
    return {key: item for key, item in (value or {}).items() if key not in keys}


def _replaced(value: dict[str, Any] | None, keys: frozenset[str], by: str) -> dict[str, Any]:
    return {key: by if key in keys else item for key, item in (value or {}).items()}


def _last_line(error: Any) -> Any:
    """Tracebacks name files of the SDK; what went wrong is in their last line."""
    return error.strip().splitlines()[-1] if isinstance(error, str) else error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return {
            key: _without_nulls(item) for key, item in named.items() if item is not None and key != "count"
        }
    return [_without_nulls(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """Numbers of one kind, so that 0 and 0.0 sort alike; empty objects left out."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items() if item != {}}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
