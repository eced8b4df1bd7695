"""Evaluates the agent: `assay eval examples/playlist_agent/eval_playlist.py`.

PLAYLIST_PROMPT names the prompt, `current` or `improved`. The cases are the requests of `requests.txt`, each
tried once; every run throws the scripted model's dice anew.
"""

from __future__ import annotations

import os

from examples.playlist_agent.evaluation import evaluate, read_requests

_name = os.environ.get("PLAYLIST_PROMPT", "current")
evaluate(
    _name,
    data=lambda: [{"input": request} for request in read_requests()],
    run=os.urandom(4).hex(),
    experiment_name=f"{_name}-prompt",
)
