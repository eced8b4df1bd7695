"""How the built files are served."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assay_server.http.static import mount_ui

PAGE = '<!doctype html><meta property="csp-nonce" nonce="NONCE-OF-THIS-PAGE"><title>Assay</title>'
SCRIPT = "console.log('assay')\n" * 50


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "assets" / "font-abc.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("not for browsers")
    return tmp_path


@pytest.fixture
def client(static: Path) -> TestClient:
    app = Starlette()
    mount_ui(app, static)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/login", "/app", "/app/local/p/any%20name/logs?r=x", "/app/a.b/c.js"])
def test_every_address_of_the_ui_gets_the_entry_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>Assay</title>" in answer.text


def test_style_elements_apply_with_the_nonce_of_one_answer_only(client: TestClient) -> None:
    nonces = set()
    for path in ("/", "/", "/app/local", "/app/public/token"):
        answer = client.get(path)
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        (nonce,) = re.findall('nonce="([^"]+)"', answer.text)
        assert policy["style-src"] == f"'self' 'nonce-{nonce}'"
        assert not [part for part in policy.values() if "unsafe" in part]
        nonces.add(nonce)
    assert len(nonces) == 4


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_hashed_files_are_kept_for_ever(client: TestClient, encoding: str) -> None:
    answer = client.get("/assets/index-abc.js", headers={"accept-encoding": encoding})
    assert answer.text == SCRIPT
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert answer.headers.get("content-encoding", "identity") == encoding
    again = client.get(
        "/assets/index-abc.js", headers={"if-none-match": answer.headers["etag"], "accept-encoding": encoding}
    )
    assert again.status_code == 304


def test_files_without_a_packed_twin_and_missing_ones(client: TestClient) -> None:
    assert client.get("/assets/font-abc.woff2").content == b"wOF2"
    assert client.get("/assets/gone-abc.js").status_code == 404
    assert client.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path", ["/secret.txt", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt"]
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    app = Starlette()
    mount_ui(app, tmp_path)
    answer = TestClient(app).get("/app/local")
    assert answer.status_code == 503
    assert "make ui" in answer.text
    assert TestClient(app).get("/assets/x.js").status_code == 404
