"""OpenAI's client, wrapped: plain, streamed, asynchronous, with tools."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import openai
from _sdk import PROJECT, braintrust, report

braintrust.init_logger(project=PROJECT)
address: dict[str, Any] = {
    "base_url": f"{os.environ['BRAINTRUST_API_URL']}/v1/proxy",
    "api_key": os.environ["BRAINTRUST_API_KEY"],
}
client = braintrust.wrap_openai(openai.OpenAI(**address))
later = braintrust.wrap_openai(openai.AsyncOpenAI(**address))
ask: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Say hello"}],
    "seed": 1,
}
TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
        },
    },
}

answer = client.chat.completions.create(**ask, temperature=0)
report(answer=bool(answer.choices[0].message.content), tokens=answer.usage.total_tokens > 0)
parts = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
report(streamed=len(parts) > 1)
called = client.chat.completions.create(**ask, tools=[TOOL], tool_choice="required")
report(tool=[call.function.name for call in called.choices[0].message.tool_calls or []])
streamed = client.chat.completions.create(**ask, tools=[TOOL], tool_choice="required", stream=True)
report(chunks=len(list(streamed)) > 1)


async def main() -> None:
    with braintrust.start_span(name="around") as span:
        await later.chat.completions.create(**ask)
        async for _ in await later.chat.completions.create(**ask, stream=True):
            pass
        span.log(output="done")


asyncio.run(main())
embedded = client.embeddings.create(model="text-embedding-3-small", input=["one", "two"])
report(vectors=len(embedded.data))
try:
    client.chat.completions.create(model="no-such-model", messages=[])
except openai.APIStatusError as error:
    report(status=error.status_code)
braintrust.flush()
