"""Two evaluations of a folder, for `braintrust eval` of the Python client."""

from __future__ import annotations

import os

from autoevals import ExactMatch
from braintrust import Eval

CASES = [
    {"input": "ada", "expected": "Ada", "metadata": {"priority": "P0"}},
    {"input": "bob", "expected": "Rob", "metadata": {"priority": "P1"}},
]


for name, task in (("capitals", lambda text: text.capitalize()), ("shouts", lambda text: text.upper())):
    Eval(os.environ["COMPAT_PROJECT"], experiment_name=name, data=CASES, task=task, scores=[ExactMatch])
