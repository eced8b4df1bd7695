"""Prices: real models cost what their list says, unknown ones have no price, odd counts do no harm."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest

from assay_server.engines.pricing import estimate


def test_plain_price() -> None:
    # gpt-4o: $2.50 per million prompt tokens, half of it when cached, $10 per million completion tokens.
    assert estimate("gpt-4o", {"prompt_tokens": 1000, "completion_tokens": 100}) == pytest.approx(0.0035)
    cached = {"prompt_tokens": 1000, "prompt_cached_tokens": 400, "completion_tokens": 100}
    assert estimate("gpt-4o", cached) == pytest.approx(0.0030)


@pytest.mark.parametrize("name", ["gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06"])
def test_names_of_one_model(name: str) -> None:
    assert estimate(name, {"prompt_tokens": 2000}) == pytest.approx(0.005)


def test_tiered_price_grows_with_the_prompt() -> None:
    small = estimate("gemini-2.5-pro", {"prompt_tokens": 100_000, "completion_tokens": 1})
    large = estimate("gemini-2.5-pro", {"prompt_tokens": 400_000, "completion_tokens": 1})
    assert small is not None
    assert large is not None
    assert large > 4 * small * 1.5


def test_embedding_price() -> None:
    assert estimate("text-embedding-3-small", {"prompt_tokens": 1000}) == pytest.approx(0.00002)


@pytest.mark.parametrize(
    ("model", "metrics"),
    [
        ("no-such-model", {"prompt_tokens": 10}),
        ("", {"prompt_tokens": 10}),
        ("gpt-4o", {}),
        ("gpt-4o", {"prompt_tokens": "many"}),
        ("gpt-4o", {"prompt_tokens": -5}),
        ("gpt-4o", {"prompt_tokens": math.nan, "completion_tokens": math.inf}),
        ("gpt-4o", {"prompt_tokens": True}),
    ],
)
def test_no_price(model: str, metrics: dict[str, Any]) -> None:
    assert estimate(model, metrics) is None


def test_cached_tokens_never_exceed_the_prompt() -> None:
    metrics = {"prompt_tokens": 100, "prompt_cached_tokens": 10_000}
    assert estimate("gpt-4o", metrics) == pytest.approx(100 * 1.25 / 1e6)


def test_prices_load_only_when_asked() -> None:
    code = "import sys, assay_server.engines.pricing; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
