"""What the agent works with and returns."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Song(BaseModel):
    """One track; genre and length are filled in from the catalog."""

    title: str
    artist: str
    genre: str = ""
    duration_min: float = 0.0


class Playlist(BaseModel):
    """A finished playlist; the duration is the sum of its songs in minutes."""

    playlist_name: str
    songs: list[Song]
    total_tracks: int
    total_duration_min: float


class ToolCall(BaseModel):
    """One tool call of the agent and what it returned."""

    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] | list[Any]


class AgentResult(BaseModel):
    """What one request led to; `playlist` is None when the agent made none."""

    playlist: Playlist | None
    response: str
    tool_calls: list[ToolCall]
