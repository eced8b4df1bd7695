"""The agent's three tools, each a traced function, and how they are described to a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import assay
from examples.playlist_agent import catalog
from examples.playlist_agent.models import Playlist, Song

_MAX_RESULTS = 40


@assay.traced(type="tool")
def search_songs(
    query: str = "", genre: str = "", mood: str = "", decade: int = 0, limit: int = 20
) -> list[dict[str, Any]]:
    """Songs that fit every filter given, best match first, songs of one artist next to each other."""
    words = [word for word in query.lower().split() if len(word) > 2]
    hits: list[tuple[int, catalog.Track]] = []
    for track in catalog.tracks():
        if (genre and track.genre != genre) or (mood and track.mood != mood):
            continue
        if decade and track.year // 10 * 10 != decade:
            continue
        text = f"{track.title} {track.artist} {track.genre} {track.mood}".lower()
        matched = sum(word in text for word in words)
        if matched or not words or genre or mood or decade:
            hits.append((matched, track))
    hits.sort(key=lambda hit: -hit[0])  # stable: ties keep the catalog's order
    return [_described(track) for _, track in hits[: max(1, min(limit, _MAX_RESULTS))]]


@assay.traced(type="tool")
def get_song_details(title: str, artist: str = "") -> dict[str, Any]:
    """Everything the catalog knows about one song, or an `error`."""
    track = catalog.find(title, artist)
    return _described(track) if track else {"error": f"{title!r} is not in the catalog."}


@assay.traced(type="tool")
def create_playlist(playlist_name: str, songs: list[dict[str, str]]) -> dict[str, Any]:
    """Make a playlist of catalog songs; unknown ones are left out and named in `not_found`."""
    found: list[Song] = []
    missing: list[str] = []
    seconds = 0
    for wanted in songs:
        track = catalog.find(str(wanted.get("title", "")), str(wanted.get("artist", "")))
        if track is None:
            missing.append(str(wanted.get("title", "")))
            continue
        seconds += track.duration_sec
        found.append(
            Song(title=track.title, artist=track.artist, genre=track.genre, duration_min=track.duration_min)
        )
    if not found:
        return {"error": "None of the songs is in the catalog.", "not_found": missing}
    playlist = Playlist(
        playlist_name=playlist_name,
        songs=found,
        total_tracks=len(found),
        total_duration_min=round(seconds / 60, 2),
    )
    return {**playlist.model_dump(), "not_found": missing}


TOOLS: dict[str, Callable[..., Any]] = {
    "search_songs": search_songs,
    "get_song_details": get_song_details,
    "create_playlist": create_playlist,
}


def descriptions() -> list[dict[str, Any]]:
    """The tools in OpenAI's format."""
    text = {"type": "string"}
    song = {"type": "object", "properties": {"title": text, "artist": text}, "required": ["title", "artist"]}
    return [
        _tool(
            "search_songs",
            "Search the song catalog. All filters given must fit.",
            {
                "query": {**text, "description": "words to look for in title, artist, genre and mood"},
                "genre": {**text, "enum": list(catalog.genres())},
                "mood": {**text, "enum": list(catalog.moods())},
                "decade": {"type": "integer", "description": "first year of a decade, such as 1990"},
                "limit": {"type": "integer", "description": "at most this many songs (20)"},
            },
            [],
        ),
        _tool(
            "get_song_details",
            "Genre, mood, year and exact length of one song.",
            {"title": text, "artist": text},
            ["title"],
        ),
        _tool(
            "create_playlist",
            "Create the playlist from songs of the catalog. Returns it with its total length in minutes.",
            {"playlist_name": text, "songs": {"type": "array", "items": song}},
            ["playlist_name", "songs"],
        ),
    ]


def _tool(name: str, description: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _described(track: catalog.Track) -> dict[str, Any]:
    return {
        "title": track.title,
        "artist": track.artist,
        "genre": track.genre,
        "mood": track.mood,
        "duration_min": track.duration_min,
        "year": track.year,
    }
