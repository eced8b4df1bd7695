"""For `braintrust eval` of the Python client."""

from __future__ import annotations

import os

from autoevals import Levenshtein
from braintrust import Eval

Eval(
    os.environ["COMPAT_PROJECT"],
    experiment_name="from the command line",
    data=lambda: [{"input": "foo", "expected": "foo"}, {"input": "bar", "expected": "baz"}],
    task=lambda text: text,
    scores=[Levenshtein],
)
