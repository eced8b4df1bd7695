"""The mock catalog: 240 invented songs in `catalog.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "catalog.csv"


@dataclass(frozen=True, slots=True)
class Track:
    """One song of the catalog."""

    title: str
    artist: str
    genre: str
    mood: str
    duration_sec: int
    year: int

    @property
    def duration_min(self) -> float:
        """Length in minutes, two decimals."""
        return round(self.duration_sec / 60, 2)


@lru_cache(maxsize=1)
def tracks() -> tuple[Track, ...]:
    """All songs, grouped by genre and artist."""
    with _FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Track(r["title"], r["artist"], r["genre"], r["mood"], int(r["duration_sec"]), int(r["year"]))
            for r in csv.DictReader(file)
        )


@lru_cache(maxsize=1)
def genres() -> tuple[str, ...]:
    """Genres in catalog order."""
    return tuple(dict.fromkeys(track.genre for track in tracks()))


@lru_cache(maxsize=1)
def moods() -> tuple[str, ...]:
    """Moods, sorted."""
    return tuple(sorted({track.mood for track in tracks()}))


def find(title: str, artist: str = "") -> Track | None:
    """The song with this title (and artist, when given); case does not matter."""
    for track in tracks():
        if track.title.lower() == title.strip().lower() and artist.strip().lower() in (
            "",
            track.artist.lower(),
        ):
            return track
    return None
