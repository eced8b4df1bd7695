"""The Vercel AI SDK: `ai.*`."""

from __future__ import annotations

from typing import Any

from assay_server.engines.otel import messages
from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.values import parse_json, parse_structure

_ANSWER = ("text", "toolCalls", "reasoning", "object", "finishReason")


def read_ai_sdk(attributes: Attributes, row: Draft) -> None:
    """Take prompt, answer, tool call, embeddings, model, settings and the caller's metadata."""
    if not attributes.names("ai."):
        return
    _read_model(attributes, row)
    if row.lacks("input"):
        _read_prompt(attributes, row)
        row.offer("input", parse_structure(attributes.take("ai.toolCall.args")))
        row.offer("input", _parsed(attributes.take("ai.value", "ai.values")))
    if row.lacks("output"):
        _read_answer(attributes, row)
        row.offer("output", parse_structure(attributes.take("ai.toolCall.result")))
        row.offer("output", _parsed(attributes.take("ai.embedding", "ai.embeddings")))
    for prefix in ("ai.settings.", "ai.telemetry.metadata."):
        for name in attributes.names(prefix):
            row.describe(name.removeprefix(prefix), attributes.take(name))


def _read_model(attributes: Attributes, row: Draft) -> None:
    for field, names in (
        ("model", ("ai.response.model", "ai.model.id")),
        ("provider", ("ai.model.provider",)),
    ):
        if field not in row.metadata:
            row.describe(field, attributes.take(*names))
    row.describe("tools", messages.tools(attributes.take("ai.prompt.tools")))
    row.describe("tool_choice", parse_structure(attributes.take("ai.prompt.toolChoice")))


def _read_prompt(attributes: Attributes, row: Draft) -> None:
    told = attributes.take("ai.prompt.messages")
    whole = parse_structure(attributes.take("ai.prompt"))
    if told is not None:
        row.offer("input", messages.chat(told))
    elif isinstance(whole, dict) and ("messages" in whole or isinstance(whole.get("prompt"), str | list)):
        asked = whole.get("messages", whole.get("prompt"))
        if isinstance(asked, str):
            asked = [{"role": "user", "content": asked}]
        row.offer("input", messages.with_system(whole.get("system"), messages.chat(asked)))
    else:
        row.offer("input", whole)


def _read_answer(attributes: Attributes, row: Draft) -> None:
    said = {name: attributes.take(f"ai.response.{name}", f"ai.result.{name}") for name in _ANSWER}
    text = said["text"] if said["text"] is not None else said["object"]
    found = messages.answer(
        text,
        tool_calls=said["toolCalls"],
        reasoning=said["reasoning"],
        finish_reason=said["finishReason"],
    )
    row.offer("output", found)
    if found is None:
        row.describe("ai.response.finishReason", said["finishReason"])


def _parsed(value: Any) -> Any:
    """A value in JSON, or a list of them: the SDK writes each as text."""
    return [parse_json(item) for item in value] if isinstance(value, list) else parse_json(value)
