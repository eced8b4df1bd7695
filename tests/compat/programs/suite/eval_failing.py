"""An evaluation with a task that fails for one case, for `braintrust eval` of the Python client."""

from __future__ import annotations

import os

from braintrust import Eval


def halve(number: int) -> float:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number / 2


Eval(
    os.environ["COMPAT_PROJECT"],
    experiment_name="failing",
    data=[{"input": 2}, {"input": 3}],
    task=halve,
    scores=[lambda output: output == 1],
)
