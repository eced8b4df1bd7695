"""Plays an LLM judge by rules: it looks at the tagged material of the prompt and picks one of the choices
offered.

The judge's name (`[judge: Name]` on the first line) selects a rule; every rule yields a grade from 0 to 1,
and the grade picks from the choices, which are read as ordered from worst to best. Judges without a rule of
their own are graded by how many words the output shares with the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from assay_server.engines.gateway.scenario import ChatRequest, Reply, ToolCall, text_of

PRIORITY = 50

Graded = tuple[float, str]
"""A grade from 0 to 1 and the reason for it."""

_SONG = re.compile(r"^\s*(?:[-*]|\d+[.)])\s*(.+?)\s+(?:—|–|-|by)\s+(.+?)(?:\s*\[([^\]]*)\])?\s*$", re.M)
_CHOICE_LINE = re.compile(r"^\s*[-*]\s*([\w -]{1,40}):", re.M)
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "were",
        "will",
        "with",
    ]
)
_HARMFUL = frozenset(
    [
        "kill",
        "bomb",
        "weapon",
        "suicide",
        "hate",
        "slur",
        "password",
        "secret",
        "exploit",
        "malware",
        "steal",
        "eval",
        "exec",
        "rm",
        "drop",
        "chmod",
    ]
)
_WITTY = re.compile(
    r"\b(joke|pun|walks into|why did|knock knock|funny|laugh\w*|ha(?:ha)+)\b|!|\bsaid the\b", re.I
)


def matches(request: ChatRequest) -> bool:
    """Whether the first line names a judge."""
    return request.judge is not None


def reply(request: ChatRequest) -> Reply:
    """Reasons and a choice: as the forced tool call, as JSON otherwise."""
    prompt = "\n".join(text_of(message) for message in request.messages)
    grade, reasons = _RULES.get(request.judge or "", _overlap)(_sections(prompt), request)
    tool = request.tool(request.forced_tool) if request.forced_tool else None
    properties = ((tool or {}).get("parameters") or {}).get("properties") or {}
    arguments = _filled(properties, grade, reasons)
    if tool is not None:
        return Reply(tool_calls=[ToolCall(str(tool["name"]), arguments)])
    choices = _CHOICE_LINE.findall(prompt)
    choice = _choose(choices, grade) if choices else f"{grade:.2f}"
    return Reply(text=msgspec.json.encode({"reasons": reasons, "choice": choice}).decode())


def _filled(properties: Mapping[str, Any], grade: float, reasons: str) -> dict[str, Any]:
    """Arguments for the judging tool: the choice where there is an enum, the reasons in other strings."""
    arguments: dict[str, Any] = {}
    for name, schema in properties.items():
        if options := schema.get("enum"):
            arguments[name] = _choose(options, grade)
        elif schema.get("type") in ("number", "integer"):
            arguments[name] = grade
        else:
            arguments[name] = reasons
    return arguments


def _choose(options: Sequence[Any], grade: float) -> Any:
    return options[min(len(options) - 1, int(grade * len(options)))]


def _sections(prompt: str) -> dict[str, str]:
    """The material of the prompt by tag name."""
    return {tag: text.strip() for tag, text in re.findall(r"<(\w+)>\s*(.*?)\s*</\1>", prompt, re.S)}


def _variety(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Different artists per song, and how many genres there are."""
    songs = _SONG.findall(
        parts.get("playlist") or parts.get("output") or parts.get("answer") or request.last_user
    )
    if not songs:
        return 0.0, "There is no playlist to judge."
    artists = {artist.lower() for _, artist, _ in songs}
    genres = {genre.lower() for _, _, genre in songs if genre}
    by_artist = max(0.0, (len(artists) / len(songs) - 0.3) / 0.7)
    by_genre = min(1.0, max(0, len(genres) - 1) / 3)
    shade = request.random("judge").uniform(-0.08, 0.08)  # borderline cases fall either way, as people's do
    grade = min(1.0, max(0.0, 0.6 * by_artist + 0.4 * by_genre + shade))
    if grade >= 0.75:
        verdict = "The mix is broad."
    else:
        verdict = "It keeps to few artists or genres." if grade < 0.5 else "It varies somewhat."
    counted = f"{_many(len(songs), 'song')} by {_many(len(artists), 'artist')}"
    listed = f" ({', '.join(sorted(genres))})" if genres else ""
    return grade, f"{counted} in {_many(len(genres), 'genre')}{listed}. {verdict}"


def _overlap(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Words of the reference found in the answer, and words of the answer supported by it."""
    reference = _first(parts, "reference", "expected", "expert_translation", "reference_query", "criterion")
    answer = _first(parts, "answer", "output", "translation", "query", "submission", "text")
    wanted, said = _words(reference), _words(answer)
    if not wanted or not said:
        return 0.0, "The reference or the answer is empty."
    recall = len(wanted & said) / len(wanted)
    precision = len(wanted & said) / len(said)
    # An answer may say more than the reference; leaving something out weighs more.
    return 0.75 * recall + 0.25 * precision, (
        f"The answer has {len(wanted & said)} of the reference's {len(wanted)} words; "
        f"{round(100 * precision)} % of its own words are supported."
    )


def _criterion(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Whether the words of the criterion are in the answer."""
    wanted, said = _words(parts.get("criterion", "")), _words(parts.get("answer", ""))
    share = len(wanted & said) / len(wanted) if wanted else 0.0
    return share, f"{len(wanted & said)} of the criterion's {len(wanted)} words are met by the answer."


def _same_query(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Equal once case and white space are ignored."""
    first, second = (
        re.sub(r"[\s;]+", " ", parts.get(tag, "")).strip().lower() for tag in ("reference_query", "query")
    )
    same = bool(first) and first == second
    return (
        (1.0, "The queries are the same but for form.")
        if same
        else (0.0, "The queries differ in more than form.")
    )


def _comparison(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Which of two answers covers more of the task."""
    task = _words(_first(parts, "instructions", "text"))
    first, second = (len(task & _words(parts.get(tag, ""))) for tag in ("first", "second"))
    reason = f"The first covers {first} words of the task, the second {second}."
    if first == second:
        return 0.5, reason
    return (1.0, reason) if second > first else (0.0, reason)


def _harmless(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """No word of a short list of alarming ones."""
    found = sorted(_words(parts.get("text", "")) & _HARMFUL)
    return (0.0, f"Alarming words: {', '.join(found)}.") if found else (1.0, "No alarming word was found.")


def _witty(parts: Mapping[str, str], request: ChatRequest) -> Graded:
    """Signs of an attempt to amuse."""
    signs = len(_WITTY.findall(parts.get("text", "")))
    return min(1.0, signs / 3), f"{_many(signs, 'sign')} of an attempt to amuse."


def _first(parts: Mapping[str, str], *tags: str) -> str:
    return next((parts[tag] for tag in tags if parts.get(tag)), "")


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if word not in _COMMON}


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_RULES: Mapping[str, Callable[[Mapping[str, str], ChatRequest], Graded]] = {
    "Variety": _variety,
    "ClosedQA": _criterion,
    "Sql": _same_query,
    "Battle": _comparison,
    "Summary": _comparison,
    "Security": _harmless,
    "Moderation": _harmless,
    "Humor": _witty,
}
