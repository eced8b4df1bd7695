"""`assay login`, `logout`, `status`: which server, with which key."""

from __future__ import annotations

import os
import sys
from typing import Any, cast

import click

from assay.cli.failures import NO_SERVER, CommandFailed, NoAccess
from assay.cli.humans import ago
from assay.cli.options import json_option, server_options
from assay.cli.output import emit_json, note
from assay.cli.server import KEY_VARIABLES, Server
from assay.client.config import config_path, read_config_file, resolve_config, write_config_file
from assay.core.errors import ApiError, ConfigError, Unreachable


@click.command()
@click.option("--url", help="Server (ASSAY_URL, else the saved one, else http://127.0.0.1:8484).")
@click.option("--api-key", help="The key. Other users of this machine can see it while the command runs.")
@click.option("--key-file", type=click.File(), help="Read the key from a file, or from stdin with `-`.")
@click.option("--org", help="Organization to use when the key belongs to several.")
@click.option("--browser", is_flag=True, help="Also print a link that logs a browser in, once.")
@json_option
def login(
    url: str | None, api_key: str | None, key_file: Any, org: str | None, browser: bool, as_json: bool
) -> None:
    """Save the server's address and an API key for later commands.

    The key comes from --api-key, --key-file, ASSAY_API_KEY or a prompt, and is checked with the server first.
    With --browser and a key saved before, nothing is asked. Settings go to ~/.config/assay/config.json, which
    only you can read.
    """
    if api_key and key_file:
        raise click.UsageError("give --api-key or --key-file, not both")
    key = api_key or (key_file.read().strip() if key_file else None)
    config = resolve_config(api_url=url, api_key=key)
    if not config.api_key or not (key or os.environ.get("ASSAY_API_KEY") or browser):
        key = _ask_for_key(config.url)
        config = resolve_config(api_url=url, api_key=key)
    server = Server(config)
    chosen = _organization(server, org or config.org_name)
    path = write_config_file({"url": config.url, "api_key": config.api_key, "org_name": chosen})
    path.chmod(0o600)  # an older file may have been wider open
    link = cast("dict[str, str]", server.post("/api/session/link", {})) if browser else None
    if as_json:
        emit_json(
            {"url": config.url, "org": chosen, "config": str(path), **({"link": link["url"]} if link else {})}
        )
        return
    note(f"logged in to {config.url}, organization {chosen} ({path})")
    if link:
        note("this link logs one browser in, once:")
        click.echo(link["url"])


def _ask_for_key(url: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("no API key: give --key-file FILE (`-` for stdin), or set ASSAY_API_KEY")
    return click.prompt(f"API key for {url}", type=str, hide_input=True, err=True).strip()


def _organization(server: Server, wanted: str | None) -> str:
    """The organization to use. Raises CommandFailed for a bad key or one without access to `wanted`."""
    try:
        found = cast("list[dict[str, Any]]", server.post("/api/apikey/login", {})["org_info"])
    except ApiError as error:
        if error.status not in (401, 403):
            raise
        raise NoAccess(f"{server.config.url} does not accept this API key; nothing was saved") from error
    names = [str(org["name"]) for org in found]
    if wanted is None and names:
        return names[0]
    if wanted not in names:
        raise CommandFailed(
            f"the key gives no access to organization {wanted!r}, only to: {', '.join(names) or 'none'}"
        )
    return wanted


@click.command()
@json_option
def logout(as_json: bool) -> None:
    """Forget the saved address and key.

    The key itself stays valid: to revoke it, delete it on the settings page.
    """
    path = config_path()
    existed = path.exists()
    path.unlink(missing_ok=True)
    if as_json:
        emit_json({"removed": existed, "config": str(path)})
    else:
        note(f"removed {path}" if existed else "nothing was saved")
    if os.environ.get("ASSAY_API_KEY"):
        note("ASSAY_API_KEY is still set in the environment")


@click.command()
@server_options
@json_option
@click.pass_context
def status(ctx: click.Context, server: Server, as_json: bool) -> None:
    """Show which server is used, who you are there, and its health.

    Exits with 3 when the server does not answer or does not accept the key, so scripts can wait for it.
    """
    found: dict[str, Any] = {
        "url": server.config.url,
        "key": _key_source(),
        "health": None,
        "user": None,
        "org": None,
    }
    problem: str | None = None
    try:
        found["health"] = server.health()
        if server.config.api_key:
            me = cast("dict[str, Any]", server.get("/api/me"))
            found["user"], found["org"] = me.get("user"), me.get("org")
        else:
            problem = "not logged in: run `assay login`"
    except (Unreachable, ApiError) as error:
        problem = str(error)
    found["problem"] = problem
    if as_json:
        emit_json(found)
    else:
        _print_status(found)
    if problem:
        ctx.exit(NO_SERVER)


def _key_source() -> str | None:
    """Where the key comes from; None when there is no key."""
    for name in KEY_VARIABLES:
        if os.environ.get(name):
            return name
    try:
        return str(config_path()) if read_config_file().get("api_key") else None
    except ConfigError:
        return None


def _print_status(found: dict[str, Any]) -> None:
    user, org, health = (cast("dict[str, Any]", found[key] or {}) for key in ("user", "org", "health"))
    colour = {"ok": "green", "degraded": "yellow"}.get(str(health.get("status")), "red")
    lines: list[tuple[str, Any]] = [
        ("server", found["url"]),
        ("health", click.style(str(health.get("status", "no answer")), fg=colour)),
        ("version", health.get("version")),
        ("started", ago(cast("str | None", health.get("started")))),
        ("organization", org.get("name")),
        ("user", " ".join(str(user[key]) for key in ("name", "email", "role") if user.get(key))),
        ("key from", found["key"]),
    ]
    queue = cast("dict[str, Any]", health.get("ingest") or {}).get("queue_rows")
    if queue:
        lines.append(("waiting", f"{queue} rows accepted, not yet in the store"))
    for title, value in lines:
        if value:
            click.echo(f"{title:<13} {value}")
    if found["problem"]:
        note(f"{click.style('error:', fg='red', bold=True)} {found['problem']}")
