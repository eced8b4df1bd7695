"""Checking a capsule: nothing changed since it was written, rows and columns agree, the numbers follow.

Checksums and the agreement of rows with the columns the statistics are made of need nothing but this package.
The statistics themselves are computed again by the code that made them: that of the server, when its wheel is
installed (`docs/design/011-capsule.md`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from assay.capsule.archive import REQUIRED, Capsule, CapsuleError

_CLOSE = 1e-9
"""Relative difference between the mean of a trace's scores here and in the store, which adds in another order."""

_MOST_NAMED = 20
"""Problems of one kind that are named; the rest is counted."""

MISSING_SERVER = (
    'the statistics were not computed again: that takes the server\'s code, `pip install "assay[server]"`'
)

Outcome = Literal["ok", "failed", "not checked"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check and what it found wrong."""

    name: str
    outcome: Outcome
    problems: list[str]


def verify(capsule: Capsule, *, digest: str | None = None) -> list[Step]:
    """All checks. `digest`: the one `save` printed, kept elsewhere; without it a rewritten manifest cannot show."""
    steps = [_step("members", check_members(capsule))]
    if digest is not None:
        wanted = digest.removeprefix("sha256:").lower()
        wrong = (
            []
            if wanted == capsule.digest
            else [f"the capsule's digest is {capsule.digest}, and {wanted} was asked for"]
        )
        steps.append(_step("digest", wrong))
    if any(name not in capsule.names for name in REQUIRED):
        return steps
    steps.append(_step("rows", check_rows(capsule)))
    steps.append(_check_statistics(capsule))
    return steps


def check_members(capsule: Capsule) -> list[str]:
    """Members that are missing, not listed, or not what the manifest says."""
    listed = cast("dict[str, dict[str, Any]]", capsule.manifest["files"])
    found = [f"{name} is missing" for name in [*listed, *REQUIRED] if name not in capsule.names]
    for name in capsule.names:
        if name not in listed:
            found.append(f"{name} is not listed in the manifest: it was added")
            continue
        try:
            actual = capsule.checksum(name)
        except CapsuleError as error:
            found.append(str(error))
            continue
        if actual != listed[name]["sha256"]:
            found.append(
                f"{name} was changed: its checksum is {actual}, the manifest says {listed[name]['sha256']}"
            )
    return list(dict.fromkeys(found))


def check_rows(capsule: Capsule) -> list[str]:
    """Where the spans and the columns that the statistics are made of tell different stories."""
    try:
        evidence, comparison = capsule.json("evidence.json"), capsule.json("comparison.json")
        traces = _Traces.of(capsule.rows("spans.jsonl"))
        named = [
            evidence["experiment"]["head"]["id"],
            comparison["experiment"]["id"],
            capsule.json("experiment.json")["id"],
        ]
        named.append(capsule.manifest["experiment"]["id"])
        problems = (
            []
            if len(set(named)) == 1
            else [f"it speaks of several experiments: {', '.join(map(str, named))}"]
        )
        problems += _compare_rows(evidence["experiment"]["table"], traces)
    except CapsuleError as error:
        return [str(error)]
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        return [f"the rows do not have the shape of a capsule: {type(error).__name__}: {error}"]
    return _some(problems)


@dataclass(slots=True)
class _Traces:
    """Of each trace: the ids of its root rows, whether one failed, and all values of each score."""

    roots: dict[str, dict[str, bool]]
    scores: dict[str, dict[str, list[float]]]

    @classmethod
    def of(cls, rows: Iterator[Any]) -> _Traces:
        found = cls({}, {})
        for row in rows:
            trace = str(row["root_span_id"])
            scores = found.scores.setdefault(trace, {})
            for name, value in cast("Row", row.get("scores") or {}).items():
                if value is not None:
                    scores.setdefault(name, []).append(float(value))
            kind = cast("Row", row.get("span_attributes") or {}).get("type")
            if row.get("is_root") and kind != "log":
                found.roots.setdefault(trace, {})[str(row["id"])] = row.get("error") is not None
        return found


def _compare_rows(table: Row, traces: _Traces) -> list[str]:
    trace_ids, row_ids = table["root_span_ids"], table["row_ids"]
    problems = [
        f"trace {trace} has spans and no place in the evidence"
        for trace in traces.roots.keys() - set(trace_ids)
    ]
    for at, (trace, row_id) in enumerate(zip(trace_ids, row_ids, strict=True)):
        roots = traces.roots.get(trace)
        if roots is None or row_id not in roots:
            problems.append(f"trace {trace} is in the evidence and its root row {row_id} is not in the spans")
            continue
        if roots[row_id] != table["failed"][at]:
            problems.append(f"trace {trace}: its row and the evidence disagree on whether it failed")
        problems += _compare_scores(
            trace, {name: column[at] for name, column in table["scores"].items()}, traces
        )
    return problems


def _compare_scores(trace: str, stated: Row, traces: _Traces) -> Iterator[str]:
    values = traces.scores[trace]
    for name in sorted(stated.keys() | values.keys()):
        here = math.fsum(values[name]) / len(values[name]) if name in values else None
        there = cast("float | None", stated.get(name))
        if here is None or there is None:
            same = here is there
        else:
            same = math.isclose(here, there, rel_tol=_CLOSE, abs_tol=_CLOSE)
        if not same:
            yield f"trace {trace}: {name} is {_shown(here)} in the spans and {_shown(there)} in the evidence"


def _check_statistics(capsule: Capsule) -> Step:
    """Compute the comparison again and hold it against the stated one, digit by digit."""
    name = "statistics"
    try:
        # The narrow door: one function, bytes in and bytes out.
        from assay_server.recompute import recompute  # pyright: ignore[reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        if error.name not in ("assay_server", "assay_server.recompute"):
            raise
        return Step(name=name, outcome="not checked", problems=[MISSING_SERVER])
    try:
        stated = capsule.json("comparison.json")
        again = json.loads(recompute(capsule.read("evidence.json")))
    except CapsuleError as error:
        return _step(name, [str(error)])
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        return _step(name, [f"nothing follows from the evidence: {error or type(error).__name__}"])
    return _step(name, _some(list(differences(stated, again))))


def differences(stated: Any, again: Any, where: str = "") -> Iterator[str]:
    """Where two JSON values differ, by path; members of lists are named by their `name` when they have one."""
    if isinstance(stated, dict) and isinstance(again, dict):
        ours, theirs = cast("Row", stated), cast("Row", again)
        for key in dict.fromkeys([*ours, *theirs]):
            path = f"{where}.{key}" if where else key
            if key not in ours or key not in theirs:
                yield f"{path} is only in what {'the evidence gives' if key in theirs else 'is stated'}"
            else:
                yield from differences(ours[key], theirs[key], path)
    elif isinstance(stated, list) and isinstance(again, list):
        left, right = cast("list[Any]", stated), cast("list[Any]", again)
        if len(left) != len(right):
            yield f"{where} has {len(left)} members where the evidence gives {len(right)}"
        for at, (one, other) in enumerate(zip(left, right, strict=False)):
            label = cast("Row", one).get("name", at) if isinstance(one, dict) else at
            yield from differences(one, other, f"{where}.{label}")
    elif stated != again or type(cast("object", stated)) is not type(cast("object", again)):
        yield f"{where} is stated as {_shown(stated)}, and the evidence gives {_shown(again)}"


def _step(name: str, problems: list[str]) -> Step:
    return Step(name=name, outcome="failed" if problems else "ok", problems=problems)


def _some(problems: list[str]) -> list[str]:
    if len(problems) <= _MOST_NAMED:
        return problems
    return [*problems[:_MOST_NAMED], f"… and {len(problems) - _MOST_NAMED} more"]


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else text[:99] + "…"
