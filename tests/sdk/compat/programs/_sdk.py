"""The SDK under comparison, as `braintrust`, and how a program reports what it saw."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

braintrust: Any = importlib.import_module(os.environ["COMPAT_SDK"])
PROJECT = os.environ["COMPAT_PROJECT"]


def report(**seen: Any) -> None:
    """Print what the program got back, for the comparison."""
    print(json.dumps(seen, sort_keys=True))
