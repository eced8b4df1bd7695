"""The span vocabulary: what kinds there are and how their columns are called."""

from __future__ import annotations

from typing import Literal

SpanType = Literal[
    "llm", "score", "function", "eval", "task", "tool", "automation", "facet",
    "preprocessor", "classifier", "review", "decision", "question", "log",
]  # fmt: skip
"""Values of `span_attributes.type`."""

ObjectType = Literal["project_logs", "experiment", "dataset", "playground_logs"]
"""What a row can belong to."""

LOGS_LOG_ID = "g"
"""`log_id` of rows that belong to a project's logs."""


class SpanTypeAttribute:
    """Named constants for `span_attributes.type`, for code that prefers names to strings."""

    LLM = "llm"
    SCORE = "score"
    FUNCTION = "function"
    EVAL = "eval"
    TASK = "task"
    TOOL = "tool"
    AUTOMATION = "automation"
    FACET = "facet"
    PREPROCESSOR = "preprocessor"
    CLASSIFIER = "classifier"
    REVIEW = "review"


# Metric names of LLM spans; the server prices a call from these and `metadata.model`.
PROMPT_TOKENS = "prompt_tokens"
COMPLETION_TOKENS = "completion_tokens"
TOTAL_TOKENS = "tokens"
TIME_TO_FIRST_TOKEN = "time_to_first_token"
