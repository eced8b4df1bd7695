"""Plays the playlist agent: searches, sometimes looks up details, creates a playlist, and tells about it.

Every song it names comes from the tool results it was given. How well it behaves depends on the system
prompt, as with a real model: it obeys a limit of minutes, a cap of songs per artist and a wish for mixed
genres nearly always when the prompt states them, and cares for none of them when it does not. Chance decides
the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay_server.engines.gateway.scenario import ChatRequest, Reply, ToolCall

PRIORITY = 100

_OBEYS = 0.93
"""How often a rule stated in the prompt is kept."""

_GIVES_UP = 0.04
"""How often it asks back instead of making a playlist."""

_HINTS: Mapping[str, str] = {
    "workout": "energetic", "run": "energetic", "race": "energetic", "spinning": "energetic",
    "leg day": "energetic", "party": "energetic", "fast": "energetic", "upbeat": "energetic",
    "clean": "energetic", "warm-up": "energetic",
    "happy": "happy", "cheerful": "happy", "sunny": "happy", "road trip": "happy", "good mood": "happy",
    "feel-good": "happy", "barbecue": "happy", "dance": "happy", "baking": "happy", "wedding": "happy",
    "chill": "calm", "relax": "calm", "quiet": "calm", "nap": "calm", "yoga": "calm", "campfire": "calm",
    "reading": "calm", "before bed": "calm", "background": "calm",
    "sad": "melancholic", "breakup": "melancholic", "rainy": "melancholic", "alone": "melancholic",
    "nostalgic": "melancholic", "winter": "melancholic",
    "romantic": "romantic", "dinner": "romantic", "proposal": "romantic", "slow dancing": "romantic",
    "study": "focused", "focus": "focused", "concentrate": "focused", "paint": "focused", "code": "focused",
    "heavy": "metal", "piano": "classical", "strings": "classical", "acoustic": "folk", "rap": "hip hop",
}  # fmt: skip
"""Words of a request that suggest a mood or a genre; only ones the tool offers are used."""

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_LIMIT = re.compile(r"(?:under|less than|below|at most|no more than|within)\s+(\d+)\s*min", re.I)
_PER_ARTIST = re.compile(
    r"(?:no more than|at most|only|max(?:imum)?)\s+(\d+|\w+)\s+(?:song|track)s?\s+(?:per|by|from)", re.I
)
_MIXED = re.compile(r"(?:vary|mix|variety of|different|diverse|several)\b.{0,30}\bgenres?", re.I)
_COUNT = re.compile(r"(\d+)\s+(?:song|track)s", re.I)
_DECADE = re.compile(r"\b(?:(19|20)?(\d0))s\b")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the prompt demands and this conversation will keep: None or False where it does not."""

    minutes: float | None
    per_artist: int | None
    mixed: bool


def matches(request: ChatRequest) -> bool:
    """Whether the request offers the agent's tools."""
    return request.tool("search_songs") is not None and request.tool("create_playlist") is not None


def reply(request: ChatRequest) -> Reply:
    """The next step of the turn, from the tool results so far."""
    created = request.results("create_playlist")
    if created:
        return Reply(text=_farewell(request, created[-1]))
    searches = request.results("search_songs")
    rules = _rules(request)
    if not searches:
        if request.random("give up").random() < _GIVES_UP:
            return Reply(
                text="I can do that! Which artists or genres do you like most, and what is the occasion?"
            )
        return Reply(tool_calls=_searches(request, rules))
    songs = _distinct(searches)
    if not songs:
        if len(searches) > 3:
            return Reply(text="I am sorry, the catalog has nothing that fits this request.")
        return Reply(tool_calls=[ToolCall("search_songs", {"limit": 20})])
    picks = _pick(request, songs, rules)
    if request.tool("get_song_details") and not request.results("get_song_details"):
        wanted = request.random("details").choice((0, 0, 1, 2))
        if wanted:
            return Reply(tool_calls=[ToolCall("get_song_details", _named(song)) for song in picks[:wanted]])
    arguments = {"playlist_name": _title(request), "songs": [_named(song) for song in picks]}
    return Reply(tool_calls=[ToolCall("create_playlist", arguments)])


def _rules(request: ChatRequest) -> Rules:
    """The rules of the prompt, each dropped now and then."""
    chance = request.random("rules")
    keep_minutes, keep_artists, keep_mixed = (chance.random() < _OBEYS for _ in range(3))
    minutes, per_artist = _LIMIT.search(request.system), _PER_ARTIST.search(request.system)
    return Rules(
        minutes=float(minutes.group(1)) if minutes and keep_minutes else None,
        per_artist=_number(per_artist.group(1)) if per_artist and keep_artists else None,
        mixed=bool(_MIXED.search(request.system)) and keep_mixed,
    )


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.get(word.lower(), 1)


def _searches(request: ChatRequest, rules: Rules) -> list[ToolCall]:
    """One search for what was asked; with mixed genres wanted, two more that only keep the mood."""
    genre, mood = _hinted(request, "genre"), _hinted(request, "mood")
    decade = _DECADE.search(request.last_user)
    asked: dict[str, Any] = {"limit": 20}
    if genre:
        asked["genre"] = genre
    elif mood:
        asked["mood"] = mood
    if decade:
        century = decade.group(1) or ("20" if int(decade.group(2)) < 30 else "19")
        asked["decade"] = int(century + decade.group(2))
    if not genre and not mood and not decade:
        asked["query"] = request.last_user[:80]
    calls = [ToolCall("search_songs", asked)]
    if rules.mixed:
        others = [name for name in _offered(request, "genre") if name != genre]
        wanted = {"mood": mood} if mood else {}
        extra = request.random("genres").sample(others, min(3, len(others)))
        calls += [ToolCall("search_songs", {"genre": name, **wanted, "limit": 10}) for name in extra]
    return calls


def _hinted(request: ChatRequest, parameter: str) -> str | None:
    """The value of a search parameter the user's words point to."""
    said = request.last_user.lower()
    offered = _offered(request, parameter)
    for value in offered:
        if value in said:
            return value
    return next((value for word, value in _HINTS.items() if word in said and value in offered), None)


def _offered(request: ChatRequest, parameter: str) -> Sequence[str]:
    tool = request.tool("search_songs") or {}
    properties = (tool.get("parameters") or {}).get("properties") or {}
    return (properties.get(parameter) or {}).get("enum") or ()


def _distinct(searches: list[Any]) -> list[Mapping[str, Any]]:
    """The songs of all searches in order, each once."""
    songs: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for found in searches:
        for song in found if isinstance(found, list) else ():
            if isinstance(song, dict) and "title" in song:
                songs.setdefault((song["title"], song.get("artist")), song)
    return list(songs.values())


def _pick(request: ChatRequest, songs: Sequence[Mapping[str, Any]], rules: Rules) -> list[Mapping[str, Any]]:
    """Choose songs in search order, or genre by genre, as far as the rules kept allow."""
    chance = request.random("picks")
    stated = _COUNT.search(request.last_user)
    count = int(stated.group(1)) if stated else chance.randint(5, 12)
    ordered = _by_turns(songs) if rules.mixed else songs[chance.randrange(3) :] or songs
    picks: list[Mapping[str, Any]] = []
    total = 0.0
    artists: dict[Any, int] = {}
    for song in ordered:
        length = float(song.get("duration_min") or 0)
        if rules.minutes is not None and total + length >= rules.minutes:
            continue
        if rules.per_artist is not None and artists.get(song.get("artist"), 0) >= rules.per_artist:
            continue
        picks.append(song)
        total += length
        artists[song.get("artist")] = artists.get(song.get("artist"), 0) + 1
        if len(picks) == count:
            break
    return picks or list(songs[:1])


def _by_turns(songs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One song of each genre, then the next of each."""
    shelves: dict[Any, list[Mapping[str, Any]]] = {}
    for song in songs:
        shelves.setdefault(song.get("genre"), []).append(song)
    rounds = max(len(shelf) for shelf in shelves.values())
    return [shelf[place] for place in range(rounds) for shelf in shelves.values() if place < len(shelf)]


def _named(song: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": song["title"], "artist": song.get("artist", "")}


def _title(request: ChatRequest) -> str:
    words = re.findall(r"[A-Za-z0-9'-]+", request.last_user)
    kept = [word for word in words if word.lower() not in _FILLER][:4]
    suffix = request.random("title").choice(("Mix", "Sessions", "Hour", "Selection"))
    return " ".join([*(word.capitalize() for word in kept), suffix])


_FILLER = frozenset(
    [
        "a",
        "an",
        "and",
        "the",
        "for",
        "to",
        "of",
        "me",
        "my",
        "i",
        "need",
        "make",
        "create",
        "playlist",
        "music",
        "songs",
        "song",
        "with",
        "some",
    ]
)


def _farewell(request: ChatRequest, playlist: Any) -> str:
    if not isinstance(playlist, dict) or "songs" not in playlist:
        return "I could not create the playlist: none of the songs was accepted."
    songs = playlist["songs"]
    first = songs[0]["title"] if songs else "nothing"
    closing = request.random("closing").choice(
        ("Enjoy!", "I hope it fits the moment.", "Tell me if you want it calmer or livelier.")
    )
    return (
        f'I made "{playlist.get("playlist_name")}" with {playlist.get("total_tracks", len(songs))} songs, '
        f"{playlist.get('total_duration_min')} minutes in all, opening with {first}. {closing}"
    )
