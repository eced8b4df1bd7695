"""A project as a team would have it after a few days: written the same every time, for walks through all pages.

A playlist agent serves requests, some break a rule or fail; they became a dataset, two evaluations and a verdict.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from examples.playlist_agent.catalog import tracks
from examples.playlist_agent.evaluation import read_requests
from examples.playlist_agent.prompts import CURRENT, IMPROVED
from tests.support.servers import ServerProcess
from tests.support.story_settings import write_links, write_queue, write_settings

PROJECT = "playlist"
EMPTY = "nothing yet"
DATASET = "rule breakers"
BASELINE, CANDIDATE, THIRD = "current-prompt", "improved-prompt", "small-model"
TRACES = 120
DAY = 86_400.0
_MODELS = ("gpt-5-mini", "claude-haiku-4-5", "gemini-2.5-flash")

Row = dict[str, Any]


@dataclass
class Story:
    """What the walk needs to know of what was written: ids and versions by name."""

    server: ServerProcess
    project_id: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Path of the project in the browser."""
        return f"/app/local/p/{PROJECT}"


def write_story(server: ServerProcess, now: float) -> Story:
    """Write both projects; `now` (epoch seconds) is the instant after the newest trace."""
    project = server.request("POST", "/v1/project", {"name": PROJECT, "description": "Songs for a request"})
    server.request("POST", "/v1/project", {"name": EMPTY})
    story = Story(server, project["id"])
    dice = random.Random(7)
    rows = [row for number in range(TRACES) for row in served(number, now, dice)]
    write(story, rows, log_id="g")
    _write_dataset(story, now)
    for number, name in enumerate((BASELINE, THIRD, CANDIDATE)):
        _write_experiment(story, name, number, now)
    _write_stored(story)
    write_settings(story)
    write_queue(story)
    write_links(story, CANDIDATE, BASELINE)
    return story


def write(story: Story, rows: list[Row], **where: str) -> None:
    """Write rows of the project's logs, or of the experiment that `where` names."""
    common = {"project_id": story.project_id, **where}
    story.server.request("POST", "/logs3", {"rows": [{**row, **common} for row in rows]})


def served(number: int, now: float, dice: random.Random) -> list[Row]:
    """The trace of one request in production; every eleventh failed, every seventh broke a rule."""
    requests = read_requests()
    age = 60.0 * number + 5.8 * DAY * (number / TRACES) ** 2
    failed, broke = number % 11 == 4, number % 7 == 3
    root: Row = {
        "metadata": {
            "model": _MODELS[number * 7 % 5 % 3],
            "plan": ("free", "pro", "team")[number % 3],
            "user_id": f"user-{number % 9}",
            "session_id": f"session-{number // 3}",
        },
        "tags": ["triage"] if broke else (["favourite"] if number % 10 == 2 else None),
    }
    scores = {
        "Variety": dice.choice((0.3, 0.6) if broke else (0.6, 1.0)),
        "PlaylistLength": 0.0 if broke else 1.0,
    }
    if failed:
        root["error"] = "RateLimited: the provider answered 429 three times; gave up after 8.2 s"
        scores = {}
    request = requests[number * 13 % len(requests)]
    return agent_trace(f"request-{number:03}", request, now - age, dice, scores=scores, long=broke, root=root)


def agent_trace(
    name: str,
    request: str,
    start: float,
    dice: random.Random,
    *,
    scores: dict[str, float],
    long: bool,
    root: Row,
) -> list[Row]:
    """One run of the agent: it searches once or twice, makes a playlist, says so, and is scored."""
    songs = [asdict(song) for song in dice.sample(tracks(), 9 if long else 5)]
    model = root["metadata"]["model"]
    spans = _Trace(name, start)
    messages: list[Row] = [{"role": "system", "content": CURRENT}, {"role": "user", "content": request}]
    error = root.get("error")
    for step, query in enumerate(_queries(request, long)):
        messages += spans.asks(f"llm-{step}", model, messages, "search_songs", {"query": query}, dice)
        found = {"songs": songs[step * 4 : step * 4 + 4]}
        messages += [spans.runs(f"search-{step}", "search_songs", {"query": query}, found, dice)]
    playlist = {"name": request.title()[:40], "songs": songs, "total_tracks": len(songs)}
    playlist["total_duration_min"] = round(sum(song["duration_sec"] for song in songs) / 60, 1)
    if error:
        spans.fails("llm-9", model, messages, error)
    else:
        arguments = {"name": playlist["name"], "titles": [song["title"] for song in songs]}
        messages += spans.asks("llm-8", model, messages, "create_playlist", arguments, dice)
        messages += [spans.runs("create", "create_playlist", arguments, playlist, dice)]
        spans.answers("llm-9", model, messages, _answer(playlist), dice)
    genres = len({song["genre"] for song in songs})
    facts = {"minutes": playlist["total_duration_min"], "songs": len(songs), "genres": genres}
    top = {
        "id": name, "span_id": name, "input": request, "span_attributes": {"name": "playlist_agent", "type": "task"},
        "output": None if error else {"playlist": playlist, "response": _answer(playlist)},
        "metrics": {"start": start, "end": spans.clock}, **root,
        "metadata": {**root["metadata"], **({} if error else {"playlist": facts})},
    }  # fmt: skip
    for scorer, value in scores.items():
        spans.scores(scorer, value, facts)
    return [{**row, "root_span_id": name, "created": stamp(start)} for row in [top, *spans.rows]]


@dataclass
class _Trace:
    """Spans below a root, one after the other."""

    name: str
    clock: float
    rows: list[Row] = field(default_factory=list)

    def add(
        self, key: str, kind: str, title: str, seconds: float, metrics: Row | None = None, **row: Any
    ) -> None:
        """Append a span that takes `seconds`."""
        end = self.clock + seconds
        self.rows.append(
            {
                "id": f"{self.name}:{key}",
                "span_id": f"{self.name}:{key}",
                "span_parents": [self.name],
                "span_attributes": {"name": title, "type": kind},
                "metrics": {"start": self.clock, "end": end, **(metrics or {})},
                **row,
            }
        )  # fmt: skip
        self.clock = end

    def asks(
        self, key: str, model: str, messages: list[Row], tool: str, arguments: Row, dice: random.Random
    ) -> list[Row]:
        """A model call that calls a tool; returns the message it answered."""
        function = {"name": tool, "arguments": arguments}
        answer = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": key, "type": "function", "function": function}],
        }
        self._call(key, model, messages, answer, dice)
        return [answer]

    def answers(self, key: str, model: str, messages: list[Row], text: str, dice: random.Random) -> None:
        """A model call that answers in words."""
        self._call(key, model, messages, {"role": "assistant", "content": text}, dice)

    def _call(self, key: str, model: str, messages: list[Row], answer: Row, dice: random.Random) -> None:
        prompt, completion = 180 + 260 * len(messages), dice.randint(40, 160)
        metrics = {
            "prompt_tokens": prompt, "completion_tokens": completion, "tokens": prompt + completion,
            "prompt_cached_tokens": 440 if len(messages) > 2 else 0,
            "estimated_cost": prompt * 2.5e-7 + completion * 2e-6,
            "time_to_first_token": round(dice.uniform(0.2, 0.7), 3),
        }  # fmt: skip
        self.add(key, "llm", "chat", round(dice.uniform(0.8, 2.4), 3), metrics, input=list(messages),
                 output=[answer], metadata={"model": model, "temperature": 0.2})  # fmt: skip

    def fails(self, key: str, model: str, messages: list[Row], error: str) -> None:
        """A model call without an answer."""
        self.add(key, "llm", "chat", 8.2, input=list(messages), error=error, metadata={"model": model})

    def runs(self, key: str, tool: str, arguments: Row, result: Any, dice: random.Random) -> Row:
        """A tool; returns the message that goes back to the model."""
        self.add(key, "tool", tool, round(dice.uniform(0.02, 0.2), 3), input=arguments, output=result)
        return {"role": "tool", "tool_call_id": key, "content": str(result)[:400]}

    def scores(self, scorer: str, value: float, facts: Row) -> None:
        """A scorer and why it scored so."""
        rationale = f"{facts['songs']} songs of {facts['genres']} genres in {facts['minutes']} minutes."
        self.add(f"score-{scorer}", "score", scorer, 0.3, {"tokens": 210}, scores={scorer: value}, output=value,
                 metadata={"rationale": rationale})  # fmt: skip
        self.rows[-1]["span_attributes"]["purpose"] = "scorer"


def _queries(request: str, long: bool) -> list[str]:
    words = [word for word in request.split() if len(word) > 3]
    return [" ".join(words[:3]), words[-1]] if long else [" ".join(words[:3])]


def _answer(playlist: Row) -> str:
    first = playlist["songs"][0]
    return (
        f"**{playlist['name']}** has {playlist['total_tracks']} songs in {playlist['total_duration_min']} minutes. "
        f"It opens with *{first['title']}* by {first['artist']}."
    )


def stamp(seconds: float) -> str:
    """Epoch seconds as an ISO instant."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _split(case: int) -> str:
    return "test" if case % 4 == 3 else "train"


def cases() -> list[str]:
    """The requests of the dataset."""
    return read_requests()[:32]


def _write_dataset(story: Story, now: float) -> None:
    server = story.server
    made = server.request(
        "POST",
        "/v1/dataset",
        {
            "project_id": story.project_id,
            "name": DATASET,
            "description": "Requests whose playlist broke a rule",
        },
    )
    dataset = story.ids["dataset"] = made["id"]
    origin = {"object_type": "project_logs", "object_id": story.project_id}
    events = [
        {
            "id": f"row-{number:02}", "input": request, "tags": ["triage"] if number % 6 == 0 else None,
            "expected": {"max_minutes": 30, "min_genres": 3},
            "metadata": {"split": _split(number), "broke": ["too long", "one genre"][number % 2]},
            "origin": {**origin, "id": f"request-{number:03}"},
        }
        for number, request in enumerate(cases())
    ]  # fmt: skip
    server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": events})
    story.ids["first version"] = _version(story, dataset)
    change = {"id": "row-03", "expected": {"max_minutes": 25, "min_genres": 3}, "_is_merge": True}
    server.request("POST", f"/v1/dataset/{dataset}/insert", {"events": [change]})
    server.request("POST", "/v1/dataset", {"project_id": story.project_id, "name": "golden playlists"})


def _version(story: Story, dataset: str) -> str:
    (row,) = story.server.sql(f"SELECT max(_xact_id) AS version FROM dataset('{dataset}')")
    return str(row["version"])


def _write_experiment(story: Story, name: str, number: int, now: float) -> None:
    made = story.server.request(
        "POST",
        "/v1/experiment",
        {
            "project_id": story.project_id, "name": name, "dataset_id": story.ids["dataset"],
            "dataset_version": story.ids["first version"], "metadata": {"model": _MODELS[number % 3], "prompt": name},
            "repo_info": {"branch": "main", "commit": f"{number + 4:x}1c9e07" * 5, "dirty": number == 1},
            "tags": ["nightly"] if number == 2 else None,
        },
    )  # fmt: skip
    story.ids[name] = made["id"]
    dice = random.Random(11 + number)
    rows: list[Row] = []
    for case, request in enumerate(cases()):
        for trial in range(2):
            rows += _trial(story, name, case, request, trial, now, dice)
    write(story, rows, experiment_id=made["id"])


def _trial(
    story: Story, name: str, case: int, request: str, trial: int, now: float, dice: random.Random
) -> list[Row]:
    better = name == CANDIDATE
    long = dice.random() < (0.1 if better else 0.55)
    variety = dice.choice((0.6, 1.0, 1.0) if better else (0.3, 0.6, 0.6, 1.0))
    scores = {"Variety": variety, "PlaylistLength": 0.0 if long else 1.0}
    origin = {"object_type": "dataset", "object_id": story.ids["dataset"], "id": f"row-{case:02}"}
    model = _MODELS[1] if name == THIRD else _MODELS[0]
    root: Row = {
        "metadata": {"model": model, "split": _split(case)},
        "origin": origin,
        "expected": {"max_minutes": 30, "min_genres": 3},
    }
    start = now - DAY * (1 if better else 2) + case * 9 + trial
    rows = agent_trace(f"{name}-{case:02}-{trial}", request, start, dice, scores=scores, long=long, root=root)
    rows[0]["span_attributes"] = {"name": "eval", "type": "eval"}
    return rows


def _write_stored(story: Story) -> None:
    """A prompt with two versions, a judge, a scorer of code, and the environment that uses the prompt."""
    server, project = story.server, {"project_id": story.project_id}
    messages = [{"role": "system", "content": CURRENT}, {"role": "user", "content": "{{request}}"}]
    data = {
        "prompt": {"type": "chat", "messages": messages},
        "options": {"model": _MODELS[0], "params": {"temperature": 0.2}},
    }
    named = {"name": "Playlist agent", "slug": "playlist-agent", "description": "Finds songs that fit"}
    prompt = server.request("POST", "/v1/prompt", {**project, **named, "prompt_data": data})
    story.ids["prompt"], story.ids["prompt version"] = prompt["id"], prompt["_xact_id"]
    better = {
        **data,
        "prompt": {"type": "chat", "messages": [{"role": "system", "content": IMPROVED}, messages[1]]},
    }
    server.request("PATCH", f"/v1/prompt/{prompt['id']}", {"prompt_data": better})
    asked = {"role": "user", "content": "How varied are {{output.playlist.songs}}?"}
    choices = {"varied": 1, "somewhat": 0.6, "one note": 0}
    judge = {
        "prompt": {"type": "chat", "messages": [asked]},
        "parser": {"type": "llm_classifier", "use_cot": True, "choice_scores": choices},
        "options": {"model": _MODELS[0]},
    }
    code = "def handler(input, output, expected):\n    return output['playlist']['total_duration_min'] < 30\n"
    for slug, function_data, more in (
        ("variety", {"type": "prompt"}, {"prompt_data": judge}),
        ("playlist-length", {"type": "code", "data": {"type": "inline", "code": code}}, {}),
    ):
        body = {
            **project,
            "name": slug.replace("-", " ").capitalize(),
            "slug": slug,
            "function_type": "scorer",
        }
        made = server.request("POST", "/v1/function", {**body, "function_data": function_data, **more})
        story.ids[slug] = made["id"]
    tool = {"type": "code", "data": {"type": "inline", "code": "def handler(query):\n    return []\n"}}
    body = {
        **project,
        "name": "Search songs",
        "slug": "search-songs",
        "function_type": "tool",
        "function_data": tool,
    }
    story.ids["tool"] = server.request("POST", "/v1/function", body)["id"]
