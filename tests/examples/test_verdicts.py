"""The playlist agent compared on a real server: noise is called noise, a better prompt better, everywhere alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.client.state import set_current_state
from assay.evals import Reporter
from assay.evals.report import format_change, format_value
from examples.playlist_agent.evaluation import PROJECT, evaluate, read_requests
from tests.sdk.cli.conftest import Outcome, run
from tests.support.servers import KEY, ServerProcess, running_server

QUIET = Reporter("quiet", lambda evaluator, result: True)
SCORES = ("PlaylistLength", "Variety")


@dataclass
class Compared:
    """Three experiments: the prompt in use twice with other throws of the dice, and the improved one."""

    server: ServerProcess
    summaries: dict[str, Any]

    def api(self, name: str) -> dict[str, Any]:
        found = self.server.request("GET", f"/v1/experiment/{self.summaries[name].experiment_id}/compare")
        return found

    def assay(self, *words: str | Path) -> Outcome:
        return run(*words, ASSAY_URL=self.server.url, ASSAY_API_KEY=KEY, NO_COLOR="1")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    data = [{"input": request} for request in read_requests()[:24]]
    with (
        running_server(tmp_path_factory.mktemp("verdicts") / "data") as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ASSAY_URL", server.url)
        patch.setenv("ASSAY_API_KEY", KEY)
        before = set_current_state(None)
        summaries: dict[str, Any] = {}
        for name, prompt, base in (
            ("first", "current", None),
            ("again", "current", "first"),
            ("new", "improved", "first"),
        ):
            summaries[name] = evaluate(
                prompt,
                data=data,
                run=name,
                experiment_name=name,
                base_experiment_name=base,
                git_metadata_settings=False,
                reporter=QUIET,
            ).summary
        yield Compared(server, summaries)
        state = set_current_state(before)
        assert state is not None
        state.close()


def test_noise_is_not_called_a_difference(compared: Compared) -> None:
    items = compared.summaries["again"].scores
    assert set(items) == set(SCORES)
    assert {item.verdict for item in items.values()} <= {"inconclusive", "equivalent"}
    assert any(item.diff for item in items.values())  # the dice did fall otherwise


def test_the_improved_prompt_is_better(compared: Compared) -> None:
    assert {name: item.verdict for name, item in compared.summaries["new"].scores.items()} == dict.fromkeys(
        SCORES, "better"
    )


@pytest.mark.parametrize("name", ["again", "new"])
def test_terminal_api_and_capsule_say_the_same(compared: Compared, name: str, tmp_path: Path) -> None:
    answer = compared.api(name)
    by_command = compared.assay("experiments", "compare", name, "first", "-p", PROJECT, "--json")
    assert by_command.json == answer
    file = tmp_path / "run.capsule"
    saved = compared.assay("capsule", "save", name, "-p", PROJECT, "-o", file)
    assert saved.code == 0, saved.err
    assert json.loads(compared.assay("capsule", "open", file, "--print", "comparison.json").out) == answer
    checked = compared.assay("capsule", "verify", file)
    assert (checked.code, checked.out.count("ok  ")) == (0, 3), checked.out

    printed = [
        compared.assay("experiments", "compare", name, "first", "-p", PROJECT).out,
        compared.assay("capsule", "open", file).out,
    ]
    for item in answer["scores"]:
        ours = compared.summaries[name].scores[item["name"]]
        for field in (
            "mean",
            "baseline_mean",
            "diff",
            "detectable",
            "verdict",
            "improvements",
            "regressions",
        ):
            assert getattr(ours, field) == item[field]
        assert list(ours.diff_interval) == item["diff_interval"]
        low, high = (f"{100 * bound:+.1f}" for bound in item["diff_interval"])
        cells = [
            format_value(item["mean"], ""), format_change(item["diff"], ""), f"[{low}, {high}]", item["verdict"],
            str(item["improvements"]), str(item["regressions"]),
        ]  # fmt: skip
        for text in printed:
            line = next(line for line in text.splitlines() if line.strip().startswith(f"{item['name']} "))
            assert line.split() == " ".join([item["name"], *cells]).split()
