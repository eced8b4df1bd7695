"""Turning logged values into JSON bytes, at the moment they are logged.

Policy: a value is encoded on the caller's thread inside `span.log`, because that is the cheapest exact
snapshot there is (about a microsecond for 2 KB; a deep copy costs 20 times as much) and later changes to the
object cannot leak into the row. Assembling, merging, masking and sending rows happen on the background
thread.

What JSON cannot hold degrades, never raises: dataclasses, attrs, msgspec and pydantic objects become objects;
sets and tuples arrays; dates, UUIDs, Decimals, enums text; bytes base64; NaN and infinities null; array
libraries their lists up to a size; anything else `repr`. A value that refers to itself or nests deeper than
200 levels is cut there, lone surrogates are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import msgspec

MAX_DEPTH = 200
MAX_ARRAY_ITEMS = 10_000
CUT = "<too deep>"
CYCLE = "<circular reference>"

decode_json = msgspec.json.decode
"""Bytes to Python values; raises msgspec.DecodeError."""


class Referenced:
    """A value that is stored elsewhere: rows hold a reference to it."""

    def as_reference(self) -> dict[str, str]:
        """What stands in the row in place of the value."""
        raise NotImplementedError


class Snapshotter:
    """Encodes values; a `Referenced` one is reported and replaced by its reference."""

    def __init__(self, on_reference: Callable[[Referenced], None] | None = None) -> None:
        self._on_reference = on_reference
        self._encode = msgspec.json.Encoder(enc_hook=self._convert).encode

    def __call__(self, value: Any) -> bytes:
        """The JSON of a value. Never raises."""
        try:
            return self._encode(value)
        except Exception:  # whatever a user's object does while it is read, tracing goes on
            return self._slow(value)

    def _slow(self, value: Any) -> bytes:
        try:
            return self._encode(self._plain(value, 0, set()))
        except Exception as error:
            return self._encode(f"<not serializable: {type(value).__name__}: {type(error).__name__}>")

    def _convert(self, value: Any) -> Any:
        """A stand-in for one object msgspec has no rule for."""
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, Referenced):
            if self._on_reference is not None:
                self._on_reference(value)
            return value.as_reference()
        return _simplify(value)

    def _plain(self, value: Any, depth: int, above: set[int]) -> Any:
        """A copy made of plain JSON values, bounded in depth, without cycles."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode("utf-8")
        if depth >= MAX_DEPTH:
            return CUT
        if id(value) in above:
            return CYCLE
        above.add(id(value))
        try:
            return self._plain_children(value, depth + 1, above)
        finally:
            above.discard(id(value))

    def _plain_children(self, value: Any, depth: int, above: set[int]) -> Any:
        if isinstance(value, Mapping):
            items = list(cast("Mapping[Any, Any]", value).items())
            return {_key_text(key): self._plain(item, depth, above) for key, item in items}
        if isinstance(value, list | tuple | set | frozenset):
            members = cast("Iterable[Any]", value)
            return [self._plain(item, depth, above) for item in list(members)]
        fields = _dataclass_fields(value)
        if fields is not None:
            return self._plain(fields, depth, above)
        try:
            return msgspec.to_builtins(value, enc_hook=self._convert)
        except Exception:
            return _text(value)


def _simplify(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key_text(key): item for key, item in cast("Mapping[Any, Any]", value).items()}
    # Looked up on the type: objects that invent attributes (mocks, proxies) would promise anything.
    if callable(getattr(cast("type[Any]", type(value)), "model_dump", None)):
        try:
            return value.model_dump(mode="json", warnings=False)
        except Exception:  # a model that cannot be JSON still has fields
            return value.model_dump()
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    listed = _array(value)
    return _text(value) if listed is None else listed


def _array(value: Any) -> Any:
    """Lists and scalars of array libraries (numpy, torch, pandas); None for everything else and for big
    arrays.
    """
    if not callable(getattr(cast("type[Any]", type(value)), "tolist", None)):
        return None
    size = getattr(value, "size", None)
    return value.tolist() if not isinstance(size, int) or size <= MAX_ARRAY_ITEMS else None


def _dataclass_fields(value: Any) -> dict[str, Any] | None:
    names = getattr(cast("type[Any]", type(value)), "__dataclass_fields__", None)
    if names is None:
        return None
    return {str(name): getattr(value, name, None) for name in names}


def _key_text(key: Any) -> str:
    return _clean(key) if isinstance(key, str) else _text(key)


def _text(value: Any) -> str:
    return _clean(repr(value))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
