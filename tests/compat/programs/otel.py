"""OpenTelemetry through the published Python SDK; `otel.mjs` is the same in JavaScript. Prints what it saw."""

from __future__ import annotations

import json
import os
from typing import Any

os.environ["BRAINTRUST_OTEL_COMPAT"] = "true"  # spans of both kinds in one trace

import braintrust
from braintrust.otel import BraintrustSpanProcessor
from opentelemetry.sdk.trace import TracerProvider

PROJECT = os.environ["COMPAT_PROJECT"]
MESSAGES = [{"role": "user", "content": "grüezi"}]
ANSWER = [{"role": "assistant", "content": "hoi"}]


def main() -> None:
    whole, narrow = TracerProvider(shutdown_on_exit=False), TracerProvider(shutdown_on_exit=False)
    whole.add_span_processor(BraintrustSpanProcessor(parent=f"project_name:{PROJECT}"))
    narrow.add_span_processor(
        BraintrustSpanProcessor(parent=f"project_name:{PROJECT}, narrow", filter_ai_spans=True)
    )
    for provider in (whole, narrow):
        tracer = provider.get_tracer("shop", "1.5")
        with tracer.start_as_current_span("request") as request:
            request.set_attribute("braintrust.input_json", json.dumps({"q": "ä"}))
            request.set_attribute("braintrust.tags", ["seen"])
            request.set_attribute("braintrust.metadata.user", "u1")
            with tracer.start_as_current_span("plain"):
                pass
            with tracer.start_as_current_span("gen_ai.chat") as call:
                call.set_attributes({
                    "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini",
                    "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 4,
                    "gen_ai.input.messages": json.dumps(MESSAGES), "gen_ai.output.messages": json.dumps(ANSWER),
                })  # fmt: skip
    tracer = whole.get_tracer("shop")
    logger: Any = braintrust.init_logger(project=PROJECT)
    with logger.start_span(name="native"), tracer.start_as_current_span("below native"):
        pass
    with tracer.start_as_current_span("otel"), logger.start_span(name="below otel"):
        pass
    logger.flush()
    for provider in (whole, narrow):
        provider.shutdown()
    print(json.dumps({"done": True}))


main()
