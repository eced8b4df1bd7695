"""Talk to the agent: `python -m examples.playlist_agent`, with a running Assay server."""

from __future__ import annotations

import sys

import assay
from examples.playlist_agent.agent import run_agent
from examples.playlist_agent.evaluation import PROJECT
from examples.playlist_agent.models import AgentResult


def main() -> int:
    """Ask, answer, repeat, until `quit` or the end of the input."""
    assay.init_logger(PROJECT)
    print("Playlist Generator Agent\nType 'quit' to exit\n")
    while True:
        try:
            request = input("What kind of playlist would you like? > ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            break
        if request.lower() in ("quit", "exit", "q"):
            break
        if request:
            print(f"\n{render(run_agent(request, stream=True))}\n")
    assay.flush()
    return 0


def render(result: AgentResult) -> str:
    """The agent's words, and the playlist song by song."""
    lines = [result.response]
    if result.playlist:
        lines += ["", f"{result.playlist.playlist_name} ({result.playlist.total_duration_min:g} min)"]
        lines += [
            f"  {song.title} — {song.artist} ({song.duration_min:g} min)" for song in result.playlist.songs
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
