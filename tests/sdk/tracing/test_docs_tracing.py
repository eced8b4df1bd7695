"""The examples in docs/tracing.md and the SDK's README do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.tracing.support.server import KEY, LogServer

ROOT = Path(__file__).parents[3]


def run_examples(page: str, server: LogServer) -> str:
    """Run the Python fences of a page as one program; returns what it printed."""
    code = "\n".join(
        re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    )
    env = {**os.environ, "ASSAY_URL": server.url, "ASSAY_API_KEY": KEY}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_tracing_page(server: LogServer) -> None:
    printed = run_examples("docs/tracing.md", server)
    request = server.span("request")
    assert request["metadata"] == {"user": {"tier": "gold", "id": 7}}
    assert request["scores"] == {"enough": 1}
    assert server.span("stream")["output"] == request["output"] == [f"calm song {n}" for n in range(3)]
    assert server.span("search")["root_span_id"] == request["root_span_id"]
    assert printed.strip().endswith(f"r={request['root_span_id']}&s={request['span_id']}")
    web = server.span("web")
    for name in ("worker", "service"):
        assert server.span(name)["span_parents"] == [web["span_id"]]
    assert len(server.files) == 2


def test_the_readme(server: LogServer) -> None:
    run_examples("sdk/README.md", server)
    assert server.span("answer")["output"] == "WHAT SHOULD I LISTEN TO?"


@pytest.mark.parametrize("name", re.findall(r'"((?:ASSAY|BRAINTRUST)_\w+)"', "".join(
    path.read_text() for path in (ROOT / "sdk/src/assay/client").glob("*.py"))))  # fmt: skip
def test_every_setting_is_documented(name: str) -> None:
    page = (ROOT / "docs/tracing.md").read_text() + (ROOT / "docs/logs.md").read_text()
    assert name in page or name in ("BRAINTRUST_QUEUE_SIZE", "BRAINTRUST_APP_PUBLIC_URL")
