"""One spelling for equal values: what cells and versions are hashed over."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from assay.client.encode import Referenced


class Unstable(ValueError):
    """A value that is written differently the next time, so that nothing can be found again by it."""


def _convert(value: Any) -> Any:
    """Models of pydantic and the like are their fields; anything else has no spelling that lasts."""
    if isinstance(value, Referenced):
        raise Unstable("an attachment is stored under a new name each time")
    dump = getattr(cast("type[Any]", type(value)), "model_dump", None)
    if callable(dump):
        return value.model_dump(mode="json", warnings=False)
    if isinstance(value, complex):
        return repr(value)
    raise Unstable(f"a {type(value).__name__} has no stable text")


_encode = msgspec.json.Encoder(enc_hook=_convert, order="deterministic").encode


def canonical(value: Any) -> bytes:
    """The JSON of a value with sorted keys. Raises Unstable for what has no lasting JSON form."""
    try:
        return _encode(value)
    except Unstable:
        raise
    except Exception as error:
        raise Unstable(str(error)) from error


def digest(*parts: bytes) -> bytes:
    """16 bytes that stand for these parts in this order: JSON texts, words, and first perhaps another digest."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()


def case_key(case: Any, path: Sequence[str]) -> str | None:
    """What pairs a case (an EvalCase or a row) with the same one elsewhere: the JSON at this path, if any."""
    column, *keys = path
    value: Any = (
        cast("Mapping[str, Any]", case).get(column) if isinstance(case, Mapping) else getattr(case, column)
    )
    try:
        value = json.loads(canonical(value), parse_float=_number)
    except (Unstable, RecursionError):
        return None
    for key in keys:
        value = cast("Mapping[str, Any]", value).get(key) if isinstance(value, dict) else None
    return None if value is None else canonical(value).decode()


def _number(text: str) -> float:
    """1.0 is 1 in JSON, and the server pairs them."""
    value = float(text)
    return int(value) if value.is_integer() else value


def is_plain_json(value: Any) -> bool:
    """Whether JSON gives back this very value: no tuple that becomes a list, no object that becomes a dict."""
    kind = cast("type[Any]", type(value))
    if value is None or kind is str or kind is int or kind is bool:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is list:
        return all(map(is_plain_json, value))
    if kind is dict:
        return all(type(key) is str and is_plain_json(item) for key, item in value.items())
    return False
