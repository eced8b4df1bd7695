"""The agent: a model that calls tools until it has nothing left to call."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from openai import OpenAI

import assay
from assay.client.config import resolve_config
from examples.playlist_agent.models import AgentResult, Playlist, ToolCall
from examples.playlist_agent.prompts import CURRENT
from examples.playlist_agent.tools import TOOLS, descriptions

MAX_STEPS = 8
"""Model calls of one request; an agent that needs more has lost its way."""

_MODELS_BY_KEY = (
    ("OPENAI_API_KEY", "gpt-4o-mini"),
    ("ANTHROPIC_API_KEY", "claude-haiku-4-5"),
    ("GEMINI_API_KEY", "gemini-2.5-flash"),
)


def default_model() -> str:
    """DEMO_MODEL, else a small model of the first provider with a key, else of the first provider."""
    found = [model for variable, model in _MODELS_BY_KEY if os.environ.get(variable)]
    return os.environ.get("DEMO_MODEL") or (found or [_MODELS_BY_KEY[0][1]])[0]


@lru_cache(maxsize=4)
def connect(base_url: str, api_key: str) -> Any:
    """An OpenAI client whose calls become spans; it talks to Assay's gateway."""
    return assay.wrap_openai(OpenAI(base_url=base_url, api_key=api_key, max_retries=3))


@assay.traced(name="playlist_agent", type="task", notrace_io=True)
def run_agent(
    request: str,
    *,
    prompt: str = CURRENT,
    model: str | None = None,
    seed: int | None = None,
    stream: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> AgentResult:
    """Serve one request from the first search to the final words.

    `seed` is passed to the model: with the scripted model another seed is another throw of the dice. `stream`
    reads the answers as they are written, so that the spans show the time to the first token. `metadata` is
    added to the trace, next to a few facts about the playlist that make logs easy to search.
    """
    model = model or default_model()
    span = assay.current_span()
    span.log(input=request, metadata={"model": model, **(metadata or {})})
    result = _converse(request, prompt=prompt, model=model, seed=seed, stream=stream)
    span.log(output=result.model_dump(), metadata={"playlist": facts(result.playlist)})
    return result


def facts(playlist: Playlist | None) -> dict[str, Any] | None:
    """Length in minutes and how many songs, artists and genres there are; None without a playlist."""
    if playlist is None:
        return None
    return {
        "minutes": playlist.total_duration_min,
        "songs": playlist.total_tracks,
        "artists": len({song.artist for song in playlist.songs}),
        "genres": len({song.genre for song in playlist.songs}),
    }


def _converse(request: str, *, prompt: str, model: str, seed: int | None, stream: bool) -> AgentResult:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": request},
    ]
    calls: list[ToolCall] = []
    answer = ""
    for _ in range(MAX_STEPS):
        message = _ask(messages, model=model, seed=seed, stream=stream)
        messages.append(message)
        answer = message.get("content") or ""
        if not message.get("tool_calls"):
            break
        for call in message["tool_calls"]:
            done = _use_tool(call["function"]["name"], call["function"]["arguments"])
            calls.append(done)
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(done.result)})
    return AgentResult(playlist=_playlist(calls), response=answer, tool_calls=calls)


def _ask(messages: Sequence[dict[str, Any]], *, model: str, seed: int | None, stream: bool) -> dict[str, Any]:
    """One model call; returns the assistant message as it goes back into the conversation."""
    server = resolve_config()
    client = connect(f"{server.url}/v1/proxy", server.api_key or "")
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    request = {"model": model, "messages": list(messages), "tools": descriptions(), **options}
    if not stream:
        return client.chat.completions.create(**request).choices[0].message.model_dump(exclude_none=True)
    return _gathered(
        client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **request)
    )


def _gathered(chunks: Any) -> dict[str, Any]:
    """The message a stream of chunks amounts to."""
    text = ""
    calls: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            for piece in choice.delta.tool_calls or ():
                call = calls.setdefault(
                    piece.index, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                )
                call["id"] = piece.id or call["id"]
                call["function"]["name"] += (piece.function and piece.function.name) or ""
                call["function"]["arguments"] += (piece.function and piece.function.arguments) or ""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return message


def _use_tool(name: str, arguments: str) -> ToolCall:
    """Run one tool; what goes wrong goes back to the model, which may do better next time."""
    try:
        decoded = json.loads(arguments or "{}")
        result = TOOLS[name](**decoded)
    except KeyError:
        return ToolCall(tool=name, arguments={}, result={"error": f"There is no tool named {name!r}."})
    except (ValueError, TypeError, AttributeError) as error:
        return ToolCall(tool=name, arguments={}, result={"error": f"The call cannot be understood: {error}"})
    return ToolCall(tool=name, arguments=decoded, result=result)


def _playlist(calls: Sequence[ToolCall]) -> Playlist | None:
    """The last playlist that was created."""
    for call in reversed(calls):
        if call.tool == "create_playlist" and isinstance(call.result, dict) and "songs" in call.result:
            return Playlist.model_validate(call.result)
    return None
