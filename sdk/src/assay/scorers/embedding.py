"""Scorers over embeddings, computed through the gateway."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any, ClassVar

from assay.core.mustache import to_text
from assay.scorers.gateway import embed
from assay.scorers.score import Score, require_expected


class EmbeddingSimilarity:
    """Closeness in meaning: the cosine between the embeddings of output and expected.

    Unrelated texts rarely fall below a cosine of 0.7, so cosines from `expected_min` to 1 are stretched
    over scores from 0 to 1. `prefix` is put before both texts (to give short ones context). `model` is any
    embedding model the gateway knows; `base_url` and `api_key` lead to another server.
    """

    blocking: ClassVar[bool] = True
    """A call waits for the gateway, so the eval runner gives it a thread."""

    name: ClassVar[str] = "EmbeddingSimilarity"

    def __init__(
        self,
        *,
        model: str = "text-embedding-3-small",
        prefix: str = "",
        expected_min: float = 0.7,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        if not 0 <= expected_min < 1:
            raise ValueError(
                f"expected_min is {expected_min}: give a cosine from 0 up to, but not including, 1"
            )
        self._model, self._prefix, self._expected_min = model, prefix, expected_min
        self._base_url, self._api_key, self._timeout = base_url, api_key, timeout

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare two texts.

        Raises ValueError without an expected value, the gateway's error when it cannot embed.
        """
        require_expected(self.name, expected)
        texts = [self._prefix + to_text(output), self._prefix + to_text(expected)]
        if texts[0] == texts[1]:
            return Score(self.name, 1.0, {"cosine": 1.0})
        left, right = embed(
            texts, model=self._model, base_url=self._base_url, api_key=self._api_key, timeout=self._timeout
        )
        value = cosine(left, right)
        stretched = (value - self._expected_min) / (1 - self._expected_min)
        return Score(self.name, min(1.0, max(0.0, stretched)), {"cosine": value})

    async def eval_async(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`, for callers that await; the request runs in a thread."""
        return await asyncio.to_thread(self.eval, output, expected, **context)

    def __call__(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`."""
        return self.eval(output, expected, **context)


def cosine(left: Sequence[float], right: Sequence[float]) -> float:
    """The cosine of the angle between two vectors of equal length; 0 when either has no length."""
    norm = math.hypot(*left) * math.hypot(*right)
    return 0.0 if norm == 0 else sum(a * b for a, b in zip(left, right, strict=True)) / norm
