"""Prices: real models cost what their list says, unknown ones have no price, odd counts do no harm."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import pytest
from genai_prices import Usage, calc_price

from assay_server.engines.pricing import estimate, parts, total_cost


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


@pytest.mark.parametrize("prompt", [1, 200_000, 200_001, 400_000])
def test_parts_add_up_to_what_the_list_says(prompt: int) -> None:
    usage = Usage(
        input_tokens=prompt, output_tokens=40, cache_read_tokens=prompt // 2, cache_write_tokens=prompt // 4
    )
    metrics = {
        "prompt_tokens": prompt, "completion_tokens": 40, "prompt_cached_tokens": prompt // 2,
        "prompt_cache_creation_tokens": prompt // 4, "completion_reasoning_tokens": 10,
    }  # fmt: skip
    for model in ("gemini-2.5-pro", "gpt-4o", "claude-sonnet-4-5"):
        found = parts(model, metrics)
        assert found is not None
        assert found["reasoning"] == pytest.approx(found["completion"] / 4)
        assert total_cost(found) == pytest.approx(float(calc_price(usage, model).total_price))
        assert total_cost(found) == estimate(model, metrics)


def test_what_was_written_to_a_cache_counts_by_how_long_it_is_kept() -> None:
    aggregate = {"prompt_tokens": 100, "prompt_cache_creation_tokens": 60}
    kept = {"prompt_cache_creation_5m_tokens": 40, "prompt_cache_creation_1h_tokens": 20}
    plain = parts("claude-sonnet-4-5", aggregate)
    assert plain == parts("claude-sonnet-4-5", {"prompt_tokens": 100, **kept})
    assert plain == parts("claude-sonnet-4-5", {**aggregate, "prompt_cache_creation_5m_tokens": 1})
    assert plain is not None
    assert plain["creation"] > plain["prompt"] > 0
