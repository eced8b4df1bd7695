"""The contracts of `.importlinter` hold, and features meet only through their services."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "server" / "src" / "assay_server" / "features"
PREFIX = "assay_server.features."


def imported_modules(source: str) -> Iterator[tuple[int, str]]:
    """`(line, dotted name)` of everything a file imports, `from a.b import c` counted as `a.b.c`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def foreign_imports(feature: str, source: str) -> list[str]:
    """Imports of another feature that bypass its `service.py`, as `line: name`."""
    found: list[str] = []
    for line, name in imported_modules(source):
        if not name.startswith(PREFIX):
            continue
        other, _, rest = name.removeprefix(PREFIX).partition(".")
        if other != feature and rest.split(".")[0] != "service":
            found.append(f"{line}: {name}")
    return found


def test_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_features_meet_through_services() -> None:
    files = sorted(FEATURES.glob("*/**/*.py"))
    assert files, "no feature folder found"
    broken = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := foreign_imports(path.relative_to(FEATURES).parts[0], path.read_text(encoding="utf-8")))
    }
    assert not broken, f"import the other feature's service.py instead: {broken}"


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("from assay_server.features.projects.service import ObjectService", True),
        ("from assay_server.features.projects import service", True),
        ("from assay_server.features.sql.tables import X", True),
        ("from assay_server.features.projects.tables import projects", False),
        ("import assay_server.features.projects.tables", False),
        ("from assay_server.engines.authz import Actor", True),
    ],
)
def test_the_rule_itself(line: str, allowed: bool) -> None:
    assert (foreign_imports("sql", line) == []) is allowed
