"""What this version does not do is said so: 501, after the caller is known."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from assay_server.features.not_built.routes import ENDPOINTS


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ENDPOINTS])
def test_endpoint_is_refused_with_advice(
    api: TestClient, visit: Callable[..., TestClient], method: str, path: str
) -> None:
    address = re.sub(r"{[^}]+}", "x", path)
    for one in ("GET", "POST", "DELETE") if method == "*" else (method,):
        answer = api.request(one, address)
        assert answer.status_code == 501, answer.text
        assert answer.json()["error"]["code"] == "not_built"
        assert answer.json()["error"]["message"].startswith(f"{address} is not built. ")
        assert visit().request(one, address).status_code == 401


def test_what_the_gateway_does_is_not_hidden(api: TestClient) -> None:
    body = {"model": "gpt-4o-mini", "messages": []}
    assert api.post("/v1/proxy/chat/completions", json=body).status_code != 501
