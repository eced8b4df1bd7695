"""How the scripted model counts tokens: one for every four characters begun, and four for every message.

A fixed rule instead of a real tokenizer: counts must be the same everywhere, and a reader must be able to
check one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4


def count_text(text: str) -> int:
    """Tokens of a text; 0 for an empty one."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def count_prompt(messages: Iterable[Mapping[str, Any]], tools: Iterable[Mapping[str, Any]]) -> int:
    """Tokens of a chat request: its messages, their tool calls, and the JSON of the tools offered."""
    total = 0
    for message in messages:
        content = message.get("content")
        total += _TOKENS_PER_MESSAGE + count_text(content if isinstance(content, str) else _json(content))
        total += count_text(_json(message.get("tool_calls")))
    return total + sum(count_text(_json(tool)) for tool in tools)


def _json(value: Any) -> str:
    return "" if value in (None, [], "") else msgspec.json.encode(value).decode()
