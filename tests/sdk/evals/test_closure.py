"""Versions of code: what changes one, what does not, what has none."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import assay
from assay.evals import cache_by, version_of
from assay.scorers import ClosedQA, LLMClassifier

BASE = """
import json, enum
from dataclasses import dataclass
import other
from other import helper
import assay

PROMPT = "Say {name}"
SETTINGS = {"model": "m", "tags": {"b", "a"}}
UNUSED = 1

class Kind(enum.Enum):
    A = 1

@dataclass
class Config:
    size: int = 3
    def twice(self):
        return self.size * 2

CONFIG = Config()

def deep(x):
    return x + 1

def task(name, hooks=None, *, loud=False):
    import lazy
    def inner(y):
        return deep(y)
    return (PROMPT.format(name=name), SETTINGS["model"], helper(1), other.attribute(2), CONFIG.twice(),
            Kind.A, inner(1), json.dumps(1), [lazy.value for _ in range(2)], loud)

@assay.traced
def wrapped(name):
    return deep(1)

a, b = lambda x: x * 2, lambda x: x * 2
"""
OTHER = """
SCALE = 2

def helper(x):
    return x * SCALE

def attribute(x):
    return x

def idle():
    return 1
"""
LAZY = "value = 1\n"

PROBE = """
import sys
sys.path.insert(0, ".")
from assay.evals import version_of
import main
print(version_of(main.task), version_of(main.wrapped))
"""


def versions(folder: Path, **changed: tuple[str, str]) -> tuple[str, str]:
    """The versions of `task` and `wrapped`, computed in a fresh process, with `file=(old, new)` replaced."""
    for name, text in {"main": BASE, "other": OTHER, "lazy": LAZY}.items():
        old, new = changed.get(name, ("", ""))
        assert old in text
        (folder / f"{name}.py").write_text(text.replace(old, new) if old else text)
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROBE], cwd=folder, capture_output=True, text=True, check=True
    )
    task, wrapped = done.stdout.split()
    return task, wrapped


def test_a_version_follows_what_a_function_reaches(tmp_path: Path) -> None:
    base = versions(tmp_path)
    assert "None" not in base
    same = {
        "comments and lines": {"main": ("def deep(x):", "# note\n\n\ndef deep(x):  # more")},
        "what it does not reach": {"main": ("UNUSED = 1", "UNUSED = 2")},
        "an idle function elsewhere": {"other": ("return 1", "return 2")},
    }
    for what, change in same.items():
        assert versions(tmp_path, **change) == base, what
    differs = {
        "its own code": {"main": ("loud)\n\n@assay", "not loud)\n\n@assay")},
        "a constant": {"main": ("Say {name}", "Sing {name}")},
        "a value inside": {"main": ('"model": "m"', '"model": "n"')},
        "a set": {"main": ('{"b", "a"}', '{"b", "c"}')},
        "a default": {"main": ("loud=False", "loud=True")},
        "a function below": {"main": ("return x + 1", "return x + 2")},
        "the state of an object": {"main": ("size: int = 3", "size: int = 4")},
        "a method": {"main": ("self.size * 2", "self.size * 3")},
        "an enumeration": {"main": ("A = 1", "A = 2")},
        "a value of another file": {"other": ("SCALE = 2", "SCALE = 3")},
        "a function through a module": {"other": ("    return x\n", "    return -x\n")},
        "a module imported late": {"lazy": ("value = 1", "value = 2")},
    }
    for what, change in differs.items():
        assert versions(tmp_path, **change)[0] != base[0], what
    assert versions(tmp_path, main=("return x + 1", "return x + 2"))[1] != base[1]  # below a decorator


def test_bound_things_and_partials() -> None:
    def add(a: int, b: int) -> int:
        return a + b

    one, two = functools.partial(add, 1), functools.partial(add, 2)
    assert version_of(one) == version_of(functools.partial(add, 1))
    assert version_of(one) != version_of(two)

    class Task:
        def __init__(self, factor: Any) -> None:
            self.factor = factor

        def run(self, n: int) -> int:
            return n * int(self.factor)

    assert version_of(Task(1).run) == version_of(Task(1).run)
    assert version_of(Task(1).run) != version_of(Task(2).run)
    recursive = Task(1)
    recursive.factor = recursive
    assert version_of(recursive.run) is not None


def test_judges_are_versioned_by_what_they_ask() -> None:
    def judge(**changed: Any) -> LLMClassifier:
        settings: dict[str, Any] = {"model": "m", "choice_scores": {"yes": 1, "no": 0}, **changed}
        return LLMClassifier(
            "kind",
            changed.pop("prompt", "Is {{output}} kind?"),
            **{key: value for key, value in settings.items() if key != "prompt"},
        )

    assert version_of(judge()) == version_of(judge()) is not None
    for change in (
        {"model": "n"},
        {"prompt": "Is {{output}} nice?"},
        {"choice_scores": {"yes": 1, "no": 0.5}},
    ):
        assert version_of(judge(**change)) != version_of(judge())
    assert version_of(ClosedQA) is not None


def test_a_version_can_be_given_or_refused() -> None:
    def plain() -> int:
        return 1

    @cache_by("v1")
    def keyed() -> int:
        return 1

    @cache_by("v1")
    def keyed_too() -> int:
        return 2

    @cache_by(None)
    def never() -> int:
        return 1

    def reaches() -> int:
        return never()

    assert version_of(keyed) == version_of(keyed_too) != version_of(plain)
    assert version_of(never) is None
    assert version_of(reaches) is None


def test_values_without_a_lasting_form_have_no_version() -> None:
    deep: list[Any] = []
    deep.append(deep)

    def task() -> Any:
        return deep

    assert version_of(task) is None
    assert version_of(assay.traced) is not None
    assert version_of(print) == version_of(print) is not None
