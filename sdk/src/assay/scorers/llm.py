"""Judges: a model reads the case and picks one of a few named choices, each worth a score.

The request is one OpenAI chat completion through the gateway. Its only message starts with the line
`[judge: <name>]`, so that a log, a test or a scripted model can tell judges apart; the model answers by
calling the tool `select_choice` with its reasons first and its choice after them, because a reason written
after the choice only defends it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from assay.core.mustache import render
from assay.scorers.gateway import Completion, chat_completion, default_judge_model
from assay.scorers.score import Score, checked_score

TOOL_NAME = "select_choice"


class JudgeError(ValueError):
    """The model's answer names no known choice; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a judge picked, and why (`None` when it was not asked for reasons)."""

    choice: str
    rationale: str | None


class LLMClassifier:
    """A scorer whose answer is a choice made by a language model.

    `prompt_template` is a Mustache template over `input`, `output`, `expected`, `metadata`, whatever else
    the call passes by keyword, and `template_values` given here. `choice_scores` maps each choice to its
    score, 0 to 1, or to None for "does not apply".

    `model` defaults to ASSAY_JUDGE_MODEL, then to `gpt-5-mini`. `use_cot` asks for reasons before the
    choice. `temperature` and `max_tokens` are sent only when given: some models refuse them. `base_url` and
    `api_key` lead somewhere else than to Assay's gateway, for any server that speaks the OpenAI format.

    Raises ValueError at construction for a score outside 0..1 or no choices.
    """

    blocking: ClassVar[bool] = True
    """A call waits for the model, so the eval runner gives it a thread."""

    def __init__(
        self,
        name: str,
        prompt_template: str,
        choice_scores: Mapping[str, float | None],
        *,
        model: str | None = None,
        use_cot: bool = True,
        temperature: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 120.0,
        **template_values: Any,
    ) -> None:
        if not choice_scores:
            raise ValueError(
                f"judge {name!r} has no choices: give choice_scores such as {{'yes': 1, 'no': 0}}"
            )
        self.name = name
        self.prompt_template = prompt_template
        self.choice_scores = {
            choice: None if score is None else checked_score(f"{name}: {choice}", score)
            for choice, score in choice_scores.items()
        }
        self.model = model or default_judge_model()
        self.use_cot = use_cot
        self._sampling = {
            key: value
            for key, value in (("temperature", temperature), ("max_tokens", max_tokens))
            if value is not None
        }
        self._base_url, self._api_key, self._timeout = base_url, api_key, timeout
        self._template_values = template_values

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Judge one output.

        The Score's metadata holds `choice`, `rationale` and `model`; `provider` too when the answer is a
        scripted model's. The call is recorded as an `llm` span below the current span.

        Raises TemplateError when the template needs something the call did not pass, JudgeError when the
        answer names no choice, and the gateway's error when the model could not be reached.
        """
        values = {"input": None, "metadata": None} | self._template_values | context
        values |= {"output": output, "expected": expected}
        completion = chat_completion(
            self.request(values), base_url=self._base_url, api_key=self._api_key, timeout=self._timeout
        )
        selection = read_selection(completion.message, list(self.choice_scores))
        metadata: dict[str, Any] = {"choice": selection.choice, "rationale": selection.rationale}
        metadata |= _provenance(completion)
        return Score(self.name, self.choice_scores[selection.choice], metadata)

    async def eval_async(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`, for callers that await; the request runs in a thread."""
        return await asyncio.to_thread(self.eval, output, expected, **context)

    def __call__(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """The same as `eval`."""
        return self.eval(output, expected, **context)

    def request(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The chat completion request for one case: an OpenAI request body with a forced tool call."""
        prompt = f"[judge: {self.name}]\n{render(self.prompt_template, values)}"
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "tools": [
                {"type": "function", "function": choice_tool(list(self.choice_scores), reasons=self.use_cot)}
            ],
            "tool_choice": {"type": "function", "function": {"name": TOOL_NAME}},
            **self._sampling,
        }


def choice_tool(choices: Sequence[str], *, reasons: bool) -> dict[str, Any]:
    """The function description a judge must call to answer."""
    properties: dict[str, Any] = {}
    if reasons:
        properties["reasons"] = {
            "type": "string",
            "description": "Your reasoning, step by step; the conclusion comes last.",
        }
    properties["choice"] = {"type": "string", "enum": list(choices), "description": "The choice that fits."}
    return {
        "name": TOOL_NAME,
        "description": "Record the judgement.",
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    }


def read_selection(message: Mapping[str, Any], choices: Sequence[str]) -> Selection:
    """Read a model's answer: the tool call, or content that holds the same JSON or just the choice.

    Some models ignore a forced tool call, hence the other two forms. Raises JudgeError when no known choice
    is found.
    """
    for call in message.get("tool_calls") or ():
        found = _from_json(call.get("function", {}).get("arguments"), choices)
        if found:
            return found
    content = message.get("content")
    found = _from_json(content, choices)
    if found:
        return found
    named = _matching(content, choices)
    if named is None:
        raise JudgeError(
            f"the judge answered {json.dumps(message)[:300]}, which names none of: {', '.join(choices)}"
        )
    return Selection(named, None)


def _from_json(text: Any, choices: Sequence[str]) -> Selection | None:
    try:
        answer = json.loads(text)
    except (TypeError, ValueError):
        return None
    if not isinstance(answer, dict):
        return None
    fields = cast("dict[str, Any]", answer)
    choice = _matching(fields.get("choice"), choices)
    reasons = fields.get("reasons")
    return None if choice is None else Selection(choice, None if reasons is None else str(reasons))


def _matching(text: Any, choices: Sequence[str]) -> str | None:
    if not isinstance(text, str):
        return None
    wanted = text.strip().strip("\"'.`*").casefold()
    return next((choice for choice in choices if choice.casefold() == wanted), None)


def _provenance(completion: Completion) -> dict[str, Any]:
    if completion.scripted:
        return {"model": completion.model, "provider": "scripted model"}
    return {"model": completion.model}
