"""A playlist generator instrumented with the published Python SDK: four requests logged, then two experiments.

Run with the catalog's CSV file as the argument. Prints what it saw, one JSON object a line.
"""

import csv
import json
import os
import sys

import autoevals
from braintrust import Eval, current_span, init_logger, traced, wrap_openai
from openai import OpenAI
from pydantic import BaseModel

PROJECT = os.environ["COMPAT_PROJECT"]
REQUESTS = (
    "Create a chill playlist for studying",
    "I need motivational music for a morning run",
    "Make me a sad songs playlist",
    "Happy road trip vibes",
)
PROMPT = "You make playlists from the catalog. Search it, then create one playlist and describe it."
STRICT = f"{PROMPT} Keep it under 30 minutes, use at most 1 song per artist, and vary the genres."
JUDGE = """[judge: Variety]
How varied are artists and genres?
<request>{{input}}</request>
<playlist>
{{#output.tool_calls}}{{#result.songs}}
- {{title}} — {{artist}} [{{genre}}]
{{/result.songs}}{{/output.tool_calls}}
</playlist>
"""
CHOICES = {"low": 0.0, "fair": 0.5, "high": 1.0}

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    CATALOG = list(csv.DictReader(file))
client = wrap_openai(
    OpenAI(base_url=os.environ["BRAINTRUST_API_URL"] + "/v1/proxy", api_key=os.environ["BRAINTRUST_API_KEY"])
)


class Song(BaseModel):
    title: str
    artist: str


class Playlist(BaseModel):
    playlist_name: str
    songs: list[Song]
    total_tracks: int
    total_duration_min: float


class ToolCall(BaseModel):
    tool: str
    arguments: dict
    result: dict | list


class AgentResult(BaseModel):
    playlist: Playlist | None
    response: str
    tool_calls: list[ToolCall]


def shown(track):
    """A track of the catalog as the tools return it."""
    return {
        "title": track["title"],
        "artist": track["artist"],
        "genre": track["genre"],
        "duration_min": round(int(track["duration_sec"]) / 60, 2),
    }


@traced(type="tool")
def search_songs(query="", genre="", mood="", limit=20):
    """Songs of a genre and a mood; the query orders them."""
    found = [
        track
        for track in CATALOG
        if (not genre or track["genre"] == genre) and (not mood or track["mood"] == mood)
    ]
    found.sort(key=lambda track: -sum(word in str(track).lower() for word in query.lower().split()))
    return [shown(track) for track in found[:limit]]


@traced(type="tool")
def create_playlist(playlist_name, songs):
    """A playlist of the songs that exist."""
    wanted = [(song["title"], song["artist"]) for song in songs]
    chosen = [shown(track) for track in CATALOG if (track["title"], track["artist"]) in wanted]
    minutes = round(sum(song["duration_min"] for song in chosen), 2)
    return {
        "playlist_name": playlist_name,
        "songs": chosen,
        "total_tracks": len(chosen),
        "total_duration_min": minutes,
    }


TOOLS = {"search_songs": search_songs, "create_playlist": create_playlist}
TEXT = {"type": "string"}
OFFERED = [
    {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": properties}},
    }
    for name, properties in (
        (
            "search_songs",
            {
                "query": TEXT,
                "genre": {**TEXT, "enum": sorted({track["genre"] for track in CATALOG})},
                "mood": {**TEXT, "enum": sorted({track["mood"] for track in CATALOG})},
                "limit": {"type": "integer"},
            },
        ),
        ("create_playlist", {"playlist_name": TEXT, "songs": {"type": "array", "items": {"type": "object"}}}),
    )
]


@traced(name="playlist agent", type="task")
def run_agent(request, prompt=PROMPT):
    """Calls the model and its tools until it has nothing left to call."""
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": request}]
    calls = []
    while True:
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=OFFERED)
        message = answer.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            break
        for call in message.tool_calls:
            arguments = json.loads(call.function.arguments)
            result = TOOLS[call.function.name](**arguments)
            calls.append(ToolCall(tool=call.function.name, arguments=arguments, result=result))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)})
    made = [call.result for call in calls if call.tool == "create_playlist"]
    playlist = Playlist(**made[-1]) if made else None
    result = AgentResult(playlist=playlist, response=message.content, tool_calls=calls).model_dump()
    current_span().log(metadata={"minutes": playlist.total_duration_min if playlist else None})
    return result


def PlaylistLength(output):
    """1 when there is a playlist shorter than 30 minutes."""
    return float(output["playlist"] is not None and output["playlist"]["total_duration_min"] < 30)


def evaluate(name, prompt):
    """One experiment over the requests; what the client's summary says of it."""
    summary = Eval(
        PROJECT,
        experiment_name=name,
        data=[{"input": request} for request in REQUESTS],
        task=lambda request: run_agent(request, prompt),
        scores=[
            PlaylistLength,
            autoevals.LLMClassifier("Variety", JUDGE, CHOICES, model="gpt-4o-mini", use_cot=True),
        ],
        metadata={"prompt": name},
    ).summary
    return {
        "id": summary.experiment_id,
        "name": summary.experiment_name,
        "scores": {score.name: [score.score, score.diff] for score in summary.scores.values()},
    }


logger = init_logger(project=PROJECT)
results = [run_agent(request) for request in REQUESTS]
logger.flush()
print(json.dumps({"results": results}))
print(json.dumps({"experiments": [evaluate("as it is", PROMPT), evaluate("strict", STRICT)]}))
