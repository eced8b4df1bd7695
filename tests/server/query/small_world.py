"""The fixed data of the query tests: two tenants, nested traces, mixed types, nulls, Unicode, versions, deletes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assay.core.ids import xact_from_parts
from assay_server.engines.ingest.rows import extra_fields
from assay_server.engines.ingest.state import RowState, apply_write, encode_line
from tests.support.stores import writes

ALPHA = "11111111-1111-4111-8111-111111111111"
BETA = "22222222-2222-4222-8222-222222222222"
EXPERIMENT_1 = "e1000000-0000-4000-8000-000000000001"
EXPERIMENT_2 = "e2000000-0000-4000-8000-000000000002"
DATASET = "d1000000-0000-4000-8000-000000000001"
PLAYGROUND = "b1000000-0000-4000-8000-000000000001"
SECRET = "TENANTBSECRET"
START = 1_772_359_200  # 2026-03-01T10:00:00Z

Row = dict[str, Any]
Step = tuple[int, str, str, str, list[Row]]
"""(transaction seconds after START, project, object type, object id, rows)."""


def version(seconds: int) -> int:
    """The transaction id of the write that happened `seconds` after START."""
    return xact_from_parts(START + seconds, 0)


def at(minutes: float) -> str:
    """ISO time, minutes after START."""
    whole = START + minutes * 60
    days, rest = divmod(whole - START + 10 * 3600, 86400)
    hours, rest = divmod(rest, 3600)
    return f"2026-03-{1 + int(days):02d}T{int(hours):02d}:{int(rest // 60):02d}:{rest % 60:06.3f}Z"


def span(name: str, root: str, minutes: float, parent: str | None = None, **fields: Any) -> Row:
    """One span row; span_id is `s-<id>`, the trace `t-<root id>`."""
    parents = {"span_parents": [f"s-{parent}"]} if parent else {}
    return {
        "id": name,
        "span_id": f"s-{name}",
        "root_span_id": f"t-{root}",
        "created": at(minutes),
        **parents,
        **fields,
    }


def attributes(name: str, kind: str, **more: Any) -> Row:
    """span_attributes."""
    return {"span_attributes": {"name": name, "type": kind, **more}}


def timing(start: float, seconds: float, **more: Any) -> Row:
    """metrics of a span that began `start` seconds after START."""
    return {"metrics": {"start": START + start, "end": START + start + seconds, **more}}


def jazz_trace() -> list[Row]:
    """A good trace: root, model call, scorer."""
    messages = [{"role": "user", "content": "Play some jazz"}, {"role": "assistant", "content": "Sure"}]
    user = {"id": 7, "name": "Zoë"}
    metadata = {
        "tier": "pro",
        "model": "m-large",
        "user": user,
        "n": 1,
        "a.b": "dotted",
        "langs": ["en", "fr"],
        "ok": True,
    }
    return [
        span("r1", "r1", 0, **attributes("chat", "task"), input={"messages": messages}, output="Here is jazz",
             metadata=metadata, tags=["prod", "eu"], **timing(0, 2.5)),
        span("r1a", "r1", 0.01, "r1", **attributes("complete", "llm"), input=messages, output={"text": "Sure", "n": 3},
             metadata={"model": "m-large", "n": 3},
             **timing(0.5, 1.0, tokens=120, prompt_tokens=100, completion_tokens=20, estimated_cost=0.002,
                      time_to_first_token=0.25)),
        span("r1b", "r1", 0.02, "r1", **attributes("Variety", "score", purpose="scorer"), scores={"Variety": 0.8},
             output={"score": 0.8}, **timing(1.6, 0.5, tokens=30)),
    ]  # fmt: skip


def failing_trace() -> list[Row]:
    """An error, a null score, a score name with a space."""
    return [
        span("r2", "r2", 5, **attributes("chat", "task"), input={"messages": [{"role": "user", "content": "Fail"}]},
             error="ValueError: boom\n\nquokka trace", metadata={"tier": "free", "model": "m-small", "n": 2.5},
             tags=["prod"], **timing(300, 4.0)),
        span("r2a", "r2", 5.01, "r2", **attributes("search_songs", "tool"), input="q=\"rock\" 50%_off", error="timeout",
             metadata={"n": "1"}, **timing(301, 0.5)),
        span("r2b", "r2", 5.02, "r2", **attributes("Variety", "score", purpose="scorer"),
             scores={"Variety": None, "Playlist Length": 1}, **timing(302, 0.5)),
    ]  # fmt: skip


def odd_traces() -> list[Row]:
    """Values of every type in the same places, Unicode, facets, origin, fields of the user's own."""
    origin = {"object_type": "dataset", "object_id": DATASET, "id": "d-a"}
    return [
        span("r3", "r3", 60, **attributes("chat", "task"), input="plain input with café", output=42,
             metadata={"n": "1", "tier": None, "user": "anonymous"}, facets={"Task": "play", "Mood": "no_match"},
             classifications={"Task": [{"id": "play", "confidence": 0.9}]}, origin=origin, **timing(3600, 1.0)),
        span("r4", "r4", 1380, **attributes("batch", "task"), input={"q": "日本語 テスト", "k": [1, 2, 3]}, output=None,
             expected={"a": [1, 2], "b": "x"}, metadata={"n": 10, "tier": "pro", "flag": True, "empty": {}, "deep": {"x": {"y": "z"}}},
             **timing(82800, 8.0)),
        span("r4a", "r4", 1380.01, "r4", **attributes("complete", "llm"), input=[], output="", error=None,
             metadata={"n": False, "model": "m-large"}, scores={"Variety": 0.4},
             **timing(82801, 2.0, tokens=300, prompt_tokens=200, completion_tokens=100, estimated_cost=0.01)),
        span("r6", "r6", 1500, **attributes("log line", "log"), output={"html": "<b>\"quoted\" \\ back</b>"},
             my_field={"kept": 1}, _async_scoring_state={"triggered_functions": {"global:facet:Task": {"attempts": 2}}}),
    ]  # fmt: skip


def cases(experiment: int) -> list[Row]:
    """Evaluation rows: a root with input, output, expected, and a scorer below it."""
    rows: list[Row] = []
    for number in range(1, 4):
        name, score = f"x{experiment}{number}", round(0.25 * number + 0.1 * experiment, 2)
        given = {"metadata": {"facet_name": "issues" if number < 3 else "mood", "split": "train", "dataset_row_id": f"d-{number}"},
                 "expected": number, "output": {"score": score}}  # fmt: skip
        rows.append(
            span(name, name, number, **attributes("eval", "eval"), input={"q": number}, output=number * 10,
                 expected=number * 10 if number != 2 else 0, **timing(number, 0.5 * number))
        )  # fmt: skip
        rows.append(
            span(f"{name}s", name, number + 0.01, name, **attributes("Factuality", "score", purpose="scorer"),
                 input=given, output={"score": score}, scores={"Factuality": score, "binary_decision_match": number % 2})
        )  # fmt: skip
    return rows


def record(name: str, minutes: float, **fields: Any) -> Row:
    """One dataset row."""
    return {"id": name, "created": at(minutes), **fields}


def steps() -> list[Step]:
    """Every write, in order."""
    logs = (ALPHA, "project_logs", ALPHA)
    dataset = (ALPHA, "dataset", DATASET)
    first = [record(f"d-{name}", i, input={"q": name}, expected=name.upper()) for i, name in enumerate("abc")]
    return [
        (1, *logs, jazz_trace()),
        (2, *logs, failing_trace()),
        (3, *logs, [*odd_traces(), span("r5", "r5", 70, input="deleted later", metadata={"tier": "pro"})]),
        (4, *logs, [{"id": "r2", "_is_merge": True, "metadata": {"reviewed": True}, "tags": ["triaged"]},
                    {"id": "r5", "_object_delete": True}]),
        (10, *dataset, first),
        (20, *dataset, [record("d-b", 1, input={"q": "b"}, expected="B2", metadata={"fixed": True})]),
        (30, *dataset, [{"id": "d-c", "_object_delete": True}, record("d-d", 3, input={"q": "d"}, expected="D")]),
        (40, ALPHA, "experiment", EXPERIMENT_1, cases(1)),
        (41, ALPHA, "experiment", EXPERIMENT_2, cases(2)),
        (42, ALPHA, "experiment", EXPERIMENT_1, [{"id": "x11s", "_is_merge": True, "scores": {"Factuality": 0.95}}]),
        (50, ALPHA, "playground_logs", PLAYGROUND, [span("p1", "p1", 9, input="try", output="tried")]),
        (60, BETA, "project_logs", BETA, [
            span("b1", "b1", 2, **attributes(SECRET, "task"), input=f"{SECRET} jazz", output={"note": SECRET},
                 metadata={"tier": SECRET, "model": SECRET}, tags=[SECRET], scores={"Variety": 0.123})]),
    ]  # fmt: skip


def lines() -> Iterator[bytes]:
    """The physical rows that ingest would have written, every version of each."""
    states: dict[tuple[str, str], RowState | None] = {}
    for seconds, project, kind, obj, rows in steps():
        made = writes(*rows, project=project, kind=kind, obj=obj)
        for seq, (row, write) in enumerate(zip(rows, made, strict=True)):
            extra = json.loads(extra_fields(json.dumps(row).encode(), replaces=True) or b"{}")
            extra |= {name: row[name] for name in row if name == "_async_scoring_state"}
            if extra:
                write.fields["extra"] = json.dumps(extra).encode()
            write.author = "u1/k1"
            key = (obj, write.id)
            states[key] = apply_write(states.get(key), write, None, version(seconds), seq)
            state = states[key]
            assert state is not None
            yield encode_line(state, price)


def price(model: str, metrics: Mapping[str, float]) -> dict[str, float] | None:
    """Parts of the cost of a call, dollars: 10 a million prompt tokens, 30 a million of the completion."""
    if model != "m-large":
        return None
    cached = metrics.get("prompt_cached_tokens", 0)
    completion, reasoning = (
        metrics.get(f"completion_{name}", 0) * 30e-6 for name in ("tokens", "reasoning_tokens")
    )
    fresh = metrics.get("prompt_tokens", 0) - cached
    return {
        "prompt": fresh * 10e-6,
        "cached": cached * 1e-6,
        "creation": 0.0,
        "completion": completion,
        "reasoning": reasoning,
    }
