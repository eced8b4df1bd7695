"""`assay projects`: list, create, view, delete."""

from __future__ import annotations

import click

from assay.cli.humans import ago
from assay.cli.options import confirm_delete, json_option, limit_option, server_options, yes_option
from assay.cli.output import emit_json, emit_table, note
from assay.cli.server import Server
from assay.cli.table import Column


@click.group()
def projects() -> None:
    """List, create and delete projects."""


@projects.command("list")
@limit_option(100)
@server_options
@json_option
def list_projects(server: Server, limit: int, as_json: bool) -> None:
    """List the projects of the organization, newest first."""
    found = list(server.objects("project", limit=limit))
    if as_json:
        emit_json(found)
        return
    columns = [Column("name"), Column("id", fixed=True), Column("created", fixed=True), Column("description")]
    rows = [[row["name"], row["id"], ago(row.get("created")), row.get("description") or ""] for row in found]
    emit_table(columns, rows, empty="no projects yet: `assay projects create NAME`")


@projects.command("create")
@click.argument("name")
@click.option("--description", help="What it is for.")
@server_options
@json_option
def create_project(server: Server, name: str, description: str | None, as_json: bool) -> None:
    """Create a project, or find the one that already has this name. Prints its id."""
    body = {"name": name, **({"description": description} if description else {})}
    made = server.post("/v1/project", body)
    if as_json:
        emit_json(made)
    else:
        click.echo(made["id"])


@projects.command("view")
@click.argument("name")
@server_options
@json_option
def view_project(server: Server, name: str, as_json: bool) -> None:
    """Show one project, by name or id: what it holds and its web page."""
    project = server.project(name)
    url = server.page_url(project["name"], "logs")
    held = {
        f"{kind}s": sum(1 for _ in server.objects(kind, project_id=project["id"]))
        for kind in ("experiment", "dataset")
    }
    if as_json:
        emit_json({**project, **held, "url": url})
        return
    lines = {
        "name": project["name"],
        "id": project["id"],
        "created": ago(project.get("created")),
        **held,
        "url": url,
    }
    for title, value in lines.items():
        click.echo(f"{title:<13} {value}")


@projects.command("delete")
@click.argument("name")
@yes_option
@server_options
@json_option
def delete_project(server: Server, name: str, yes: bool, as_json: bool) -> None:
    """Delete a project with its logs, experiments and datasets."""
    project = server.project(name)
    confirm_delete(f"project {project['name']!r} with everything in it", yes=yes)
    gone = server.delete("project", project["id"])
    if as_json:
        emit_json(gone)
    else:
        note(f"deleted project {project['name']}")
