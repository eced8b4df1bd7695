"""The same program with our SDK and with the published one leaves the same rows and sees the same answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sdk.compat.conftest import OURS, PROGRAMS, THEIRS, Run
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]


@pytest.mark.parametrize("program", sorted(path.stem for path in PROGRAMS.glob("[a-z]*.py")))
def test_same_program_same_rows(run: Callable[[str, str], Run], program: str) -> None:
    ours, theirs = run(program, OURS), run(program, THEIRS)
    assert ours.printed == theirs.printed
    assert sorted(ours.stored) == sorted(theirs.stored)
    for name, rows in theirs.stored.items():
        assert ours.stored[name] == rows, name


@pytest.mark.parametrize("sdk", [OURS, THEIRS])
def test_the_printed_summary_is_what_sql_says(
    run: Callable[[str, str], Run], server: ServerProcess, sdk: str
) -> None:
    before, after, _ = run("experiment", sdk).printed
    for told in (before, after):
        name = f"experiment('experiment-{sdk}/{told['name']}')"
        row = server.sql(f"SELECT avg(scores.quality) AS quality, avg(scores.short) AS short FROM {name}")[0]
        assert {score: told["scores"][score][0] for score in row} == pytest.approx(row)
    assert after["compared_with"] == before["name"]
    # Matched cases went 0.25 → 0.75, 0.5 → 0.5, 1 → unscored, 0.125 → 0.125.
    assert after["scores"]["quality"][2:] == [1, 0]
