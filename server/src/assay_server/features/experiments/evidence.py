"""What a comparison was computed from, as one JSON document, so that it can be computed again elsewhere.

Columns are arrays with one position per trace, in the order of `CaseTable`; a missing value is null. Numbers
are written with as many digits as identify them, so a comparison made from the document has the same bits.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import numpy as np

from assay_server.features.experiments.compare import compare
from assay_server.features.experiments.comparison import Caveat, Comparison, Rules, Side, UnmatchedCase


class Evidence(msgspec.Struct, frozen=True):
    """Both experiments case by case, the rules they are judged by, and warnings known beforehand."""

    experiment: Side
    baseline: Side | None
    rules: Rules
    notes: tuple[Caveat, ...]
    others: tuple[Side, ...] = ()
    unmatched: tuple[UnmatchedCase, ...] = ()


class Proof(msgspec.Struct, frozen=True):
    """The answer of `GET /v1/experiment/{id}/evidence`: a comparison and everything it was computed from."""

    evidence: Evidence
    comparison: Comparison


def comparison_of(evidence: Evidence) -> Comparison:
    """The comparison that follows from the evidence; every route and every check of a capsule ends here."""
    found = compare(
        evidence.experiment, evidence.baseline, evidence.rules, evidence.others, evidence.unmatched
    )
    return msgspec.structs.replace(found, warnings=[*evidence.notes, *found.warnings])


def encode(value: Any) -> bytes:
    """JSON of a struct with arrays in it."""
    return msgspec.json.encode(value, enc_hook=_plain)


def decode_evidence(data: bytes) -> Evidence:
    """Read what `encode` wrote.

    Raises msgspec.ValidationError for another shape, or ValueError when its columns differ in length.
    """
    evidence = msgspec.json.decode(data, type=Evidence, dec_hook=_array)
    for side in (evidence.experiment, evidence.baseline, *evidence.others):
        if side is not None:
            _check(side)
    return evidence


def schema(kind: type) -> dict[str, Any]:
    """JSON schema of a column, for the documentation of the route."""
    return {"type": "array", "items": {"type": ["number", "boolean", "null"]}}


def _check(side: Side) -> None:
    table = side.table
    columns = {
        "root_span_ids": table.root_span_ids,
        "keys": table.keys,
        "failed": table.failed,
        **table.scores,
        **table.metrics,
    }
    for name, column in columns.items():
        if len(column) != len(table):
            raise ValueError(
                f"{side.head.name}: {name} has {len(column)} values for {len(table)} traces; "
                "the evidence was cut or edited"
            )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _array(kind: Any, value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("a column is an array")
    return np.array(value, dtype=get_args(get_args(kind)[1])[0])
