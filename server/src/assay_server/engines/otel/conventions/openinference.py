"""OpenInference (Phoenix, Arize): `llm.input_messages.0.message.role` and its kin."""

from __future__ import annotations

from typing import Any

from assay_server.engines.otel import messages
from assay_server.engines.otel.draft import Attributes, Draft, Payload
from assay_server.engines.otel.values import as_number, parse_json, parse_structure

_JSON = "json"
_WHOLE_BODIES: dict[Payload, str] = {"input": "input.value", "output": "output.value"}


def read_openinference(attributes: Attributes, row: Draft) -> None:
    """Take messages, model, parameters, tools, documents, embeddings, metadata, tags and scores."""
    _read_model(attributes, row)
    _offer_messages(attributes, row, "input", "llm.input_messages.")
    _offer_messages(attributes, row, "output", "llm.output_messages.")
    _read_completions(attributes, row)
    _read_embeddings(attributes, row)
    for name, key in _WHOLE_BODIES.items():
        _read_value(attributes, row, name, key)
    documents = attributes.take_tree("retrieval.documents.") if row.lacks("output") else None
    row.offer("output", _stripped(documents, "document"))
    _read_labels(attributes, row)


def _read_model(attributes: Attributes, row: Draft) -> None:
    names = ("llm.response.model_name", "llm.model_name", "llm.request.model_name")
    decision = ("decision.response.model_name", "decision.model_name", "decision.request.model_name")
    embedding = ("embedding.model_name", "reranker.model_name")
    row.describe("model", attributes.take(*names, *decision, *embedding))
    if "provider" not in row.metadata:
        row.describe("provider", attributes.take("llm.provider", "decision.provider", "llm.system"))
    for name in ("llm.invocation_parameters", "embedding.invocation_parameters"):
        parameters = parse_json(attributes.get(name))
        if isinstance(parameters, dict):
            attributes.take(name)
            for key, value in parameters.items():
                if key == "model":  # as asked for; the model that answered is known by now
                    row.metadata.setdefault(key, value)
                else:
                    row.describe(key, value)
    tools = attributes.take_tree("llm.tools.")
    if isinstance(tools, list):
        row.describe("tools", [_tool(item) for item in tools])


def _tool(item: Any) -> Any:
    """`{"tool": {"json_schema": text}}` as the tool it describes."""
    held = item.get("tool") if isinstance(item, dict) else None
    schema = held.get("json_schema") if isinstance(held, dict) else None
    return parse_json(schema) if schema is not None else item


def _offer_messages(attributes: Attributes, row: Draft, name: Payload, prefix: str) -> None:
    if not row.lacks(name):
        return
    found = attributes.take_tree(prefix)
    if isinstance(found, list):
        found = [_message(item) for item in found]
    if name == "input":
        row.offer(name, messages.chat(found))
        return
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        found[0]["finish_reason"] = attributes.take("llm.finish_reason")
    row.offer(name, messages.choices(found))


def _message(item: Any) -> Any:
    """One indexed message with its `message.` level, content parts and tool calls unwrapped."""
    message = item.get("message") if isinstance(item, dict) else None
    if not isinstance(message, dict):
        return item
    found = dict(message)
    contents = found.pop("contents", None)
    if isinstance(contents, list):
        found["content"] = [_content(part) for part in contents]
    elif isinstance(found.get("content"), str) and found["content"].startswith('[{"type"'):
        found["content"] = parse_structure(found["content"])
    calls = found.get("tool_calls")
    if isinstance(calls, list):
        found["tool_calls"] = [_call(call) for call in calls]
    if (name := found.pop("function_call_name", None)) is not None:
        arguments = found.pop("function_call_arguments_json", "")
        found["function_call"] = {"name": name, "arguments": arguments}
    found.setdefault("role", "assistant")
    return {"role": found.pop("role"), "content": found.pop("content", None), **found}


def _content(item: Any) -> Any:
    part = item.get("message_content") if isinstance(item, dict) else None
    if not isinstance(part, dict):
        return item
    image = part.get("image")
    if isinstance(image, dict) and isinstance(image.get("image"), dict):
        return {**part, "image": image["image"]}
    return part


def _call(item: Any) -> Any:
    held = item.get("tool_call") if isinstance(item, dict) else None
    return {"type": "function", **held} if isinstance(held, dict) else item


def _read_completions(attributes: Attributes, row: Draft) -> None:
    """Calls of a model without roles: texts in, texts out."""
    if row.lacks("input") and (prompts := attributes.take_tree("llm.prompts.")) is not None:
        row.offer("input", _single(_texts(prompts, "prompt")))
    if row.lacks("output") and (texts := attributes.take_tree("llm.choices.")) is not None:
        row.offer("output", _single(_texts(texts, "completion")))


def _texts(items: Any, name: str) -> Any:
    stripped = _stripped(items, name)
    if not isinstance(stripped, list):
        return stripped
    return [item["text"] if isinstance(item, dict) and item.keys() == {"text"} else item for item in stripped]


def _read_embeddings(attributes: Attributes, row: Draft) -> None:
    items = _stripped(attributes.take_tree("embedding.embeddings."), "embedding")
    if not isinstance(items, list):
        row.describe("embedding.embeddings", items)
        return
    texts = [item.get("text") for item in items if isinstance(item, dict)]
    vectors = [item.get("vector") for item in items if isinstance(item, dict)]
    row.offer("input", _single([text for text in texts if text is not None]))
    row.offer("output", [vector for vector in vectors if vector is not None] or None)


def _read_value(attributes: Attributes, row: Draft, name: Payload, key: str) -> None:
    """The whole request or answer as the instrumentation saw it; redundant once the messages are known."""
    value, mime = attributes.take(key), attributes.take(key.replace("value", "mime_type"))
    is_json = _JSON in mime if isinstance(mime, str) else True
    row.offer(name, parse_structure(value) if is_json else value)


def _read_labels(attributes: Attributes, row: Draft) -> None:
    said = parse_json(attributes.get("metadata"))
    if isinstance(said, dict):
        attributes.take("metadata")
        for key, value in said.items():
            row.describe(key, value)
    if row.tag(parse_structure(attributes.get("tag.tags"))):
        attributes.take("tag.tags")
    for prefix in ("evaluations.", "annotations."):
        for name in attributes.names(prefix):  # left in the metadata: they hold explanations too
            if name.endswith(".name"):
                score = as_number(attributes.get(f"{name.removesuffix('.name')}.score"))
                if score is not None and isinstance(label := attributes.get(name), str):
                    row.scores.setdefault(label, score)


def _stripped(items: Any, name: str) -> Any:
    """Members without the level of this name around them."""
    if not isinstance(items, list):
        return items
    return [item[name] if isinstance(item, dict) and item.keys() == {name} else item for item in items]


def _single(values: list[Any] | Any) -> Any:
    if not isinstance(values, list):
        return values
    return values[0] if len(values) == 1 else values or None
