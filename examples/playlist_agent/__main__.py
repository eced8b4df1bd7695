"""Talk to the agent: `python -m examples.playlist_agent`, with a running Assay server."""

from __future__ import annotations

import sys

import openai

import assay
from assay.client.config import resolve_config
from examples.playlist_agent.agent import run_agent
from examples.playlist_agent.evaluation import PROJECT
from examples.playlist_agent.models import AgentResult


def main() -> int:
    """Ask, answer, repeat, until `quit` or the end of the input; returns 1 when a request failed."""
    assay.init_logger(PROJECT)
    failed = False
    print("Playlist Generator Agent\nType 'quit' to exit\n")
    while True:
        try:
            request = input("What kind of playlist would you like? > ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            break
        if request.lower() in ("quit", "exit", "q"):
            break
        if not request:
            continue
        try:
            print(f"\n{render(run_agent(request, stream=True))}\n")
        except openai.APIError as error:
            failed = True
            print(f"\n{explain(error)}\n", file=sys.stderr)
    assay.flush()
    return int(failed)


def explain(error: openai.APIError) -> str:
    """What went wrong between here and the model, and what to do about it."""
    url = resolve_config().url
    if isinstance(error, openai.APIConnectionError):
        return f"No answer from {url}. Start a server with `assay serve`, or set ASSAY_URL to a running one."
    if isinstance(error, openai.AuthenticationError):
        return f"{url} refused the API key. Run `assay login`, or set ASSAY_API_KEY."
    return f"The model could not answer: {error.message}"


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
