"""How a comparison is judged, as options: the parameters of `/compare`, for every command that shows one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import click

AnyFunction = Callable[..., Any]

_CLUSTER_HELP = (
    "Path whose value cases that depend on each other share, such as metadata.conversation; `none` for none.  "
    "[default: the project's cluster_key]"
)

cluster_option = click.option("--cluster", metavar="PATH", help=_CLUSTER_HELP)

_LEVEL = click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=1, max_open=True),
    help="Confidence of every interval.  [default: 0.95]",
)
_OPTIONS: dict[str, Callable[[AnyFunction], AnyFunction]] = {
    "cluster": cluster_option,
    "margin": click.option(
        "--margin",
        type=click.FloatRange(min=0),
        help="Differences of a score within ± this are equivalent.  [default: each score's own, else 0.01]",
    ),
    "correction": click.option(
        "--correction",
        type=click.Choice(("holm", "bh")),
        help="How p-values of several scores are corrected.  [default: holm]",
    ),
    "method": click.option(
        "--method",
        type=click.Choice(("auto", "bca")),
        help="How intervals of scores other than pass and fail are made; bca is a bootstrap.  [default: auto]",
    ),
}


def judging_options(command: AnyFunction) -> AnyFunction:
    """Add --cluster, --margin, --correction, --method and --level; the command gets a `judging` mapping of them."""
    return _LEVEL(judging_options_at_given_level(command, "level"))


def judging_options_at_given_level(command: AnyFunction, *further: str) -> AnyFunction:
    """The same without --level, for commands that have a level of their own."""

    @functools.wraps(command)
    def with_judging(*args: Any, **options: Any) -> Any:
        judging = {name: options.pop(name) for name in (*_OPTIONS, *further)}
        return command(*args, judging=judging, **options)

    decorated: AnyFunction = with_judging
    for option in reversed(_OPTIONS.values()):
        decorated = option(decorated)
    return decorated


def comparison_query(baseline: str | None, judging: Mapping[str, Any]) -> str:
    """What the address of a comparison's page ends in, so that it shows the same numbers; "" for nothing."""
    given = {"c": baseline, **judging}
    parts = [f"{name}={quote(str(value), safe='')}" for name, value in given.items() if value is not None]
    return f"?{'&'.join(parts)}" if parts else ""
