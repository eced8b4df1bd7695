"""OpenTelemetry's GenAI conventions: `gen_ai.*` attributes and events, current and legacy.

Current: `gen_ai.input.messages` with parts. Before that: one event for each message; before that, and in
OpenLLMetry until 2025: `gen_ai.prompt.0.role` and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay_server.engines.otel import messages
from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.span import Event
from assay_server.engines.otel.values import as_number, parse_json, parse_structure

_DETAILS = "gen_ai.client.inference.operation.details"
_EVALUATION = "gen_ai.evaluation.result"
_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE = "gen_ai.choice"
_PROMPT_EVENT, _COMPLETION_EVENT = "gen_ai.content.prompt", "gen_ai.content.completion"
_KNOWN_EVENTS = {_DETAILS, _CHOICE, _PROMPT_EVENT, _COMPLETION_EVENT, *_ROLES}


def read_genai(attributes: Attributes, row: Draft) -> None:
    """Take model, parameters, tools, messages, and what a tool or a retrieval got and gave."""
    _read_model(attributes, row)
    _read_messages(attributes, row)
    _read_legacy_messages(attributes, row)
    for name in ("gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text"):
        if row.lacks("input"):
            row.offer("input", parse_structure(attributes.take(name)))
    for name in ("gen_ai.tool.call.result", "gen_ai.retrieval.documents"):
        if row.lacks("output"):
            row.offer("output", parse_structure(attributes.take(name)))


def read_genai_events(events: tuple[Event, ...], row: Draft) -> list[Event]:
    """Take messages and scores from events; returns the events that say something else."""
    said = [event for event in events if event.name in _KNOWN_EVENTS]
    for event in said:
        if event.name == _DETAILS:
            _read_messages(Attributes(event.attributes), row)
        elif event.name == _PROMPT_EVENT:
            row.offer("input", messages.chat(event.attributes.get("gen_ai.prompt")))
        elif event.name == _COMPLETION_EVENT:
            row.offer("output", messages.choices(event.attributes.get("gen_ai.completion")))
    row_messages = [{**event.attributes, "event.name": event.name} for event in said]
    read_message_events(row_messages, row)
    for event in events:
        if event.name == _EVALUATION:
            _read_evaluation(event.attributes, row)
    return [event for event in events if event.name not in _KNOWN_EVENTS]


def read_message_events(events: list[dict[str, Any]], row: Draft) -> bool:
    """Messages told as one event each, its kind in `event.name`. False when none of them is a message."""
    prompts = [_told(event) for event in events if event.get("event.name") in _ROLES]
    answers = [_told(event) for event in events if event.get("event.name") == _CHOICE]
    if prompts:
        row.offer("input", messages.chat(prompts))
    if answers:
        row.offer("output", messages.choices(answers))
    return bool(prompts or answers)


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    """The message an event tells of."""
    name = str(event.get("event.name"))
    inner = parse_structure(event.get("message"))  # a choice wraps its message
    outer = {"content": inner} if isinstance(inner, str) else inner if isinstance(inner, dict) else {}
    found = {**event, **outer}
    message: dict[str, Any] = {"role": found.get("role") or _ROLES.get(name, "assistant")}
    content = found.get("content")
    message["content"] = parse_structure(content) if isinstance(content, str | list) else content
    calls = parse_structure(found.get("tool_calls"))
    if calls is not None:
        message["tool_calls"] = calls
    if name == "gen_ai.tool.message" and found.get("id") is not None:
        message["tool_call_id"] = found["id"]
    for key in ("name", "finish_reason"):
        if found.get(key) is not None:
            message[key] = found[key]
    return message


def _read_model(attributes: Attributes, row: Draft) -> None:
    asked = attributes.take("gen_ai.request.model")
    answered = attributes.take("gen_ai.response.model")
    row.describe("model", answered or asked)
    if asked and answered and asked != answered:
        row.describe("gen_ai.request.model", asked)
    row.describe("provider", attributes.take("gen_ai.provider.name", "gen_ai.system"))
    row.describe("tools", messages.tools(attributes.take("gen_ai.tool.definitions")))
    for name in attributes.names("gen_ai.request."):
        parameter = name.removeprefix("gen_ai.request.")
        row.describe("n" if parameter == "choice.count" else parameter, attributes.take(name))


def _read_messages(attributes: Attributes, row: Draft) -> None:
    if row.lacks("input"):
        asked = attributes.take("gen_ai.input.messages")
        system = attributes.take("gen_ai.system_instructions")
        found = messages.chat(asked) if asked is not None else None
        if system is not None:
            found = messages.with_system(system, found)
        row.offer("input", found)
    if row.lacks("output"):
        row.offer("output", messages.choices(attributes.take("gen_ai.output.messages")))


def _read_legacy_messages(attributes: Attributes, row: Draft) -> None:
    if row.lacks("input"):
        row.offer("input", _indexed(attributes, "gen_ai.prompt"))
        row.offer("input", messages.chat(parse_json(attributes.take("gen_ai.prompt_json", "gen_ai.prompt"))))
    if row.lacks("output"):
        told = _indexed(attributes, "gen_ai.completion")
        row.offer("output", messages.choices(told))
        whole = attributes.take("gen_ai.completion_json", "gen_ai.completion")
        row.offer("output", messages.choices(parse_json(whole)))
    if (functions := attributes.take_tree("llm.request.functions.")) is not None:
        row.describe("tools", messages.tools(functions))


def _indexed(attributes: Attributes, name: str) -> Any:
    """Messages of `<name>.0.role` and so on, their content decoded where it is a list of parts."""
    found = attributes.take_tree(f"{name}.")
    if not isinstance(found, list):
        return found
    for message in found:
        if isinstance(message, dict) and isinstance(message.get("content"), str):
            content = parse_structure(message["content"])
            if isinstance(content, list):
                message["content"] = content
    return messages.chat(found)


def _read_evaluation(said: Mapping[str, Any], row: Draft) -> None:
    name, score = said.get("gen_ai.evaluation.name"), as_number(said.get("gen_ai.evaluation.score.value"))
    if isinstance(name, str) and score is not None:
        row.scores.setdefault(name, score)
