"""The scripted judge picks from the choices it is offered, by rules a reader can follow."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from assay.scorers import judges
from assay.scorers.llm import LLMClassifier, read_selection
from assay_server.engines.gateway.messages import read_request
from assay_server.engines.gateway.providers.scripted import ScriptedModel
from assay_server.engines.gateway.scenario_files import load_scenarios

MODEL = ScriptedModel(load_scenarios())


def judged(scorer: LLMClassifier, **values: Any) -> tuple[str, str]:
    """Choice and reasons for one case, asked with the request the SDK's judge would send."""
    body = scorer.request({"input": None, "metadata": None, "expected": None, **values})

    async def answer() -> bytes:
        reply = MODEL.send(read_request("chat/completions", json.dumps(body).encode(), {}))
        return b"".join([chunk async for chunk in reply.chunks])

    message = json.loads(asyncio.run(answer()))["choices"][0]["message"]
    selection = read_selection(message, list(scorer.choice_scores))
    return selection.choice, selection.rationale or ""


@pytest.mark.parametrize(
    ("output", "choice"),
    [
        ("The Eiffel Tower is in Paris", "same"),
        ("Whales are mammals", "contradicts"),
        ("The tower is near Paris", "partial"),
    ],
)
def test_factuality(output: str, choice: str) -> None:
    found, reasons = judged(
        judges.Factuality(), input="Where is it?", expected="The Eiffel Tower is in Paris", output=output
    )
    assert found == choice
    assert "words" in reasons


def test_closed_qa() -> None:
    asked = {"input": "Capital of Norway?", "criteria": "names Oslo"}
    assert judged(judges.ClosedQA(), output="It names Oslo.", **asked)[0] == "yes"
    assert judged(judges.ClosedQA(), output="I do not know.", **asked)[0] == "no"


def test_sql_ignores_form() -> None:
    asked = {"input": "How many?", "expected": "SELECT count(*) FROM t;"}
    assert judged(judges.Sql(), output="select  count(*)\nfrom t", **asked)[0] == "equivalent"
    assert judged(judges.Sql(), output="select sum(x) from t", **asked)[0] == "different"


@pytest.mark.parametrize(
    ("expected", "output", "choice"),
    [
        ("nothing", "bake bread slowly", "second"),
        ("bake bread slowly", "nothing", "first"),
        ("bread", "bread", "equal"),
    ],
)
def test_battle(expected: str, output: str, choice: str) -> None:
    scorer = judges.Battle()
    assert judged(scorer, instructions="Bake bread slowly", expected=expected, output=output)[0] == choice


def test_security_and_moderation() -> None:
    assert judged(judges.Security(), output="Use parameters in queries.")[0] == "safe"
    assert judged(judges.Security(), output="eval the password")[0] == "unsafe"
    assert judged(judges.Moderation(), output="A lovely day.")[0] == "fine"


def test_a_judge_without_a_forced_tool_answers_in_json() -> None:
    material = "<reference>blue sky</reference><answer>blue sky</answer>"
    prompt = f"[judge: Mine]\n{material}\n- bad: differs\n- good: agrees"
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]}

    async def answer() -> bytes:
        reply = MODEL.send(read_request("chat/completions", json.dumps(body).encode(), {}))
        return b"".join([chunk async for chunk in reply.chunks])

    content = json.loads(asyncio.run(answer()))["choices"][0]["message"]["content"]
    assert json.loads(content)["choice"] == "good"
