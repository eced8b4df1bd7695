"""The scripted model: a provider that answers from scenario files, deterministically and without a network.

It speaks OpenAI's chat format with tools, streaming and usage, so that everything built on the gateway works,
and can be tested, on a machine without any provider key. Every answer says what it is: header
`x-assay-scripted: 1` and `"system_fingerprint": "scripted model"`.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from assay_server.engines.gateway.chat_format import FINGERPRINT, Rendered
from assay_server.engines.gateway.embeddings import embeddings_body
from assay_server.engines.gateway.messages import ModelReply, ModelRequest
from assay_server.engines.gateway.scenario import ChatRequest, Reply, Scenario, read_chat, read_suffixes
from assay_server.errors import AssayError, BadRequest

_MAX_CHOICES = 16


class ScenarioFailed(AssayError):
    """A scenario file raised while answering."""

    status, code = 500, "scenario_failed"


class ScriptedModel:
    """Answers any model name from the scenarios given, asked in order."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._scenarios = scenarios

    def send(self, request: ModelRequest) -> ModelReply:
        """Answer a chat or embeddings request. Raises BadRequest, or ScenarioFailed naming the scenario."""
        if request.endpoint == "embeddings":
            return _reply(
                [msgspec.json.encode(embeddings_body(request.model, request.body))], streaming=False
            )
        chat = read_chat(request.model, request.body)
        suffixes = read_suffixes(request.body)
        asked = [replace(chat, messages=[*chat.messages, *suffix]) for suffix in suffixes] or [chat]
        rendered = Rendered(
            id=_completion_id(chat, suffixes),
            created=int(time.time()),
            request=replace(chat, messages=[*chat.messages, *itertools.chain(*suffixes)]),
            replies=[self._answer(one, choice) for one in asked for choice in range(_wanted(request))],
        )
        if not request.stream:
            return _reply([rendered.body()], streaming=False)
        options = request.body.get("stream_options")
        include_usage = isinstance(options, dict) and options.get("include_usage") is True
        return _reply(rendered.events(include_usage), streaming=True)

    def _answer(self, chat: ChatRequest, choice: int) -> Reply:
        asked = replace(chat, choice=choice)
        for scenario in self._scenarios:
            try:
                if scenario.matches(asked):
                    return scenario.reply(asked)
            except Exception as error:
                raise ScenarioFailed(f"The scenario {scenario.__name__} failed: {error!r}") from error
        raise ScenarioFailed("No scenario matched; the echo scenario is missing.")


def _wanted(request: ModelRequest) -> int:
    wanted = request.body.get("n") or 1
    if not isinstance(wanted, int) or not 1 <= wanted <= _MAX_CHOICES:
        raise BadRequest(f"`n` must be between 1 and {_MAX_CHOICES}.")
    return wanted


def _completion_id(chat: ChatRequest, suffixes: Sequence[Any]) -> str:
    parts = [chat.model, chat.messages, chat.seed, *([suffixes] if suffixes else [])]
    key = msgspec.json.encode(parts, order="sorted")
    return f"chatcmpl-{hashlib.sha256(key).hexdigest()[:24]}"


def _reply(pieces: Iterable[bytes], *, streaming: bool) -> ModelReply:
    kind = "text/event-stream; charset=utf-8" if streaming else "application/json"
    return ModelReply(
        status=200,
        headers={"content-type": kind, "x-assay-scripted": "1"},
        chunks=_aiter(pieces),
        provider=FINGERPRINT,
        scripted=True,
    )


async def _aiter(pieces: Iterable[bytes]) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece
