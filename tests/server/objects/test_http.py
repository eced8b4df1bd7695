"""What wraps every route: errors as JSON, request ids, browser headers, cross-origin rules."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient

from assay_server.errors import TooMany
from assay_server.http.errors import install_errors
from assay_server.http.middleware import install_middleware


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install_errors(app)
    install_middleware(app)

    @app.get("/busy")
    def busy() -> None:
        raise TooMany("Slow down.", retry_after=7)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    @app.get("/half")
    def half() -> StreamingResponse:
        def chunks() -> Iterator[bytes]:
            yield b"first"
            raise ZeroDivisionError

        return StreamingResponse(chunks())

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, str]:
        return {"body": (await request.body()).decode()}

    @app.get("/api/me")
    def me() -> dict[str, str]:
        return {}

    return TestClient(app, raise_server_exceptions=False)


def test_error_names_code_message_details_and_request(client: TestClient) -> None:
    response = client.get("/busy", headers={"x-request-id": "abc-1"})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.headers["x-request-id"] == "abc-1"
    assert response.json() == {
        "error": {
            "code": "too_many_requests",
            "message": "Slow down.",
            "request_id": "abc-1",
            "retry_after": 7,
        }
    }


def test_unexpected_error_is_logged_under_the_id_the_client_gets(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = client.get("/broken")
    error = response.json()["error"]
    assert response.status_code == 500
    assert error["code"] == "internal"
    assert response.headers["x-request-id"] == error["request_id"]
    assert "secret detail" not in response.text
    assert error["request_id"] in caplog.text
    assert "secret detail" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_failure_in_the_middle_of_a_stream_is_not_passed_off_as_a_whole(client: TestClient) -> None:
    strict = TestClient(client.app)
    with pytest.raises(ZeroDivisionError):
        strict.get("/half")


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
def test_odd_request_ids_are_replaced(client: TestClient, given: str) -> None:
    answered = client.get("/api/me", headers={"x-request-id": given}).headers["x-request-id"]
    assert answered != given
    assert len(answered) == 16


def test_unknown_paths_and_methods_are_json(client: TestClient) -> None:
    missing = client.get("/v1/nothing")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "not_found"
    assert "/v1/nothing" in missing.json()["error"]["message"]
    wrong = client.put("/busy")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "GET"
    assert wrong.json()["error"]["code"] == "method_not_allowed"


def test_every_response_confines_the_browser(client: TestClient) -> None:
    for path in ("/api/me", "/nothing", "/broken"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        for rule in (
            "default-src 'self'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ):
            assert rule in policy.split("; ")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_foreign_pages_may_call_the_api_but_never_with_cookies(client: TestClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    asked = {
        **origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, x-assay-csrf",
    }
    preflight = client.options("/echo", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "authorization, x-assay-csrf"
    assert "access-control-allow-credentials" not in preflight.headers
    answer = client.post("/echo", content="x", headers=origin)
    assert answer.json() == {"body": "x"}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-bt-found-existing" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_what_only_our_pages_use_is_closed_to_foreign_ones(client: TestClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    assert "access-control-allow-origin" not in client.get("/api/me", headers=origin).headers
    preflight = client.options("/api/me", headers={**origin, "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405
    assert "access-control-allow-origin" not in client.post("/echo").headers
