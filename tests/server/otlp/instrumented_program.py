"""A program with an instrumented OpenAI client: `python -m … <instrumentation> <server url> <key>`.

Every call goes to a project `<instrumentation> <call>`, below a span of the program's own. What the client
got is printed as one JSON object by call. It is a process of its own because not every instrumentation can be
taken out of a process again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import openai
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

MODEL, EMBEDDING_MODEL = "gpt-4o-mini", "text-embedding-3-small"
ASK = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"}]
TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "description": what, "parameters": {"type": "object", "properties": {}}},
    }
    for name, what in (("search_songs", "Find songs"), ("create_playlist", "Keep them"))
]
TOOL_CALL = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": '{"zone": "UTC"}'}}
CONVERSATION = [
    {"role": "user", "content": [{"type": "text", "text": "What"}, {"type": "text", "text": "now?"}]},
    {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "noon"},
]
Client = Any  # openai's overloads do not take plain dicts


def chat(client: Client) -> Any:
    return client.chat.completions.create(model=MODEL, messages=ASK, temperature=0.2).model_dump()


def tools(client: Client) -> Any:
    asked = [{"role": "user", "content": "A rock playlist"}]
    return client.chat.completions.create(model=MODEL, messages=asked, tools=TOOLS).model_dump()


def conversation(client: Client) -> Any:
    return client.chat.completions.create(model=MODEL, messages=CONVERSATION).model_dump()


def stream(client: Client) -> Any:
    chunks = client.chat.completions.create(
        model=MODEL, messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    return [chunk.model_dump() for chunk in chunks]


def failure(client: Client) -> Any:
    try:
        client.chat.completions.create(model=MODEL, messages=[])
    except openai.BadRequestError as error:
        return str(error)
    raise AssertionError("a call without messages was answered")


def embeddings(client: Client) -> Any:
    return client.embeddings.create(model=EMBEDDING_MODEL, input="hi there").model_dump()


CALLS: tuple[Callable[[Client], Any], ...] = (chat, tools, conversation, stream, failure, embeddings)


class ByCall(SpanExporter):
    """Hands batches to the exporter of the call that is being made."""

    def __init__(self) -> None:
        self.current: SpanExporter | None = None

    def export(self, spans: Any) -> SpanExportResult:
        """Pass a batch on."""
        assert self.current
        return self.current.export(spans)

    def shutdown(self) -> None:
        """Nothing is held here."""


def main(name: str, url: str, key: str) -> None:
    """Make every call."""
    exporter = ByCall()
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrument(name, provider)
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
    got: dict[str, Any] = {}
    for call in CALLS:
        headers = {"Authorization": f"Bearer {key}", "x-bt-parent": f"project_name:{name} {call.__name__}"}
        exporter.current = OTLPSpanExporter(
            f"{url}/otel/v1/traces", headers=headers, compression=Compression.Gzip
        )
        with provider.get_tracer("program").start_as_current_span("root"):
            got[call.__name__] = call(client)
        assert provider.force_flush()
    print(json.dumps(got))


def instrument(name: str, provider: TracerProvider) -> None:
    """Put the instrumentation of this name into the `openai` package."""
    if name == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor
    else:
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument(tracer_provider=provider)


if __name__ == "__main__":
    main(*sys.argv[1:])
