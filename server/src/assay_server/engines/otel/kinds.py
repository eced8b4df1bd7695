"""What a span is: the span type of its row, from whichever attribute says so."""

from __future__ import annotations

from assay_server.engines.otel.draft import Attributes
from assay_server.engines.otel.usage import has_usage

_BY_ATTRIBUTE: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "gen_ai.operation.name",
        {
            "chat": "llm",
            "generate_content": "llm",
            "text_completion": "llm",
            "completion": "llm",
            "embeddings": "llm",
            "execute_tool": "tool",
            "retrieval": "function",
            "create_agent": "task",
            "invoke_agent": "task",
            "invoke_workflow": "task",
        },
    ),
    (
        "openinference.span.kind",
        {
            "llm": "llm",
            "embedding": "llm",
            "decision": "llm",
            "tool": "tool",
            "chain": "task",
            "agent": "task",
            "retriever": "function",
            "reranker": "function",
            "prompt": "function",
            "guardrail": "function",
            "evaluator": "score",
        },
    ),
    (
        "traceloop.span.kind",
        {"workflow": "task", "task": "task", "agent": "task", "tool": "tool", "unknown": "function"},
    ),
    (
        "llm.request.type",
        {"chat": "llm", "completion": "llm", "embedding": "llm", "rerank": "llm", "unknown": "llm"},
    ),
)
_TOOL_NAMES = ("gen_ai.tool.name", "gen_ai.tool.call.id", "ai.toolCall.name", "tool.name")
_MODEL_NAMES = ("gen_ai.request.model", "gen_ai.response.model", "llm.model_name", "llm.request.model")


def span_type(attributes: Attributes) -> str | None:
    """llm, tool, task, function or score; None when the span has nothing to do with any of them."""
    operation = attributes.get("ai.operationId")
    if isinstance(operation, str) and operation.startswith("ai."):
        return _ai_sdk_type(operation)
    for name, types in _BY_ATTRIBUTE:
        said = attributes.get(name)
        if isinstance(said, str) and said.lower() in types:
            return types[said.lower()]
    if any(attributes.get(name) is not None for name in _MODEL_NAMES) or has_usage(attributes):
        return "llm"
    return "tool" if any(attributes.get(name) is not None for name in _TOOL_NAMES) else None


def _ai_sdk_type(operation: str) -> str:
    """`ai.generateText.doGenerate` is the call of a model; `ai.generateText` the loop around such calls."""
    if operation == "ai.toolCall":
        return "tool"
    return "llm" if operation.rpartition(".")[2].startswith("do") else "task"
