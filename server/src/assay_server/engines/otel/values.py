"""Attribute values as JSON values, nothing lost: what JSON has no number for becomes text."""

from __future__ import annotations

import base64
import math
from typing import Any

import msgspec

from assay_server.engines.halves import replace_lone_surrogates


def finite(number: float) -> float | str:
    """A float as JSON can hold it; NaN and the infinities are spelled the way OTLP's JSON spells them."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def binary(data: bytes) -> str:
    """Bytes as base64, the way OTLP's JSON spells them."""
    return base64.b64encode(data).decode()


def as_number(value: Any) -> int | float | None:
    """The value when it is a number, else None; booleans are none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def parse_json(value: Any) -> Any:
    """What a JSON text means; any other value, and text that is no JSON, comes back as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:  # instrumentations cut long texts anywhere, also between the halves of a character
        return msgspec.json.decode(replace_lone_surrogates(value.encode("utf-8", "replace")))
    except (msgspec.DecodeError, RecursionError):
        return value


def parse_structure(value: Any) -> Any:
    """Like `parse_json`, but a text that merely looks like a JSON number, boolean or null stays text."""
    parsed = parse_json(value)
    return parsed if isinstance(parsed, dict | list) else value


def json_text(value: Any) -> str:
    """A value as text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
