"""Tracing with the published Python SDK; `tracing.mjs` is the same in JavaScript. Prints what it saw."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading
from typing import Any

import braintrust
import openai

PROJECT = os.environ["COMPAT_PROJECT"]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def report(**seen: Any) -> None:
    print(json.dumps(seen, default=str))


@braintrust.traced
def add(left: int, right: int = 2) -> int:
    braintrust.current_span().log(metadata={"deep": True})
    return left + right


@braintrust.traced(name="outer", type="task", span_attributes={"colour": "red"})
def outer(number: int) -> int:
    return add(number, right=3) * 10


@braintrust.traced(name="refuses")
def refuses(text: str) -> None:
    raise ValueError(f"no {text}")


def functions() -> None:
    assert outer(1) == 40
    with contextlib.suppress(ValueError):
        refuses("way")


def models() -> None:
    """The same question as one answer, as a stream, and as a call of a tool."""
    client = braintrust.wrap_openai(
        openai.OpenAI(
            base_url=f"{os.environ['BRAINTRUST_API_URL']}/v1/proxy", api_key=os.environ["BRAINTRUST_API_KEY"]
        )
    )
    asked: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say grüezi"}]}
    with braintrust.start_span(name="models"):
        answer = client.chat.completions.create(**asked, temperature=0.5)
        usage = answer.usage
        stream = client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
        parts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
        forced = {"type": "function", "function": {"name": "weather"}}
        called = client.chat.completions.create(**asked, tools=[TOOL], tool_choice=forced)
    assert called.choices[0].message.tool_calls
    report(
        answer=answer.choices[0].message.content,
        streamed="".join(parts),
        usage=[usage.prompt_tokens, usage.completion_tokens, usage.total_tokens],
        arguments=called.choices[0].message.tool_calls[0].function.arguments,
    )


def elsewhere(logger: Any) -> None:
    """Spans of another process, below one of this: by what was exported and by HTTP headers."""
    with logger.start_span(name="here") as here:
        exported, headers = here.export(), here.inject()
    logger.flush()
    with logger.start_span(name="local", parent=exported):
        pass
    logger.flush()
    sent = json.dumps({"exported": exported, "headers": headers})
    subprocess.run([sys.executable, "elsewhere.py", sent], check=True)


def corrections(logger: Any) -> None:
    """Changes to a row that is already there; logs this SDK has beside spans."""
    with logger.start_span(name="judged", input="in", metadata={"kept": 1}, scores={"first": 0.5}) as judged:
        note = logger.info("{count} songs, {mood}", metadata={"user": "u"}, count=3, mood="calm")
        judged.log(output="out")
    logger.flush()
    logger.update_span(id=judged.id, metadata={"added": 2}, scores={"second": 1})
    logger.flush()
    about = {"id": judged.id, "source": "app", "metadata": {"user_id": "u1"}}
    logger.log_feedback(**about, scores={"thumbs": 0}, comment="not calm")
    logger.flush()
    logger.log_feedback(id=judged.id, tags=["seen"], metadata={"user_id": "u2"})
    logger.flush()
    report(judged=judged.id, note=note)


class Store(http.server.BaseHTTPRequestHandler):
    """Somebody's own file store."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"far \x00 away")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def attachments(logger: Any) -> None:
    """Files that are elsewhere stay there; all files come back through what reads rows."""
    store = http.server.HTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=store.serve_forever, daemon=True).start()

    def external(url: str) -> Any:
        return braintrust.ExternalAttachment(url=url, filename="far.bin", content_type="application/x-far")

    far, cloud = external(f"http://127.0.0.1:{store.server_port}/far"), external("s3://bucket/key")
    with logger.start_span(name="far", input={"far": far, "cloud": cloud}) as span:
        pass
    logger.flush()
    try:
        refused = str(len(cloud.data))
    except Exception as error:
        refused = str(error)
    file = braintrust.Attachment(data=b"\x00\xffin", filename="in.bin", content_type="application/x-in")
    table = braintrust.JSONAttachment({"rows": [1, 2]}, filename="table.json")
    dataset = braintrust.init_dataset(project=PROJECT, name="files")
    dataset.insert(id="f", input={"deep": [file]}, expected=table)
    dataset.flush()
    (row,) = braintrust.init_dataset(project=PROJECT, name="files")
    experiment = braintrust.init(project=PROJECT, experiment="files")
    experiment.log(input={"file": file}, output="x", scores={"ok": 1})
    experiment.flush()
    (case,) = braintrust.init(project=PROJECT, experiment="files", open=True).fetch()
    kept = case["input"]["file"]
    reread = kept if isinstance(kept, braintrust.ReadonlyAttachment) else braintrust.ReadonlyAttachment(kept)
    report(
        far={"id": span.id, "bytes": list(far.data), "refused": refused},
        dataset_bytes=list(row["input"]["deep"][0].data),
        dataset_json=json.loads(row["expected"].data),
        experiment_bytes=list(reread.data),
    )
    store.shutdown()


with braintrust.init_logger(project=PROJECT) as the_logger:
    functions()
    models()
    elsewhere(the_logger)
    corrections(the_logger)
    attachments(the_logger)
    the_logger.flush()
