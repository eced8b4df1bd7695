"""What the spans of an experiment say about models, prompts and scorers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, cast

from assay import __version__

_PARAMETERS = (
    "model", "provider", "temperature", "top_p", "seed", "max_tokens", "max_completion_tokens", "system_fingerprint",
    "reasoning_effort", "prompt",
)  # fmt: skip
_INSTRUCTING = ("system", "developer")
_MOST = 1_000
"""Distinct models and prompts listed; the spans hold all of them."""

_LONGEST_PROMPT = 100_000

Row = Mapping[str, Any]


class Contents:
    """Collects while the spans stream by."""

    def __init__(self) -> None:
        self._models: Counter[str] = Counter()
        self._prompts: dict[str, dict[str, Any]] = {}
        self._scorers: dict[str, dict[str, Any]] = {}

    def add(self, row: Row) -> None:
        """Note what one span shows."""
        attributes = _mapping(row.get("span_attributes"))
        judging = attributes.get("purpose") == "scorer"
        if attributes.get("type") == "llm":
            self._add_model(row, "scoring" if judging else "task")
        elif attributes.get("type") == "score":
            self._add_scorer(row, str(attributes.get("name") or ""))

    def models(self) -> list[dict[str, Any]]:
        """Distinct models with their parameters and how many calls went to each, most first."""
        return [{**json.loads(key), "calls": calls} for key, calls in self._models.most_common(_MOST)]

    def prompts(self) -> list[dict[str, Any]]:
        """Distinct instructions to models, most used first."""
        return sorted(self._prompts.values(), key=lambda prompt: -prompt["uses"])

    def scorers(self, versions: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Scorers by name: where they are defined, and the version recorded with the experiment or the span."""
        found = [
            {**about, "version": about["version"] or versions.get(name)}
            for name, about in self._scorers.items()
        ]
        return sorted(found, key=lambda about: about["name"])

    def _add_model(self, row: Row, purpose: str) -> None:
        metadata = _mapping(row.get("metadata"))
        described = {name: metadata[name] for name in _PARAMETERS if metadata.get(name) is not None}
        self._models[json.dumps({"purpose": purpose, **described}, sort_keys=True)] += 1
        for message in _messages(row.get("input")):
            if message.get("role") in _INSTRUCTING:
                self._add_prompt(message.get("content"), purpose)

    def _add_prompt(self, content: Any, purpose: str) -> None:
        text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if digest not in self._prompts:
            if len(self._prompts) >= _MOST:
                return
            self._prompts[digest] = {
                "sha256": digest,
                "purpose": purpose,
                "uses": 0,
                "text": text[:_LONGEST_PROMPT],
            }
        self._prompts[digest]["uses"] += 1

    def _add_scorer(self, row: Row, name: str) -> None:
        context, metadata = _mapping(row.get("context")), _mapping(row.get("metadata"))
        file = context.get("caller_filename")
        about = self._scorers.setdefault(
            name, {"name": name, "version": None, "function": None, "file": None}
        )
        about["version"] = about["version"] or metadata.get("scorer_version")
        about["function"] = about["function"] or context.get("caller_functionname")
        about["file"] = about["file"] or (PurePath(file).name if isinstance(file, str) else None)
        about["sdk"] = __version__


def _messages(value: Any) -> list[Row]:
    if not isinstance(value, list):
        return []
    return [cast("Row", message) for message in cast("list[Any]", value) if isinstance(message, dict)]


def _mapping(value: Any) -> Row:
    return cast("Row", value) if isinstance(value, dict) else {}
