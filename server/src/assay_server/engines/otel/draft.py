"""The two sides of a mapping: attributes that conventions take from, and the row they fill in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import UNSET

Payload = Literal["input", "output", "expected", "origin"]

_MAX_DEPTH = 12  # parts of a dotted key that nest; the rest of a longer key stays one name


class Attributes:
    """The attributes of a span that nobody has taken yet. A None value counts as absent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._all = values
        self._left = dict(values)
        self._families: dict[
            str, list[str]
        ] = {}  # by first part of the dotted key: prefixes are asked for often
        for key in values:
            self._families.setdefault(key.partition(".")[0], []).append(key)

    def get(self, key: str) -> Any:
        """The value of a key, left where it is."""
        return self._left.get(key)

    def take(self, *keys: str) -> Any:
        """Remove these keys and return the first value there was, else None."""
        found = [value for key in keys if (value := self._left.pop(key, None)) is not None]
        return found[0] if found else None

    def names(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, which must contain a dot."""
        family = self._families.get(prefix.partition(".")[0], ())
        return [key for key in family if key.startswith(prefix) and key in self._left]

    def take_tree(self, prefix: str) -> Any:
        """Remove `prefix` + `a.0.b` keys and return them nested: `{"a": [{"b": …}]}`; None when there is none."""
        keys = self.names(prefix)
        if not keys:
            return None
        return nest({key[len(prefix) :]: self._left.pop(key) for key in keys})

    def rest(self, *, everything: bool = False) -> Mapping[str, Any]:
        """What is left, or all there was at the beginning."""
        return self._all if everything else self._left


@dataclass(slots=True)
class Draft:
    """A row being filled in. The first convention to say something wins."""

    payloads: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, int | float] = field(default_factory=dict)
    scores: dict[str, int | float | None] = field(default_factory=dict)
    span_attributes: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def lacks(self, name: Payload) -> bool:
        """Whether nobody has set this field."""
        return name not in self.payloads

    def offer(self, name: Payload, value: Any) -> None:
        """Set a field unless it is set; None and UNSET say nothing."""
        if value is not None and value is not UNSET:
            self.payloads.setdefault(name, value)

    def describe(self, name: str, value: Any) -> None:
        """Add to the metadata; under a taken name a different value is kept as `attribute.<name>`."""
        if value is None:
            return
        if self.metadata.setdefault(name, value) != value:
            self.metadata[f"attribute.{name}"] = value

    def tag(self, value: Any) -> bool:
        """Add one tag or a list of them; False when the value is neither."""
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return False
        self.tags.extend(name for name in dict.fromkeys(names) if name not in self.tags)
        return True


def nest(flat: Mapping[str, Any]) -> Any:
    """`{"0.role": "user", "0.calls.0.id": 1}` as `[{"role": "user", "calls": [{"id": 1}]}]`.

    Members whose keys are all numbers become a list in that order, gaps closed. A key that has a value and
    members besides keeps the value under "".
    """
    root: dict[str, Any] = {}
    for key, value in flat.items():
        *path, last = key.split(".", _MAX_DEPTH)
        at = root
        for part in path:
            inner = at.setdefault(part, _Branch())
            if not isinstance(inner, _Branch):
                inner = at[part] = _Branch({"": inner})
            at = inner
        if isinstance(at.get(last), _Branch):
            at[last][""] = value
        else:
            at[last] = value
    return _listed(root)


class _Branch(dict[str, Any]):
    """A level made of dotted keys, told apart from an object that is somebody's value."""


def _listed(level: dict[str, Any]) -> Any:
    members = {key: _listed(value) if isinstance(value, _Branch) else value for key, value in level.items()}
    if members and all(key.isdecimal() and len(key) < 10 for key in members):
        return [members[key] for key in sorted(members, key=int)]
    return members
