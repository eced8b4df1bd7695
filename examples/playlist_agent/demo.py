"""`make demo`: from production traces to a verdict, in about half a minute.

Starts a server, lets the agent serve 40 requests, finds the traces that broke a rule with one SQL query, tags them,
makes them a dataset, and evaluates the agent on it twice: with the prompt in use and with an improved one.
Then it prints links and keeps serving. `--exit` ends instead, with code 0 when everything worked.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import assay
from examples.playlist_agent.agent import default_model, run_agent
from examples.playlist_agent.demo_server import Server, ServerFailed, demo_server
from examples.playlist_agent.evaluation import PROJECT, evaluate, read_requests
from examples.playlist_agent.scorers import LIMIT_MIN

DATA = Path(".assay/demo")
DATASET = "rule breakers"
TRIALS = 2
_CONCURRENCY = 6
_ROW_NAMES = uuid.UUID("6f1c3f0e-54a1-4f0a-9f6e-2f6c8f6f2d51")

BROKEN_RULES = """\
SELECT id, input, created, _xact_id, metadata.playlist AS playlist
FROM project_logs('{project}')
WHERE is_root AND metadata.demo_run = '{run}'
  AND (metadata.playlist IS NULL
       OR metadata.playlist.minutes >= {limit:g}
       OR metadata.playlist.genres = 1)
ORDER BY created
LIMIT 1000"""
"""Traces of one run without a playlist, with one that is too long, or with one of a single genre."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The two experiments, as Eval returned them."""

    current: Any
    improved: Any

    @property
    def failed(self) -> bool:
        """Whether a case could not be run."""
        return bool(self.current.summary.errors or self.improved.summary.errors)


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.playlist_agent.demo", description=__doc__)
    parser.add_argument("--exit", action="store_true", help="end after the run instead of serving on")
    parser.add_argument("--data", type=Path, default=DATA, help=f"data directory of the server ({DATA})")
    options = parser.parse_args(arguments)
    # However it is asked to end, and also in the background of a shell, the server must end with it.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        say(f"Starting Assay on {options.data} …")
        with demo_server(options.data) as server:
            try:
                return demonstrate(server, serve_on=not options.exit)
            finally:
                assay.flush()  # while there is still a server to deliver to
    except ServerFailed as error:
        print(f"The demo cannot run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demonstrate(server: Server, *, serve_on: bool) -> int:
    """The whole flywheel against a running server; returns the exit code."""
    # Everything below, the SDK included, finds its server here.
    os.environ.update({"ASSAY_URL": server.url, "ASSAY_API_KEY": server.api_key})
    run = uuid.uuid4().hex[:8]
    say(f"Ready at {server.url}. The agent's model is {default_model()}{scripted_note()}.")
    failures = serve_requests(run)
    kept = collect_rule_breakers(run)
    evaluated = evaluate_prompts(run) if kept else None
    print_links(server, evaluated)
    if not serve_on:
        return 1 if failures or evaluated is None or evaluated.failed else 0
    return keep_serving(server)


def serve_requests(run: str) -> int:
    """Let the agent serve every request as it would in production; returns how many failed."""
    logger = assay.init_logger(PROJECT)
    requests = read_requests()
    failures = 0

    def serve(place: int) -> None:
        run_agent(requests[place], seed=place, stream=True, metadata={"demo_run": run})

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        futures = [pool.submit(serve, place) for place in range(len(requests))]
        try:
            for done, future in enumerate(futures, 1):
                if error := future.exception():
                    failures += 1
                    say(f"\n  {requests[done - 1]!r} failed: {error}")
                progress("Serving requests", done, len(requests))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)  # or the demo would serve all the rest before it ends
            raise
    logger.flush()
    return failures


def collect_rule_breakers(run: str) -> int:
    """Find this run's rule-breaking traces by SQL, tag them and make them rows of the dataset; returns how many."""
    query = BROKEN_RULES.format(project=PROJECT, run=run, limit=LIMIT_MIN)
    say(f"Looking for requests that broke a rule:\n{indented(query)}")
    state = assay.current_state()
    found = state.transport.post("/btql", {"query": query, "fmt": "json"})["data"]
    dataset = assay.init_dataset(project=PROJECT, name=DATASET)
    project_id = dataset.data["project_id"]
    logger = assay.init_logger(PROJECT)
    for row in found:
        broken = broken_rules(row["playlist"])
        # Whoever reads the logs sees which rule, without the query.
        logger.log_feedback(row["id"], tags=broken)
        origin = {"object_type": "project_logs", "object_id": project_id, "id": row["id"]}
        origin |= {"_xact_id": row["_xact_id"], "created": row["created"]}
        dataset.insert(
            # The same request is the same row: a second demo updates it instead of adding a twin.
            id=str(uuid.uuid5(_ROW_NAMES, row["input"])),
            input=row["input"],
            metadata={"broke": broken, "demo_run": run},
            origin=origin,
        )
    dataset.flush()
    logger.flush()
    say(f"{len(found)} of {len(read_requests())} did; each is tagged, and a row of the dataset {DATASET!r}.")
    return len(found)


def broken_rules(playlist: dict[str, Any] | None) -> list[str]:
    """The rules a playlist broke, by name."""
    if not playlist:
        return ["no playlist"]
    broken = ["too long"] if playlist["minutes"] >= LIMIT_MIN else []
    return broken + (["one genre"] if playlist["genres"] == 1 else [])


def evaluate_prompts(run: str) -> Evaluated:
    """Evaluate both prompts on the dataset, the improved one against the current one."""
    say("\nEvaluating the current prompt …")
    current = evaluate(
        "current",
        data=_dataset(),
        run="current",
        trial_count=TRIALS,
        experiment_name=f"current-prompt-{run}",
        base_experiment_name=_earlier("current"),
    )
    say("\nEvaluating the improved prompt …")
    improved = evaluate(
        "improved",
        data=_dataset(),
        run="improved",
        trial_count=TRIALS,
        experiment_name=f"improved-prompt-{run}",
        base_experiment_name=current.summary.experiment_name,
    )
    return Evaluated(current, improved)


def _earlier(prompt: str) -> str | None:
    """Name of the newest run of the same prompt, from a demo before this one: otherwise the default baseline would be
    the improved prompt of then, and the current one look worse for no change of its own."""
    runs = assay.current_state().transport.get("/v1/experiment", project_name=PROJECT)["objects"]
    return next((one["name"] for one in runs if (one["metadata"] or {}).get("prompt") == prompt), None)


def _dataset() -> Any:
    return assay.init_dataset(project=PROJECT, name=DATASET)


def print_links(server: Server, evaluated: Evaluated | None) -> None:
    """Where to look, beginning with the link that logs a browser in and ending with how to get another."""
    state = assay.current_state()
    session = state.transport.post("/api/session/link", {})
    base = f"{state.config.app_url}/app/{quote(state.login()['name'])}/p/{PROJECT}"
    links = [("Log in (once)", session["url"]), ("Overview", f"{base}/overview"), ("Logs", f"{base}/logs")]
    links.append(("Dataset", f"{base}/datasets/{quote(DATASET)}"))
    if evaluated is not None:
        current = evaluated.current.summary.experiment_name
        improved = evaluated.improved.summary.experiment_name
        links.append(("Current prompt", f"{base}/experiments/{quote(current)}"))
        links.append(("Improved prompt", f"{base}/experiments/{quote(improved)}"))
        links.append(("Comparison", f"{base}/experiments/{quote(improved)}?c={quote(current)}"))
    assay_command = Path(sys.executable).with_name("assay")
    again = f"{assay_command} login --browser --url {server.url} --key-file {server.key_file}"
    links.append(("Another browser", again))
    print()
    for name, url in links:
        print(f"  {name:<16} {url}")
    print(flush=True)


def keep_serving(server: Server) -> int:
    """Wait for Ctrl-C, or for the server to end by itself."""
    try:
        say("Serving until Ctrl-C.")
        while server.alive:
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping …")
        return 0
    print("The server stopped by itself; see its log in .assay.", file=sys.stderr)
    return 1


def scripted_note() -> str:
    """Says so when no provider key is set and the scripted model will answer."""
    me = assay.current_state().transport.get("/api/me")
    return ", played by the scripted model: no provider key is set" if me.get("scripted") else ""


def say(text: str) -> None:
    """A line of progress, on stderr as all progress is."""
    print(text, file=sys.stderr, flush=True)


def progress(label: str, done: int, total: int) -> None:
    """A bar that redraws itself on a terminal, and a line every ten steps elsewhere."""
    if sys.stderr.isatty():
        bar = "█" * (done * 30 // total)
        print(
            f"\r{label} {bar:<30} {done}/{total}",
            end="\n" if done == total else "",
            file=sys.stderr,
            flush=True,
        )
    elif done % 10 == 0 or done == total:
        say(f"{label}: {done}/{total}")


def indented(text: str) -> str:
    """The text with every line set in by four columns."""
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
