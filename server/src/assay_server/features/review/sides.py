"""Left and right of a pair: an order by chance, but the same each time for one reviewer and one item."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

_OTHER = {"first": "second", "second": "first", "tie": "tie"}


def swapped(item: Mapping[str, Any], user_id: str) -> bool:
    """Whether the second row of a pair stands on the left for this user."""
    return hashlib.sha256(f"{item['id']} {user_id}".encode()).digest()[0] % 2 == 1


def stored_side(preference: str, item: Mapping[str, Any], user_id: str) -> str:
    """left, right or tie of a user as first, second or tie of the item."""
    side = {"left": "first", "right": "second", "tie": "tie"}[preference]
    return _OTHER[side] if swapped(item, user_id) else side


def shown_side(side: str, item: Mapping[str, Any], user_id: str) -> str:
    """The other way round."""
    seen = _OTHER[side] if swapped(item, user_id) else side
    return {"first": "left", "second": "right", "tie": "tie"}[seen]
