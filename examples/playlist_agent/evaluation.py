"""How the agent is evaluated; `eval_playlist.py` and the demo run it on different cases."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay import Eval, EvalHooks
from examples.playlist_agent.agent import default_model, run_agent
from examples.playlist_agent.prompts import PROMPTS
from examples.playlist_agent.scorers import PlaylistLength, Variety

PROJECT = "playlist"
_REQUESTS = Path(__file__).parent / "requests.txt"


def read_requests() -> list[str]:
    """The 40 requests, one a line."""
    return [line for line in _REQUESTS.read_text(encoding="utf-8").splitlines() if line.strip()]


def playlist_task(prompt: str, *, run: str) -> Callable[[str, EvalHooks], dict[str, Any]]:
    """The task of an evaluation with one prompt; `run` and the trial seed the scripted model's dice."""

    def task(request: str, hooks: EvalHooks) -> dict[str, Any]:
        seed = zlib.crc32(f"{run}/{hooks.trial_index}".encode())
        return run_agent(request, prompt=prompt, seed=seed, stream=True).model_dump()

    return task


def evaluate(name: str, *, data: Any, run: str, **options: Any) -> Any:
    """Evaluate the prompt called `name`; `options` go to Eval. Returns its result with the summary."""
    return Eval(
        PROJECT,
        data=data,
        task=playlist_task(PROMPTS[name], run=run),
        scores=[PlaylistLength, Variety],
        metadata={"prompt": name, "model": default_model()},
        max_concurrency=4,
        **options,
    )
