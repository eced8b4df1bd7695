"""Halves of surrogate pairs in JSON text: kept as they were sent, in a form that every part of the server can hold.

JSON may escape half of a pair (`\\ud83d`: applications cut texts in the middle of a character), which is no Unicode: no
decoder, engine or column takes it. Inside the server such a half is MARK and a private character that stands for it; a
MARK that was sent stands twice. MARK is a noncharacter, which Unicode sets aside for uses like this one.
"""

from __future__ import annotations

import re

MARK = "\ufdd0"
_MARK = MARK.encode()
_FIRST_HALF, _FIRST_PRIVATE = 0xD800, 0xE000
_MARK_ESCAPED = re.compile(rb"\\u[fF][dD][dD]0")
_SENT = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u([dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|u([fF][dD][dD]0)|.)|" + _MARK,
    re.DOTALL,
)
_HALVES = re.compile("[\ud800-\udfff]")
_KEPT = re.compile(f"{MARK}([\ue000-\ue7ff{MARK}])")


def has_mark(text: bytes) -> bool:
    """Whether JSON text holds MARK, so that it has to be shielded even when it is valid."""
    return _MARK in text or (b"\\u" in text and _MARK_ESCAPED.search(text) is not None)


def shield(text: bytes) -> bytes:
    """JSON text as it was sent → the same with its halves, and each MARK, in the form that is kept."""

    def one(match: re.Match[bytes]) -> bytes:
        high, low, alone, mark = match.groups()
        if high and low:
            return match.group()
        if half := high or alone:
            return _MARK + chr(int(half, 16) - _FIRST_HALF + _FIRST_PRIVATE).encode()
        return _MARK * 2 if mark or match.group() == _MARK else match.group()

    return _SENT.sub(one, text)


def replace_lone_surrogates(text: bytes) -> bytes:
    """JSON text whose halves are U+FFFD, for texts of which only what they mean is kept."""

    def one(match: re.Match[bytes]) -> bytes:
        high, low, alone, _ = match.groups()
        return b"\\ufffd" if (high and not low) or alone else match.group()

    return _SENT.sub(one, text)


def unshield(text: str) -> str:
    """Kept JSON text → JSON text as it was sent, halves as escapes."""
    if MARK not in text:
        return text
    return _KEPT.sub(
        lambda found: MARK if found[1] == MARK else f"\\u{ord(found[1]) - _FIRST_PRIVATE + _FIRST_HALF:04x}",
        text,
    )


def readable(text: str) -> str:
    """Kept text that is no JSON, for whoever can only take Unicode: halves become U+FFFD."""
    if MARK not in text:
        return text
    return _KEPT.sub(lambda found: MARK if found[1] == MARK else "\ufffd", text)


def unicode_only(text: str) -> str:
    """Text whose halves are U+FFFD, for formats that are Unicode: CSV."""
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _HALVES.search(text) else text
    )
