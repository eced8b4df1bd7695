"""What arbitrary Python values become."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
import uuid
from collections import OrderedDict, UserDict
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.client.encode import CUT, CYCLE, Snapshotter

snapshot = Snapshotter()


def through(value: Any) -> Any:
    """The value as a reader of the row gets it."""
    return json.loads(snapshot(value))


class Song(pydantic.BaseModel):
    """A user's model."""

    title: str
    when: datetime.date


@dataclasses.dataclass
class Point:
    """A user's dataclass."""

    x: int
    other: Any = None


class Mood(enum.Enum):
    """A user's enum."""

    CALM = "calm"


class Text(str):
    """A subclass of a plain type."""


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_values_come_through_unchanged(value: Any) -> None:
    expected = json.loads(json.dumps(value).encode("utf-8", "replace"))
    assert through(value) == _surrogates_replaced(expected)


def _surrogates_replaced(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_surrogates_replaced(item) for item in value]
    if isinstance(value, dict):
        return {_surrogates_replaced(key): _surrogates_replaced(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Song(title="A", when=datetime.date(2026, 1, 2)), {"title": "A", "when": "2026-01-02"}),
        ([Point(1, Point(2))], [{"x": 1, "other": {"x": 2, "other": None}}]),
        (
            Point(1, Song(title="B", when=datetime.date(2026, 1, 2))),
            {"x": 1, "other": {"title": "B", "when": "2026-01-02"}},
        ),
        (Mood.CALM, "calm"),
        (Text("sub"), "sub"),
        ({1, 2}, [1, 2]),
        ((1, "a"), [1, "a"]),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict(a={"b": 1}), {"a": {"b": 1}}),
        ({1: "int", ("t", 2): "tuple", None: "none"}, {"1": "int", "('t', 2)": "tuple", "None": "none"}),
        (b"\x00\xff", "AP8="),
        (math.nan, None),
        (math.inf, None),
        (2**70, 2**70),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (decimal.Decimal("1.50"), "1.50"),
        (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "2026-01-02T00:00:00Z"),
        (Path("/tmp/x"), "PosixPath('/tmp/x')"),
        (ValueError("bad"), "ValueError: bad"),
        (numpy.arange(3), [0, 1, 2]),
        (numpy.float32(0.5), 0.5),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ({"k\ud800": Text("v")}, {"k?": "v"}),
        (Song, repr(Song)),
    ],
    ids=repr,
)  # fmt: skip
def test_other_values_degrade_to_something_readable(value: Any, expected: Any) -> None:
    assert through(value) == expected


def test_a_cycle_is_cut_where_it_closes() -> None:
    loop: dict[str, Any] = {"name": "a", "list": [1]}
    loop["list"].append(loop)
    assert through(loop) == {"name": "a", "list": [1, CYCLE]}


def test_an_object_seen_twice_is_not_a_cycle() -> None:
    shared, opaque = {"x": 1}, object()
    assert through([shared, shared, {"o": opaque}])[:2] == [{"x": 1}, {"x": 1}]


def test_depth_is_bounded() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    found, depth = through(deep), 0
    while isinstance(found, list):
        found, depth = found[0], depth + 1
    assert (found, depth) == (CUT, 200)


def test_hostile_objects_never_raise() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("no text")

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    assert "not serializable" in through(Hostile())
    assert through({"a": MagicMock()})["a"].startswith("<MagicMock")


def test_big_arrays_are_described_not_copied() -> None:
    assert len(through(numpy.zeros(1_000_000))) < 200
