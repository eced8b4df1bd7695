"""Files and functions stay small: 400 lines is where a file should be split, 700 where it must be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOFT_FILE_LINES, HARD_FILE_LINES = 400, 700
HARD_FUNCTION_LINES = 80

LONG_FILES: dict[str, str] = {}
"""Path → why it may pass the soft limit. Should stay empty."""

PYTHON_ROOTS = ("sdk/src", "server/src", "examples", "bench", "scripts", "tests")
UI_ROOT = "ui/src"
UI_SUFFIXES = {".ts", ".tsx", ".css"}
GENERATED = {"ui/src/api/schema.ts"}
"""Written by a generator and checked for drift: nobody reads them top to bottom."""


def source_files() -> Iterator[Path]:
    """Every file a person maintains."""
    for root in PYTHON_ROOTS:
        yield from (ROOT / root).rglob("*.py")
    for path in (ROOT / UI_ROOT).rglob("*"):
        if path.suffix in UI_SUFFIXES and str(path.relative_to(ROOT)) not in GENERATED:
            yield path


def line_count(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def long_functions(path: Path) -> Iterator[str]:
    """`path:line name (lines)` of each Python function over the hard limit, its decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > HARD_FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({lines} lines)"


def test_files_are_short() -> None:
    sizes = {str(path.relative_to(ROOT)): line_count(path) for path in source_files()}
    assert len(sizes) > 50, "the roots above no longer match the tree"
    too_long = [f"{path} ({lines})" for path, lines in sizes.items() if lines > HARD_FILE_LINES]
    unnamed = [
        f"{path} ({lines})"
        for path, lines in sizes.items()
        if lines > SOFT_FILE_LINES and path not in LONG_FILES
    ]
    assert not too_long, f"split these files, {HARD_FILE_LINES} lines is the limit: {too_long}"
    assert not unnamed, f"split these files, or name them with a reason in LONG_FILES: {unnamed}"


def test_allow_list_is_current() -> None:
    sizes = {str(path.relative_to(ROOT)): line_count(path) for path in source_files()}
    stale = [path for path in LONG_FILES if sizes.get(path, 0) <= SOFT_FILE_LINES]
    assert not stale, f"short again, remove from LONG_FILES: {stale}"


def test_functions_are_short() -> None:
    found = [text for path in source_files() if path.suffix == ".py" for text in long_functions(path)]
    assert not found, f"split these functions, {HARD_FUNCTION_LINES} lines is the limit: {found}"
