"""Floating-point numbers spelled so that quick readers of JSON arrive at the same number as exact ones.

Many readers, `bt`'s among them, take the digits of a number as one integer and divide it by a power of ten. Both
steps round, so of the shortest spellings (`0.9333333333333333`) about every eighth ends one unit in the last place
off. Another spelling of the same number (`0.9333333333333334`) mostly does not.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor, inf, log10, nextafter, ulp

from msgspec import Raw

_LARGEST = 2.0**64 - 4096  # such readers keep the digits in 64 bits


def spelled(value: float) -> Raw:
    """JSON text of a finite number: its shortest spelling, or another where that one would be misread.

    To an exact reader the text always is that number. About one number in 600 has no spelling that both kinds of
    readers read alike; it gets its shortest.
    """
    text = repr(value)
    if quickly_read(text.lstrip("-")) != abs(value) and (other := _respelled(abs(value))):
        text = f"{'-' if value < 0 else ''}{other}"
    return Raw(text.encode())


def quickly_read(text: str) -> float:
    """What a reader that rounds twice makes of the JSON text of a positive number of at most 64 bits of digits."""
    digits, _, exponent = text.lower().partition("e")
    whole, _, fraction = digits.partition(".")
    read, power = float(int(whole + fraction)), int(exponent or 0) - len(fraction)
    while power < -308:
        read, power = read / 1e308, power + 308
    return read * _power(power) if power >= 0 else read / _power(-power)


def _respelled(value: float) -> str | None:
    first = max(15 - floor(log10(value)), 0)
    for power in range(first, first + 6):
        scale = _power(power)
        near = value * scale
        if near > _LARGEST:
            return None
        for integer in (near, nextafter(near, 0), nextafter(near, inf)):
            if integer / scale == value and (text := _between(value, integer, power)):
                return text
    return None


def _between(value: float, integer: float, power: int) -> str | None:
    """A decimal of `power` places that rounds to `value`, whose digits as an integer round to `integer`."""
    room = max(int(ulp(integer)) // 2 - 1, 0)
    exact = round(Fraction(value) * 10**power)
    nearest = min(max(exact, int(integer) - room), int(integer) + room)
    text = str(Decimal(nearest).scaleb(-power))
    return text if float(text) == value == quickly_read(text) else None


@cache
def _power(exponent: int) -> float:
    return float(f"1e{exponent}")
