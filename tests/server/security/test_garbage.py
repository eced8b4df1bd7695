"""Garbage in any place of any request is the caller's mistake: a 4xx with a code, never an internal error."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.server.security.conftest import Site
from tests.server.security.test_doors import ask, filled
from tests.support.servers import KEY

VALUES: list[Any] = [
    None, True, -1, 10**25, "", "\ud800", "\0", "x" * 10_000, [], {}, [1], {"a": 1}, {"\udc00": 1},
    json.loads('{"a":' * 120 + "1" + "}" * 120),
]  # fmt: skip
PARAMETERS = ("", "%00", "%ff", "%ed%a0%80", "-1", "9" * 30, "nan", "1e400", "'", "x" * 3_000)
PLACES = ("%00", "%ff", "%ed%a0%80", "..%2f..", "'", "x" * 3_000)


def broken(site: Site, method: str, path: str, body: Any = None) -> list[Any]:
    status, _, raw = ask(site, method, path, body, key=KEY)
    if status < 500 or status == 501:  # 501: documented, and not built here
        return []
    return [(status, method, path[:100], str(body)[:100], raw[:100])]


def test_garbage_in_the_path_and_the_query_string(site: Site) -> None:
    found: list[Any] = []
    paths = site.server.request("GET", "/openapi.json", key=None)["paths"]
    for path, methods in paths.items():
        if path.endswith("/live"):
            continue
        found += [
            one
            for place in PLACES
            if "{" in path
            for one in broken(site, "GET", re.sub("{[^}]*}", place, path))
        ]
        for parameter in methods.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                for value in PARAMETERS:
                    found += broken(site, "GET", f"{filled(site, path)}?{parameter['name']}={value}")
    assert found == []


def test_garbage_in_every_field_of_every_body(site: Site) -> None:
    found: list[Any] = []
    openapi = site.server.request("GET", "/openapi.json", key=None)
    for path, methods in openapi["paths"].items():
        for method in ("post", "put", "patch"):
            if method in methods and path != "/api/session/logout":
                where = filled(site, path)
                found += [one for value in VALUES for one in broken(site, method.upper(), where, value)]
                for name in _fields(openapi, methods[method]):
                    for value in VALUES:
                        found += broken(site, method.upper(), where, {**_needed(site), name: value})
    assert found == []
    for path in ("/v1/project", "/v1/experiment", "/v1/dataset", "/v1/ai_secret", "/v1/api_key"):
        assert ask(site, "GET", path, key=KEY)[0] == 200, "what was stored can be read back"


def _fields(openapi: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = (schema.get("anyOf") or [schema])[0]
    if "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return list(schema.get("properties", {}))


def _needed(site: Site) -> dict[str, Any]:
    return {
        "name": "garbage",
        "project_id": site.project,
        "experiment_name": "garbage",
        "dataset_name": "garbage",
    }
