"""Synthetic agent traffic: traces of 8 spans (agent, plan, 3 model calls, 3 tools), 2.3 KB a span on average.

Words come from a skewed vocabulary so that compression and the text index see something like language. Every root
output carries one of 997 rare words, `needle000zq` … `needle996zq`, for search tests.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "gemini-2.5-pro")
SPANS = 8


class Text:
    """Slices of one long pseudo-random text."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        vocabulary = random.Random(7)
        words = [
            "".join(
                vocabulary.choice("bcdfghklmnprstvw") + vocabulary.choice("aeiou")
                for _ in range(vocabulary.randint(1, 4))
            )
            for _ in range(4000)
        ]
        weights = [1 / (rank + 5) for rank in range(len(words))]
        self._text = " ".join(self.random.choices(words, weights, k=400_000))

    def take(self, length: int) -> str:
        """A slice of `length` characters from a random place."""
        start = self.random.randrange(len(self._text) - length)
        return self._text[start : start + length]


def traces(count: int, *, seed: int, start: datetime, spacing: timedelta) -> Iterator[list[dict[str, Any]]]:
    """`count` traces, each a list of 8 finished log rows without object ids."""
    text = Text(seed)
    rnd = random.Random(seed + 1)
    for number in range(count):
        yield list(_trace(number, text, rnd, start + spacing * number))


def _trace(number: int, text: Text, rnd: random.Random, begun: datetime) -> Iterator[dict[str, Any]]:
    root = f"{rnd.getrandbits(128):032x}"
    ids = [f"{rnd.getrandbits(64):016x}" for _ in range(SPANS)]
    metadata = {"user_id": f"user-{rnd.randrange(1000)}", "env": rnd.choice(["prod", "prod", "staging"]),
                "tier": rnd.choice(["free", "pro", "team"])}  # fmt: skip
    base = begun.timestamp()

    def span(
        at: int, parent: int | None, kind: str, name: str, first: int, last: int, **fields: Any
    ) -> dict[str, Any]:
        metrics = {"start": base + first / 1000, "end": base + last / 1000, **fields.pop("metrics", {})}
        return {
            "id": f"{root[:20]}{ids[at]}", "span_id": ids[at], "root_span_id": root,
            "span_parents": None if parent is None else [ids[parent]],
            "created": (begun + timedelta(milliseconds=first)).astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "span_attributes": {"name": name, "type": kind}, "metrics": metrics,
            "metadata": {**metadata, **fields.pop("metadata", {})}, **fields,
        }  # fmt: skip

    question = {"question": text.take(200)}
    scores = {"Quality": round(rnd.random(), 3)} if rnd.random() < 0.5 else {}
    answer = {"answer": f"{text.take(300)} needle{number % 997:03d}zq"}
    yield span(
        0, None, "task", "agent", 0, rnd.randint(2000, 9000), input=question, output=answer, scores=scores
    )
    yield span(1, 0, "function", "plan", 1, 1900, input=question, output={"plan": text.take(150)})
    for step, at in enumerate((2, 4, 6)):
        begin = 10 + step * 600
        roles = (("system", 800), ("user", 1200), ("assistant", 600), ("user", 500))
        messages = [{"role": role, "content": text.take(size)} for role, size in roles]
        prompt, completion = rnd.randint(300, 900), rnd.randint(50, 300)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "tokens": prompt + completion}
        reply = [{"role": "assistant", "content": text.take(900)}]
        yield span(at, 1, "llm", "chat", begin, begin + rnd.randint(100, 500), input=messages, output=reply,
                   metrics=usage, metadata={"model": rnd.choice(MODELS)})  # fmt: skip
        yield span(at + 1, 1, "tool", rnd.choice(["search", "sql", "python"]), begin + 510, begin + 580,
                   input={"args": text.take(120)}, output={"result": text.take(350)})  # fmt: skip


def bodies(
    count: int, per_request: int, *, seed: int, start: datetime, spacing: timedelta, project_id: str
) -> Iterator[bytes]:
    """Ready request bodies for POST /logs3, `per_request` traces each."""
    rows: list[dict[str, Any]] = []
    for number, trace in enumerate(traces(count, seed=seed, start=start, spacing=spacing), 1):
        rows.extend({**row, "project_id": project_id, "log_id": "g"} for row in trace)
        if number % per_request == 0 or number == count:
            yield json.dumps(
                {"rows": rows, "api_version": 2}, separators=(",", ":"), ensure_ascii=False
            ).encode()
            rows = []
