"""Random ids for spans, an order of magnitude cheaper than asking the kernel for each.

Seeded from the kernel once per process (and again after a fork); a user's `random.seed` has no effect on
them.
"""

from __future__ import annotations

import os
import random

_random = random.Random(os.urandom(32))
_LOW_64 = (1 << 64) - 1
_VERSION_4 = 0x4 << 76 | 0x8 << 60
_UNSET = ~(0xF << 76 | 0xC << 60)
"""Where a UUID says that it is one of version 4, and everything else."""

random_bits = _random.getrandbits
"""`random_bits(n)`: n random bits as an integer."""


def span_id_of(bits: int) -> str:
    """The 16 hex digits made of the low half of 128 bits."""
    return f"{bits & _LOW_64:016x}"


def row_id_of(bits: int) -> str:
    """The UUID (version 4) made of 128 bits; a pure function of them, so any thread may compute it when
    needed.
    """
    text = f"{bits & _UNSET | _VERSION_4:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_root_id() -> str:
    """32 hex digits that name a trace."""
    return f"{random_bits(128):032x}"


os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))
