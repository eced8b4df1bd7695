"""Schemathesis makes requests of our own openapi.json: none crashes, and every answer is one that is documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.servers import KEY, running_server

CONFIG = """
[generation]
max-examples = 4
deterministic = true
database = "none"
no-shrink = true

[checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", "501"]
"""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

LEFT_OUT = (
    ("GET", "/api/projects/{project}/live"),  # an answer without an end
    ("DELETE", "/v1/api_key/{api_key_id}"),  # ids are taken from answers: it would revoke its own key
    ("PATCH", "/v1/organization/members"),  # or leave the organization
    ("PATCH", "/v1/organization/{organization_id}"),  # or rename it
)


def test_no_request_of_our_openapi_crashes_the_server(tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    with running_server(tmp_path / "data") as server:
        before = server.request("POST", "/v1/project", {"name": "kept"})
        command = [str(Path(sys.executable).parent / "st"), "--no-color", "--config-file", str(config), "run",
                   f"{server.url}/openapi.json", "-H", f"Authorization: Bearer {KEY}", "--checks", CHECKS,
                   "--phases", "fuzzing", "--continue-on-failure", "--request-timeout", "30"]  # fmt: skip
        for method, path in LEFT_OUT:
            command += ["--exclude-name", f"{method} {path}"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150)
        assert done.returncode == 0, done.stdout.partition("= WARNINGS =")[0] + done.stderr[-2000:]
        paths = server.request("GET", "/openapi.json", key=None)["paths"]
        every = sum(len(methods) for methods in paths.values())
        assert f"Tested: {every - len(LEFT_OUT)}" in done.stdout
        assert server.request("GET", "/health", key=None)["status"] == "ok"
        assert server.request("GET", "/v1/project?project_name=kept")["objects"] in ([before], [])
