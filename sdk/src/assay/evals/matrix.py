"""Matrix runs: one evaluation for every combination of parameter values, each an experiment of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.evals.evaluator import Evaluator

MOST_COMBINATIONS = 200
"""More is taken for a mistake."""


def parse_matrix(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Read `name=value,value` entries. Values that are JSON are read as such (0.5, true), others are text.

    Raises ValueError for an entry without `=`, a name given twice, or no values.
    """
    found: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        listed = [_value(part) for part in values.split(",") if part.strip()]
        if not equals or not name.strip() or not listed:
            raise ValueError(f"{text!r} is no axis of a matrix: write name=value,value")
        if name.strip() in found:
            raise ValueError(f"the matrix names {name.strip()!r} twice: give all its values in one place")
        found[name.strip()] = listed
    return found


def expand(evaluator: Evaluator, matrix: Mapping[str, Sequence[Any]]) -> list[Evaluator]:
    """The evaluation once for every combination, in the order of the values, the last name varying fastest.

    Each is named after its combination and has it among its parameters. Raises ValueError for a name the evaluation
    has no parameter of (a slip would run the same thing many times), and for too many combinations.
    """
    unknown = [name for name in matrix if name not in evaluator.parameters]
    if unknown:
        has = ", ".join(evaluator.parameters) or "none"
        raise ValueError(
            f"{evaluator.name} has no parameter {unknown[0]!r} (it has: {has}): "
            "declare it in parameters= and read it from hooks.parameters"
        )
    combinations = [dict(zip(matrix, values, strict=True)) for values in itertools.product(*matrix.values())]
    if len(combinations) > MOST_COMBINATIONS:
        raise ValueError(f"the matrix has {len(combinations)} combinations: {MOST_COMBINATIONS} is the most")
    return [_with(evaluator, chosen) for chosen in combinations]


def _with(evaluator: Evaluator, chosen: Mapping[str, Any]) -> Evaluator:
    label = " ".join(f"{name}={value}" for name, value in chosen.items())
    name = f"{evaluator.experiment_name} {label}" if evaluator.experiment_name else label
    return replace(evaluator, experiment_name=name, parameters={**evaluator.parameters, **chosen})


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()
