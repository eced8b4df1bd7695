"""What a traced call costs with one client: run by `bench/sdk.py` with the interpreter of that client's venv.

    python sdk_child.py CLIENT CALLS SINK_URL        prints one line of JSON

A call has about 2 KB of JSON as argument and as result, both fresh objects, and both are recorded. The cost
of the same call untraced is subtracted. Thread time is the traced thread alone; process time adds the
client's own threads and runs until everything is delivered.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

SPAN_NAME = "bench_call"
REPEATS = 5
TEXT = (
    "Find me twelve calm songs for a rainy evening, none of them older than I am, and say why each one fits. "
    * 4
)

Call = Callable[[dict[str, Any]], dict[str, Any]]
Client = tuple[Callable[[Call], Call], Callable[[], object], dict[str, str]]
"""A decorator, a flush, and the versions of what was loaded."""


def payload(number: int) -> dict[str, Any]:
    """About 2 KB of messages."""
    messages = [{"role": role, "content": TEXT} for role in ("system", "user", "assistant", "user")]
    return {"messages": messages, "temperature": 0.2, "metadata": {"number": number, "tags": ["a", "b"]}}


def bench_call(argument: dict[str, Any]) -> dict[str, Any]:
    """The traced function: does nothing but make a result."""
    return payload(1)


def assay_client(url: str) -> Client:
    """This repository's SDK, with its defaults."""
    os.environ.update(ASSAY_URL=url, ASSAY_API_KEY="bench")
    import assay

    assay.init_logger(project="bench")
    return assay.traced, assay.flush, {"assay": version("assay"), "msgspec": version("msgspec")}


def braintrust_client(url: str) -> Client:
    """The published SDK of the wire contract, with its defaults."""
    os.environ.update(BRAINTRUST_APP_URL=url, BRAINTRUST_API_URL=url, BRAINTRUST_API_KEY="bench")
    import braintrust

    logger = braintrust.init_logger(project="bench", app_url=url, api_key="bench")
    return braintrust.traced, logger.flush, {"braintrust": version("braintrust")}


def opentelemetry_client(url: str) -> Client:
    """The OpenTelemetry SDK with its batch processor and OTLP exporter. Attributes hold text, so values are
    dumped, as its instrumentations do; the queue is widened so that nothing is dropped.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=50_000))
    tracer = provider.get_tracer("bench")

    def traced(function: Call) -> Call:
        @functools.wraps(function)
        def call(argument: dict[str, Any]) -> dict[str, Any]:
            with tracer.start_as_current_span(function.__name__) as span:
                span.set_attribute("input.value", json.dumps(argument))
                result = function(argument)
                span.set_attribute("output.value", json.dumps(result))
                return result

        return call

    return traced, provider.force_flush, {"opentelemetry-sdk": version("opentelemetry-sdk")}


CLIENTS = {"assay": assay_client, "braintrust": braintrust_client, "opentelemetry": opentelemetry_client}


def run(call: Call, calls: int) -> tuple[float, float]:
    """Thread and process CPU microseconds a call."""
    thread, process = time.thread_time(), time.process_time()
    for number in range(calls):
        call(payload(number))
    scale = 1e6 / calls
    return (time.thread_time() - thread) * scale, (time.process_time() - process) * scale


def measure(traced: Call, flush: Callable[[], object], calls: int) -> dict[str, float]:
    """Medians over the repeats, untraced cost subtracted."""
    run(traced, calls // 4)
    flush()
    thread_costs: list[float] = []
    process_costs: list[float] = []
    for _ in range(REPEATS):
        base_thread, base_process = run(bench_call, calls)
        thread, process = run(traced, calls)
        before = time.process_time()
        flush()
        process += (time.process_time() - before) * 1e6 / calls
        thread_costs.append(thread - base_thread)
        process_costs.append(process - base_process)
    middle = REPEATS // 2
    return {"thread_us": sorted(thread_costs)[middle], "process_us": sorted(process_costs)[middle]}


def main() -> None:
    """Measure one client and print the result."""
    name, calls, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    decorate, flush, versions = CLIENTS[name](url)
    found = measure(decorate(bench_call), flush, calls)
    print(json.dumps({**found, "versions": versions, "spans": calls * REPEATS + calls // 4}), flush=True)


if __name__ == "__main__":
    main()
