"""Every kind of object through the typed REST client of the published Python SDK, which takes 200 for an answer only.

Reads a list of kinds from standard input, and prints what it saw of each.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from typing import Any

from braintrust.api import BraintrustClient

REST = BraintrustClient(api_key=os.environ["BRAINTRUST_API_KEY"]).openapi


def call(kind: str, action: str, *ids: str, **options: Any) -> Any:
    """A method of the client for a kind, with those options that it takes."""
    names = {"list": f"get_{kind}", "post": f"post_{kind}", "put": f"put_{kind}", "get": f"get_{kind}_id",
             "patch": f"patch_{kind}_id", "delete": f"delete_{kind}_id"}  # fmt: skip
    if kind == "environment":
        names = {"list": "list_environments", "post": "create_environment", "get": "get_environment",
                 "patch": "update_environment", "delete": "delete_environment"}  # fmt: skip
    group: Any = getattr(REST, f"{kind}s")
    method = getattr(group, names.get(action, ""), None)
    taken = inspect.signature(method).parameters if method else {}
    if not taken or ("starting_after" in options and "starting_after" not in taken):
        return None
    return method(*ids, **{name: value for name, value in options.items() if name in taken})


def tour(kind: str, body: dict[str, Any], change: dict[str, Any], parent: dict[str, str]) -> dict[str, Any]:
    """Make one, find it, change it, take it back with PUT, page past it, delete it."""
    made = call(kind, "post", body=body)
    again = call(kind, "post", body=body)
    found = call(kind, "get", made["id"], **parent)
    listed = call(kind, "list", ids=[made["id"]], **parent)["objects"]
    newest = call(kind, "list", limit=1, **parent)["objects"]
    if kind == "environment":  # their list has no pages
        newest = newest[:1]
    after = call(kind, "list", limit=1, starting_after=newest[0]["id"], **parent) or {"objects": []}
    changed = call(kind, "patch", made["id"], body={**change, **parent})
    put = call(kind, "put", body=body)
    deleted = call(kind, "delete", made["id"], body=parent, **parent)
    gone = call(kind, "list", ids=[made["id"]], **parent)["objects"]
    return {
        "made": made,
        "same": [one["id"] == made["id"] for one in (again, found, *listed, changed, put or made, deleted)],
        "found": [
            found == listed[0],
            len(listed),
            len(newest),
            newest[0]["id"] in [one["id"] for one in after["objects"]],
        ],
        "changed": changed,
        "put": put,
        "gone": gone,
    }


for kind in json.load(sys.stdin):
    try:
        seen = tour(**kind)
    except Exception as error:
        seen = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({kind["kind"]: seen}, default=str))
