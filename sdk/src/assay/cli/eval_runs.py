"""The options of `assay eval` about how a run goes: what is reused, repeated, limited, and in how many variants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assay.evals import Evaluator

F = TypeVar("F", bound=Callable[..., Any])

BUDGET = "budget"
"""`RunReport.stopped` of a run that --budget ended (`assay.evals.budget.REASON`, not imported for its weight)."""

_FURTHER = {
    "--matrix": re.compile(r"[A-Za-z_]\w*=."),
    "--stop-early": re.compile(r"[^-].*=[\d.]+$"),
}
"""Options that go on with further words of this form, so that `--matrix model=a,b prompt=x,y` needs to say it once."""

_MAY_STAND_ALONE = ("--stop-early", "--rerun-flaky")

_OPTIONS = (
    click.option("--cache/--no-cache", default=None, help="Use what earlier runs made of the same content."),
    click.option("--fresh", is_flag=True, help="Run everything, whatever earlier runs have."),
    click.option("--resume", is_flag=True, help="Finish the newest experiment instead of starting one."),
    click.option(
        "--rerun-flaky",
        metavar="[EXPERIMENT]",
        help="Run only the cases that are flaky in EXPERIMENT (the base, else the newest), 5 times each or --trials.",
    ),
    click.option(
        "--matrix",
        multiple=True,
        metavar="NAME=VALUE,VALUE...",
        help="One experiment for every combination of parameter values; may be given several.",
    ),
    click.option(
        "--budget",
        type=click.FloatRange(min=0, min_open=True),
        help="Dollars all evaluations may cost together; no case starts that would pass it.",
    ),
    click.option(
        "--stop-early",
        multiple=True,
        metavar="[SCORE=TARGET]...",
        help="End the run once the scores (all, or these) are won, lost or certain to differ by less than TARGET "
        "(0.05).",
    ),
    click.option(
        "--rpm", multiple=True, metavar="[PROVIDER=]N", help="Requests a minute to a provider, or each."
    ),
    click.option(
        "--tpm", multiple=True, metavar="[PROVIDER=]N", help="Tokens a minute to a provider, or each."
    ),
    click.option(
        "--retry", multiple=True, metavar="ERROR=N", help="Try the task N more times when it raises ERROR."
    ),
)


def run_options(command: F) -> F:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class RunCommand(click.Command):
    """Lets an option with several values be said once, and those that need none stand alone."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Join options with their values; a file of such a name can still be given as `./model=a`."""
        words: list[str] = []
        option: str | None = None  # the one that may go on with this word
        for place, word in enumerate(args):
            if option is not None and _goes_on(option, word):
                words.append(f"{option}={word}")
                option = option if option in _FURTHER else None
                continue
            following = args[place + 1] if place + 1 < len(args) else ""
            option = word if word in _FURTHER or word in _MAY_STAND_ALONE else None
            if option is None:
                words.append(word)
            elif not _goes_on(option, following):
                words.append(f"{option}=" if option in _MAY_STAND_ALONE else option)
        return super().parse_args(ctx, words)


def _goes_on(option: str, word: str) -> bool:
    """Whether a word is a value of the option: it has the form of one, or is neither an option nor a path."""
    if option in _FURTHER:
        return bool(_FURTHER[option].match(word))
    return bool(word) and not word.startswith("-") and not Path(word).exists()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the options come to: fields of every Evaluator, and the axes of a matrix."""

    overrides: dict[str, Any] = field(default_factory=dict[str, Any])
    matrix: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def expanded(self, found: list[tuple[Path, Evaluator]]) -> list[tuple[Path, Evaluator]]:
        """Every evaluation in every variant. Raises UsageError for axes that are no parameters."""
        if not self.matrix:
            return found
        from assay.evals.matrix import expand

        try:
            return [(path, one) for path, evaluator in found for one in expand(evaluator, self.matrix)]
        except ValueError as error:
            raise click.UsageError(str(error)) from error


def read_choices(options: dict[str, Any]) -> Choices:
    """Read the options. Raises UsageError for what cannot be meant."""
    from assay.evals.matrix import parse_matrix

    if options["resume"] and options["no_send_logs"]:
        raise click.UsageError("--resume needs the server: drop --no-send-logs")
    if options["budget"] is not None and options["no_send_logs"]:
        raise click.UsageError("--budget needs the server, which knows prices: drop --no-send-logs")
    if options["rerun_flaky"] is not None and options["no_send_logs"]:
        raise click.UsageError(
            "--rerun-flaky needs the server, which knows what is flaky: drop --no-send-logs"
        )
    if options["rerun_flaky"] is not None and options["resume"]:
        raise click.UsageError("--rerun-flaky starts an experiment: --resume finishes one without it")
    if options["stop_early"] and options["no_send_logs"]:
        raise click.UsageError("--stop-early needs the server, which has the baseline: drop --no-send-logs")
    overrides: dict[str, Any] = {name: True for name in ("fresh", "resume") if options[name]}
    if options["cache"] is not None:
        overrides["cache"] = options["cache"]
    try:
        matrix = parse_matrix(options["matrix"])
        limits = _rate_limits(options["rpm"], options["tpm"])
        if options["stop_early"]:
            overrides["stop_early"] = _targets(options["stop_early"]) or True
        retry = {name: int(count) for name, count in _pairs("--retry", options["retry"]).items()}
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if limits:
        overrides["rate_limits"] = limits
    if retry:
        overrides["retry"] = retry
    return Choices(overrides, matrix)


def _targets(texts: Sequence[str]) -> dict[str, float]:
    found = _pairs("--stop-early", filter(None, texts))
    for name, target in found.items():
        if not 0 < target < 1:
            raise ValueError(
                f"--stop-early {name}={target:g}: give a difference between 0 and 1, such as 0.05"
            )
    return found


def _rate_limits(rpm: Sequence[str], tpm: Sequence[str]) -> dict[str, Any]:
    from assay.client.limits import ANY_PROVIDER, RateLimit

    requests, tokens = _pairs("--rpm", rpm, ANY_PROVIDER), _pairs("--tpm", tpm, ANY_PROVIDER)
    return {
        provider: RateLimit(
            requests_per_minute=requests.get(provider), tokens_per_minute=tokens.get(provider)
        )
        for provider in {**requests, **tokens}
    }


def _pairs(option: str, texts: Iterable[str], without: str | None = None) -> dict[str, float]:
    """`name=number` entries, or a bare number under the name `without`."""
    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        if not equals and without is None:
            raise ValueError(f"{option} {text!r}: write NAME=NUMBER")
        try:
            found[name or without or ""] = float(number)
        except ValueError:
            raise ValueError(f"{option} {text!r}: {number!r} is no number") from None
    return found
