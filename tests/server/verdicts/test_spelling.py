"""Numbers of summaries: the same for readers that round once and for those that round twice."""

from __future__ import annotations

import math
import random

import pytest

from assay_server.features.experiments.spelling import quickly_read, spelled


def text_of(value: float) -> str:
    return bytes(spelled(value)).decode()


@pytest.mark.parametrize("value", [28 / 30, 1 / 3e7, 2e9 / 3, -0.0065 / 0.7, 29 / 31, 1.1e-12 * 7 / 9])
def test_what_would_be_misread_is_spelled_differently(value: float) -> None:
    size = text_of(abs(value))
    assert quickly_read(repr(abs(value))) != abs(value) or size == repr(abs(value))
    assert quickly_read(size) == abs(value) == float(size)
    assert float(text_of(value)) == value


def test_every_spelling_is_the_number_and_nearly_all_are_read_alike() -> None:
    rng = random.Random(7)
    values = [rng.random() * 10.0 ** rng.randint(-9, 9) for _ in range(5_000)]
    values += [rng.randint(0, n) / n for n in range(1, 200) for _ in range(10)]
    texts = [text_of(value) for value in values]
    assert [float(text) for text in texts] == values
    alone = [quickly_read(repr(value)) != value for value in values].count(True)
    misread = [quickly_read(text) != value for text, value in zip(texts, values, strict=True)].count(True)
    assert alone > len(values) / 20
    assert misread < len(values) / 300


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 1.0, 0.1, 1e22, 123456789012345680.0, 5e-324, math.nextafter(0.0, 1.0), 1.7976931348623157e308],
)  # fmt: skip
def test_the_ends_of_the_scale(value: float) -> None:
    read = float(text_of(value))
    assert (read, math.copysign(1, read)) == (value, math.copysign(1, value))
