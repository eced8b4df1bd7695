"""Stored prompts and functions with the published Python SDK; `prompts.mjs` is the same in JavaScript."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import braintrust
import openai
import requests
from pydantic import BaseModel

URL, KEY = os.environ["BRAINTRUST_API_URL"], os.environ["BRAINTRUST_API_KEY"]
PROJECT = os.environ["COMPAT_PROJECT"]
ENVIRONMENT = PROJECT.replace(" ", "-")


class Limit(BaseModel):
    value: int = 5


def report(**seen: Any) -> None:
    print(json.dumps(seen, default=str))


def send(method: str, path: str, body: Any) -> Any:
    """What this SDK has no function for."""
    answer = requests.request(method, f"{URL}/{path}", json=body, headers={"Authorization": f"Bearer {KEY}"})
    answer.raise_for_status()
    return answer.json()


def publish(text: str) -> Any:
    """A version of the prompt `greet`, whose last message is `text`."""
    project = braintrust.projects.create(PROJECT)
    project.prompts.create(
        name="Greet",
        slug="greet",
        description="says hello",
        messages=[
            {"role": "system", "content": "You know {{#songs}}{{title}}, {{/songs}}no more."},
            {"role": "user", "content": text},
        ],
        model="gpt-4o-mini",
        params={"temperature": 0.25},
        if_exists="replace",
        tags=["polite"],
    )
    project.parameters.create(name="Limits", slug="limits", schema={"limit": Limit}, if_exists="replace")
    return project.publish()


def loaded(**options: Any) -> Any:
    return braintrust.load_prompt(PROJECT, "greet", **options)


def built(**options: Any) -> Any:
    prompt = loaded(**options)
    return prompt.build(name="Ümit", songs=[{"title": "A"}, {"title": "B"}])["messages"]


def refusal(attempt: Callable[[], Any]) -> str:
    try:
        return f"no refusal: {attempt()}"
    except Exception as error:
        return str(error)


def main() -> None:
    braintrust.login()
    made = publish("Greet {{name}}.")["functions"][0]
    first = loaded().version
    publish("Greet {{{name}}} and nobody else.")
    now = loaded()
    versions = braintrust.logger.get_prompt_versions(made["project_id"], made["id"])
    send("POST", "environment", {"name": PROJECT, "slug": ENVIRONMENT})
    send("PUT", f"environment-object/prompt/{made['id']}/{ENVIRONMENT}", {"object_version": first})
    client = braintrust.wrap_openai(openai.OpenAI(base_url=f"{URL}/v1/proxy", api_key=KEY))
    with braintrust.init_logger(project=PROJECT):
        client.chat.completions.create(**now.build(name="N", songs=[]))
    braintrust.flush()
    defaulted = loaded(defaults={"max_tokens": 7}).build(name="N", songs=[])
    report(
        prompt=[now.id, now.name, now.slug, now.options],
        versions=[first, now.version],
        pretty=versions,
        now=built(),
        pinned=built(version=first),
        by_pretty=sorted(built(version=one)[1]["content"] for one in versions),
        by_environment=built(environment=ENVIRONMENT),
        by_id=braintrust.load_prompt(id=made["id"]).version,
        defaulted=[defaulted["max_tokens"], defaulted["temperature"], defaulted["model"]],
        parameters=braintrust.load_parameters(PROJECT, "limits").data,
        unknown=refusal(lambda: braintrust.load_prompt(PROJECT, "nobody").version),
        invoked=refusal(lambda: braintrust.invoke(project_name=PROJECT, slug="greet", input={"name": "N"})),
        function=refusal(lambda: braintrust.init_function(PROJECT, "greet")(output="x")),
        streamed=refusal(
            lambda: list(braintrust.invoke(project_name=PROJECT, slug="greet", input={}, stream=True))
        ),
    )


main()
