"""The playlist agent, its tools and its catalog, played by the scripted model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from examples.playlist_agent import catalog
from examples.playlist_agent.__main__ import render
from examples.playlist_agent.agent import default_model, facts, run_agent
from examples.playlist_agent.evaluation import read_requests
from examples.playlist_agent.models import AgentResult, Playlist
from examples.playlist_agent.prompts import PROMPTS
from examples.playlist_agent.scorers import PlaylistLength, Variety
from examples.playlist_agent.tools import create_playlist, get_song_details, search_songs

ROOT = Path(__file__).parents[2]


def test_catalog() -> None:
    songs = catalog.tracks()
    assert len(songs) >= 200
    assert len({song.title for song in songs}) == len(songs)
    assert len(catalog.genres()) >= 10
    assert all(90 <= song.duration_sec <= 480 for song in songs)
    assert all(1970 <= song.year <= 2025 for song in songs)


def test_search_applies_every_filter() -> None:
    found = search_songs(genre="jazz", mood="calm")
    assert found
    assert {(song["genre"], song["mood"]) for song in found} == {("jazz", "calm")}
    assert all(1990 <= song["year"] < 2000 for song in search_songs(decade=1990, limit=40))
    assert len(search_songs(limit=3)) == 3
    assert search_songs("no song has these words zzz") == []
    assert search_songs("midnight")[0]["title"].endswith("Midnight")


def test_song_details() -> None:
    song = catalog.tracks()[0]
    assert get_song_details(song.title.upper())["artist"] == song.artist
    assert "error" in get_song_details("Not A Song")
    assert "error" in get_song_details(song.title, "Nobody")


def test_create_playlist_adds_up_seconds() -> None:
    songs = catalog.tracks()[:3]
    made = create_playlist(
        "Mine", [{"title": s.title, "artist": s.artist} for s in songs] + [{"title": "Nope"}]
    )
    assert made["total_tracks"] == 3
    assert made["total_duration_min"] == round(sum(s.duration_sec for s in songs) / 60, 2)
    assert made["not_found"] == ["Nope"]
    assert "error" in create_playlist("Empty", [])


@pytest.mark.parametrize("stream", [False, True])
def test_one_request(scripted: str, stream: bool) -> None:
    result = run_agent("upbeat workout music", seed=2, stream=stream)
    assert isinstance(result, AgentResult)
    assert result.playlist is not None
    assert result.tool_calls[0].tool == "search_songs"
    assert result.tool_calls[-1].tool == "create_playlist"
    known = {(track.title, track.artist) for track in catalog.tracks()}
    assert {(song.title, song.artist) for song in result.playlist.songs} <= known
    assert result.playlist.playlist_name in result.response
    assert result.playlist.playlist_name in render(result)


def test_streamed_and_whole_answers_agree(scripted: str) -> None:
    ask = "songs for baking bread on a Saturday"
    assert run_agent(ask, seed=3, stream=True) == run_agent(ask, seed=3, stream=False)


def test_trials_with_other_seeds_differ(scripted: str) -> None:
    playlists = [run_agent("Happy road trip vibes", seed=seed).playlist for seed in range(8)]
    assert len({playlist.model_dump_json() for playlist in playlists if playlist}) > 4
    again = [run_agent("Happy road trip vibes", seed=seed).playlist for seed in range(8)]
    assert again == playlists


def scores(prompt: str, scorer: Callable[[Any], Any], seed: int) -> list[float]:
    found: list[float] = []
    for request in read_requests():
        output = run_agent(request, prompt=PROMPTS[prompt], seed=seed).model_dump()
        score = scorer(output).score
        if score is not None:
            found.append(score)
    return found


def test_the_improved_prompt_is_measurably_better(scripted: str) -> None:
    judge = Variety()

    def variety(output: Any) -> Any:
        return judge.eval(output, input="")

    length = {name: mean(scores(name, PlaylistLength, seed=5)) for name in PROMPTS}
    varied = {name: mean(scores(name, variety, seed=5)) for name in PROMPTS}
    assert 0.25 < length["current"] < 0.65
    assert length["improved"] > 0.85
    assert varied["improved"] - varied["current"] > 0.3
    assert varied["current"] > 0.05


def test_two_runs_of_one_prompt_are_noisy_but_alike(scripted: str) -> None:
    runs = [scores("current", PlaylistLength, seed) for seed in (101, 202, 303)]
    assert len({tuple(run) for run in runs}) == 3
    means = [mean(run) for run in runs]
    assert max(means) - min(means) < 0.3


def playlist_of(minutes: float) -> dict[str, Any]:
    playlist = Playlist(playlist_name="x", songs=[], total_tracks=0, total_duration_min=minutes)
    return AgentResult(playlist=playlist, response="", tool_calls=[]).model_dump()


@pytest.mark.parametrize(("minutes", "score"), [(0.0, 1), (29.99, 1), (30.0, 0), (30.01, 0), (95.0, 0)])
def test_playlist_length_is_strictly_under_thirty_minutes(minutes: float, score: int) -> None:
    found = PlaylistLength(playlist_of(minutes))
    assert found.name == "PlaylistLength"
    assert found.score == score
    assert f"{minutes:g} minutes" in found.metadata["reason"]


@pytest.mark.parametrize("output", [None, {}, {"playlist": None}, "text"])
def test_without_a_playlist(output: Any) -> None:
    found = PlaylistLength(output)
    assert found.score == 0
    assert found.metadata["reason"] == "The agent made no playlist."
    assert Variety().eval(output).score is None


def test_variety_gives_choice_and_rationale(scripted: str) -> None:
    def judged(songs: list[dict[str, Any]]) -> Any:
        return Variety().eval({"playlist": {"songs": songs, "total_duration_min": 10}}, input="anything")

    same = judged([{"title": f"T{n}", "artist": "One", "genre": "rock"} for n in range(6)])
    mixed = judged([{"title": f"T{n}", "artist": f"A{n}", "genre": f"g{n}"} for n in range(6)])
    assert (same.score, same.metadata["choice"]) == (0.0, "poor")
    assert (mixed.score, mixed.metadata["choice"]) == (1.0, "excellent")
    assert "6 songs by 1 artist in 1 genre" in same.metadata["rationale"]
    assert same.metadata["provider"] == "scripted model"


def test_requests_are_forty_different_ones() -> None:
    assert len(set(read_requests())) == len(read_requests()) == 40


def test_facts_of_a_playlist() -> None:
    made = create_playlist("Mine", [{"title": track.title} for track in catalog.tracks()[:8]])
    found = facts(Playlist.model_validate(made))
    assert found == {"minutes": made["total_duration_min"], "songs": 8, "artists": 2, "genres": 1}
    assert facts(None) is None


@pytest.mark.parametrize(
    ("variable", "model"),
    [("OPENAI_API_KEY", "gpt-4o-mini"), ("ANTHROPIC_API_KEY", "claude-haiku-4-5"), ("DEMO_MODEL", "x")],
)
def test_the_model_follows_the_keys(monkeypatch: pytest.MonkeyPatch, variable: str, model: str) -> None:
    monkeypatch.setenv(variable, "x")
    assert default_model() == model


def test_interactive_session(scripted: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.playlist_agent"],
        input="a short warm-up playlist, 5 songs\nquit\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Playlist Generator Agent\nType 'quit' to exit\n")
    assert done.stdout.count("What kind of playlist would you like? > ") == 2
    assert "min)" in done.stdout


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://127.0.0.1:9", "No answer from http://127.0.0.1:9. Start a server with `assay serve`"),
        (None, ""),
    ],
    ids=["no server", "server"],
)
def test_a_failed_request_says_what_to_do(scripted: str, url: str | None, advice: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.playlist_agent"],
        input="jazz\nquit\n",
        cwd=ROOT,
        env={**os.environ, "ASSAY_URL": url or scripted, "ASSAY_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (1 if advice else 0)
    assert advice in done.stderr
    assert "Traceback" not in done.stderr
