"""`assay import`: copy what is on another server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.failures import FAILED
from assay.cli.importing import KINDS
from assay.cli.options import json_option, server_options
from assay.cli.output import emit_json, emit_table, note
from assay.cli.server import Server
from assay.cli.table import Column

if TYPE_CHECKING:
    from assay.cli.importing.context import Choice, Import
    from assay.cli.importing.report import Report
    from assay.cli.importing.site import Object


def _time(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """An ISO 8601 time, in UTC as servers take it; without a zone it is UTC."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        zoned = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is no time: give 2026-11-01 or 2026-11-01T12:00:00Z") from None
    return zoned.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@click.group("import")
def imports() -> None:
    """Copy what is on another server."""


@imports.command("braintrust")
@click.option("--from-url", metavar="URL", help="API of the server to copy from.")
@click.option(
    "--from-app-url", metavar="URL", help="Its app, where keys log in, when that is another address."
)
@click.option(
    "--key", required=True, envvar="ASSAY_IMPORT_KEY", help="API key there (better: ASSAY_IMPORT_KEY)."
)
@click.option("--org", help="Organization there, when the key belongs to several.")
@click.option(
    "-p", "--project", "projects", multiple=True, help="Only this project, by name or id. Repeatable."
)
@click.option("--only", multiple=True, type=click.Choice(KINDS), help="Only this kind. Repeatable.")
@click.option("--skip", multiple=True, type=click.Choice(KINDS), help="Not this kind. Repeatable.")
@click.option("--since", metavar="TIME", callback=_time, help="Logs created from this time on.")
@click.option("--until", metavar="TIME", callback=_time, help="Logs created before this time.")
@click.option(
    "--state", type=click.Path(path_type=Path, dir_okay=False), help="File that remembers what was copied."
)
@click.option("--dry-run", is_flag=True, help="Count what there is to copy; write nothing.")
@server_options
@json_option
@click.pass_context
def braintrust(ctx: click.Context, server: Server, **options: Any) -> None:
    """Copy projects from a server that speaks Braintrust's API.

    Copies settings, environments, prompts and functions with their versions, datasets with their versions and
    snapshots, experiments, logs, attachments, roles, groups and access rules to the server of `assay login`. Ids of
    rows and spans, times, scores and all other values stay what they are; objects get new ids, and what refers to
    them follows.

    Interrupted or killed, it goes on when it is run again, and then also copies what has changed. What was copied
    is remembered in ~/.local/state/assay/import. Exits with 1 when something was refused.
    """
    if not (options["from_url"] or options["from_app_url"]):
        raise click.UsageError("give --from-url, the address of the API to copy from")
    as_json = bool(options["as_json"])
    with _open(server, options) as run:
        from assay.cli.importing.run import plan, run_import

        if options["dry_run"]:
            _print_plan(plan(run), run.report, as_json=as_json)
            return
        try:
            run_import(run)
        except BaseException:
            note(f"stopped; run the same command again to go on (state: {run.state.path})")
            raise
    _print_report(run.report, as_json=as_json)
    if run.report.refused:
        ctx.exit(FAILED)


@contextmanager
def _open(server: Server, options: dict[str, Any]) -> Generator[Import]:
    """Both sides, logged in, and the state of the import between them."""
    from assay.cli.importing.attachments import Files
    from assay.cli.importing.context import Import
    from assay.cli.importing.report import Report
    from assay.cli.importing.site import sign_in
    from assay.cli.importing.state import Ids, State, default_path

    source = sign_in(
        api_url=_base(options["from_url"]),
        app_url=_base(options["from_app_url"]),
        key=options["key"],
        org=options["org"],
        whose="the key to copy from (--key)",
    )
    here, key = server.config, server.transport.api_key or ""
    target = sign_in(
        api_url=here.url, app_url=None, key=key, org=here.org_name, whose="the key of this login"
    )
    sides = {"source": f"{source.url} {source.org_id}", "target": f"{target.url} {target.org_id}"}
    path = None if options["dry_run"] else options["state"] or default_path(**sides)
    state = State(path, **sides)
    report = Report(state)
    try:
        yield Import(
            source=source,
            target=target,
            choice=_choice(options),
            state=state,
            ids=Ids(state),
            report=report,
            files=Files(source, target, report),
        )
    finally:
        state.close()


def _choice(options: dict[str, Any]) -> Choice:
    from assay.cli.importing.context import Choice

    kinds = frozenset(options["only"] or KINDS) - frozenset(options["skip"])
    return Choice(
        projects=tuple(options["projects"]), kinds=kinds, since=options["since"], until=options["until"]
    )


def _base(url: str | None) -> str | None:
    if url is None:
        return None
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"{url!r} is not a server URL: give http://host:port or https://host")
    return url.rstrip("/")


def _print_plan(found: list[Object], report: Report, *, as_json: bool) -> None:
    if as_json:
        emit_json({"plan": found, "skipped": report.skipped})
        return
    names = list(dict.fromkeys(name for entry in found for name in entry if name != "id"))
    columns = [Column(name, fixed=name != "project") for name in names]
    rows = [
        [f"{entry.get(name, 0):,}" if name != "project" else entry[name] for name in names] for entry in found
    ]
    emit_table(columns, rows, empty="no projects to copy")


def _print_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        emit_json(report.as_json())
        return
    columns = [Column("kind"), *(Column(name, fixed=True) for name in ("copied", "already there", "refused"))]
    rows = [
        [kind, f"{count.copied:,}", f"{count.there:,}", f"{count.refused:,}"]
        for kind, count in report.counts.items()
    ]
    emit_table(columns, rows, empty="nothing to copy")
