"""Keeping secrets out: what looks like a key is replaced before anything is written.

Three nets: values of this process's environment variables and saved settings whose name speaks of a secret,
members of JSON objects with such a name, and text in the form of well-known credentials. A capsule never holds
environment variables of its own. What no net can know (a password in a sentence) stays; look before you share.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

REDACTED = "[redacted]"

_SHORTEST = 12
"""Characters below which a variable's value is a word that may stand anywhere, and no secret."""

_SECRET_NAME = re.compile(
    r"(?:api[_-]?keys?|secrets?|passwords?|passwd|credentials?|authorization|private[_-]?key|cookie|"
    r"(?:access|auth|bearer|refresh|session|id)[_-]?token)$",
    re.IGNORECASE,
)
_LOOKS_OPAQUE = re.compile(r"\S{12,}")
"""A value under the name `token` that is a credential; shorter ones are pieces of text."""

_SECRET_VARIABLE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)

_WHOLE = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_[A-Za-z0-9_]{20,}",
    r"\bglpat-[A-Za-z0-9_-]{16,}",
    r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
    r"\bAIza[0-9A-Za-z_-]{30,}",
    r"\bhf_[A-Za-z0-9]{20,}",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
)
_AFTER = (
    r"(?<=Bearer )[A-Za-z0-9._~+/=-]{12,}",
    r"(?<=Basic )[A-Za-z0-9+/=]{12,}",
    r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
)
_ASSIGNED = re.compile(
    r"(?P<name>(?-i:\b[A-Z][A-Z0-9_]*(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD)[A-Z0-9_]*)\s*=\s*)(?P<bare>[^\s\"'`$]{8,})"
    r"|(?P<word>(?:api_?key|secret|token|password|passwd)\w*[\"']?\s*[:=]\s*)(?P<quote>[\"'])(?P<text>[^\"'\n]{8,})",
    re.IGNORECASE,
)
_SECRET_FILE = re.compile(
    r"(?:^|/)(?:\.env[^/]*|\.netrc|\.npmrc|\.pypirc|id_[a-z0-9]+|credentials[^/]*|[^/]*\.(?:pem|key|p12|pfx|keystore))$"
)
_DIFF_START = re.compile(r"^diff --git a/(?P<path>.*?) b/.*$", re.MULTILINE)


class Redactor:
    """Replaces secrets in values and text, and counts how often."""

    def __init__(self, known: Iterable[str] = (), environment: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environment is None else environment
        named = [value for name, value in variables.items() if _SECRET_VARIABLE.search(name)]
        values = {value for value in [*known, *named] if len(value) >= _SHORTEST}
        literal = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
        self._pattern = re.compile("|".join([*literal, *_WHOLE, *_AFTER]), re.DOTALL)
        self.count = 0

    def value(self, value: Any) -> Any:
        """A JSON value without secrets; numbers and shapes stay as they are."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in cast("list[Any]", value)]
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            return {self.text(key): self._member(key, member) for key, member in members.items()}
        return value

    def text(self, text: str) -> str:
        """Text without secrets."""
        if len(text) < 8:
            return text
        text, found = self._pattern.subn(REDACTED, text)
        self.count += found
        if "=" in text or ":" in text:
            text = _ASSIGNED.sub(self._assigned, text)
        return text

    def diff(self, text: str) -> str:
        """A git diff without the files that hold secrets, and without secrets in the others."""
        starts = [*_DIFF_START.finditer(text)]
        parts = [text[: starts[0].start()] if starts else text]
        for start, after in zip(starts, [*starts[1:], None], strict=True):
            part = text[start.start() : after.start() if after else len(text)]
            if _SECRET_FILE.search(start["path"]):
                self.count += 1
                part = f"{start[0]}\n{REDACTED}: a file that may hold secrets\n"
            parts.append(part)
        return self.text("".join(parts))

    def _member(self, key: str, member: Any) -> Any:
        if _SECRET_NAME.search(key) or (key.lower() == "token" and _opaque(member)):
            members = cast("list[Any]", member) if isinstance(member, list) else [member]
            hidden = [REDACTED if isinstance(one, str) and one else self.value(one) for one in members]
            self.count += hidden.count(REDACTED)
            return hidden if isinstance(member, list) else hidden[0]
        return self.value(member)

    def _assigned(self, match: re.Match[str]) -> str:
        if REDACTED in match[0]:
            return match[0]
        self.count += 1
        if match["bare"] is not None:
            return f"{match['name']}{REDACTED}"
        return f"{match['word']}{match['quote']}{REDACTED}"


def _opaque(value: Any) -> bool:
    return isinstance(value, str) and _LOOKS_OPAQUE.fullmatch(value) is not None
