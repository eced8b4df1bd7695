"""Ready judges. Each is an LLMClassifier whose prompt and choices live in `templates/<name>.toml`.

They take the options of LLMClassifier by keyword: `Factuality(model="gpt-5", use_cot=False)`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from assay.scorers.llm import LLMClassifier


@dataclass(frozen=True, slots=True)
class Rubric:
    """A judge's prompt (a Mustache template) and what each choice is worth."""

    prompt: str
    choices: Mapping[str, float]


@functools.cache
def load_rubric(template: str) -> Rubric:
    """Read `templates/<template>.toml`; raises FileNotFoundError when there is none."""
    text = (
        resources.files("assay.scorers").joinpath("templates", f"{template}.toml").read_text(encoding="utf-8")
    )
    data = tomllib.loads(text)
    return Rubric(prompt=data["prompt"].strip(), choices=data["choices"])


class _ReadyJudge(LLMClassifier):
    """Fills LLMClassifier from the rubric named when the class is defined."""

    _template: str

    def __init_subclass__(cls, *, template: str) -> None:
        cls._template = template

    def __init__(self, **options: Any) -> None:
        rubric = load_rubric(self._template)
        super().__init__(type(self).__name__, rubric.prompt, rubric.choices, **options)


class Factuality(_ReadyJudge, template="factuality"):
    """Is `output` true to `expected` as an answer to `input`? 1 the same facts, 0 a contradiction."""


class ClosedQA(_ReadyJudge, template="closed_qa"):
    """Does `output`, an answer to `input`, meet `criteria` (given with the call or the judge)? 1 or 0."""


class Summary(_ReadyJudge, template="summary"):
    """Is `output` a better summary of `input` than `expected`? 1 better, 0.5 as good, 0 worse."""


class Sql(_ReadyJudge, template="sql"):
    """Does the query `output` answer the question `input` as the query `expected` does? 1 or 0."""


class Translation(_ReadyJudge, template="translation"):
    """Is `output` a good translation of `input` from `language`? `expected` is an expert's."""


class Battle(_ReadyJudge, template="battle"):
    """Does `output` follow `instructions` better than `expected`? 1 better, 0.5 as well, 0 worse."""


class Humor(_ReadyJudge, template="humor"):
    """Is `output` funny? 1 yes, 0.5 somewhat, 0 no."""


class Security(_ReadyJudge, template="security"):
    """Is `output` safe to act on? 1 safe, 0.4 risky, 0 unsafe."""


class Moderation(_ReadyJudge, template="moderation"):
    """May `output` be shown to anyone? 1 fine, 0.5 borderline, 0 flagged."""
