"""The example of docs/otlp.md runs, and leaves the row the page promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.servers import KEY, ServerProcess

PAGE = Path(__file__).parents[3] / "docs" / "otlp.md"


def test_the_example_runs(server: ServerProcess) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    environment = {**os.environ, "ASSAY_URL": server.url, "ASSAY_API_KEY": KEY}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    (row,) = server.sql("SELECT input, span_attributes, metrics FROM project_logs('shop')")
    assert row["input"] == [{"role": "user", "content": "Hello"}]
    assert row["span_attributes"]["type"] == "llm"
    assert row["metrics"]["estimated_cost"] > 0


def test_the_environment_variables_of_the_page_work(server: ServerProcess) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = script.replace("http://127.0.0.1:8484", server.url).replace("name:shop", "name:by environment")
    program = (
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "provider = TracerProvider()\n"
        "provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))\n"
        "provider.get_tracer('t').start_span('one').end()\n"
    )
    environment = {**os.environ, "ASSAY_API_KEY": KEY, "PROGRAM": program, "PYTHON": sys.executable}
    command = ["sh", "-c", script + '\nexec "$PYTHON" -c "$PROGRAM"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    (row,) = server.sql("SELECT span_attributes.name AS name FROM project_logs('by environment')")
    assert row == {"name": "one"}
