"""Attachments over HTTP: announced, uploaded, reported, read; and everything that must be refused."""

from __future__ import annotations

import gzip
import json
import stat
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.server.attachments.conftest import MAX_ATTACHMENT, Answer, send
from tests.support.people import join
from tests.support.servers import KEY, Refused, ServerProcess

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def announce(
    server: ServerProcess,
    filename: str = "a.png",
    content_type: str = "image/png",
    *,
    key: str | None = None,
    by: str = KEY,
) -> tuple[str, dict[str, Any]]:
    key = key or str(uuid.uuid4())
    body = {"key": key, "filename": filename, "content_type": content_type}
    return key, server.request("POST", "/attachment", body, key=by)


def report(server: ServerProcess, key: str, status: str, **more: str) -> Any:
    return server.request(
        "POST", "/attachment/status", {"key": key, "status": {"upload_status": status, **more}}
    )


def look(server: ServerProcess, by: str = KEY, **query: str) -> dict[str, Any]:
    return server.request("GET", f"/attachment?{urlencode(query)}", key=by)


def stored(
    server: ServerProcess, data: bytes, filename: str = "a.png", content_type: str = "image/png"
) -> str:
    """The download URL of a file that was uploaded as a client does it."""
    key, upload = announce(server, filename, content_type)
    assert send("PUT", upload["signedUrl"], data, **upload["headers"]).status == 200
    report(server, key, "done")
    found = look(server, key=key)
    assert found["status"] == {"upload_status": "done"}
    return found["downloadUrl"]


def code(answer: Answer) -> str:
    return json.loads(answer.body)["error"]["code"]


def refused(status: int, code: str) -> Any:
    return pytest.raises(Refused, match=rf"^{status}: .*'code': '{code}'")


@pytest.mark.parametrize("data", [b"", PNG, b"x" * MAX_ATTACHMENT], ids=["empty", "small", "the limit"])
def test_bytes_come_back(server: ServerProcess, data: bytes) -> None:
    answer = send("GET", stored(server, data))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, data, "image/png")


def test_status_follows_the_bytes_and_not_what_is_said(server: ServerProcess) -> None:
    key = str(uuid.uuid4())
    with refused(404, "attachment_not_found"):
        look(server, key=key)
    _, upload = announce(server, key=key)
    assert look(server, key=key)["status"]["upload_status"] == "uploading"
    with refused(409, "attachment_not_uploaded"):
        report(server, key, "done")
    report(server, key, "error", error_message="no such file")
    assert look(server, key=key)["status"] == {"upload_status": "error", "error_message": "no such file"}
    assert code(send("GET", look(server, key=key)["downloadUrl"])) == "file_missing"
    announce(server, key=key)
    assert look(server, key=key)["status"]["upload_status"] == "uploading"
    assert send("PUT", upload["signedUrl"], PNG).status == 200
    report(server, key, "error", error_message="the answer was lost")
    assert look(server, key=key)["status"] == {"upload_status": "done"}


def test_an_upload_can_be_repeated_but_a_stored_file_not_announced_again(server: ServerProcess) -> None:
    key, upload = announce(server)
    for _ in range(2):
        assert send("PUT", upload["signedUrl"], PNG).status == 200
    with refused(409, "attachment_exists"):
        announce(server, key=key)


def test_uploads_are_bounded(server: ServerProcess) -> None:
    key, upload = announce(server)
    too_much = b"x" * (MAX_ATTACHMENT + 1)
    assert code(send("PUT", upload["signedUrl"], too_much)) == "file_too_large"
    bomb = send("PUT", upload["signedUrl"], gzip.compress(too_much), Content_Encoding="gzip")
    assert (bomb.status, code(bomb)) == (413, "body_too_large")
    cut = send("PUT", upload["signedUrl"], gzip.compress(PNG)[:-9], Content_Encoding="gzip")
    assert code(cut) == "encoding_invalid"
    assert look(server, key=key)["status"]["upload_status"] == "uploading"
    assert send("PUT", upload["signedUrl"], gzip.compress(PNG), Content_Encoding="gzip").status == 200
    assert send("GET", look(server, key=key)["downloadUrl"]).body == PNG


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=5-9", 206, slice(5, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=-99999999", 206, slice(0, None)),
        ("bytes=10-99999999", 206, slice(10, None)),
        ("bytes=9-5", 200, slice(0, None)),
        ("bytes=-", 200, slice(0, None)),
        ("bytes=0-1,5-6", 200, slice(0, None)),
        ("lines=0-1", 200, slice(0, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(server: ServerProcess, wanted: str, status: int, part: slice | None) -> None:
    answer = send("GET", stored(server, PNG), Range=wanted)
    assert answer.status == status
    if part is None:
        assert code(answer) == "range_unsatisfiable"
        return
    assert answer.body == PNG[part]
    begin, end, _ = part.indices(len(PNG))
    shown = f"bytes {begin}-{end - 1}/{len(PNG)}" if status == 206 else None
    assert (answer.headers.get("content-range"), answer.headers["content-length"]) == (
        shown,
        str(len(answer.body)),
    )


def test_range_of_an_empty_file_and_head(server: ServerProcess) -> None:
    assert send("GET", stored(server, b""), Range="bytes=0-").status == 416
    head = send("HEAD", stored(server, PNG))
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(PNG)))


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("text/html", None),
        ("TEXT/HTML; charset=utf-8", None),
        ("image/svg+xml", None),
        ("application/xhtml+xml", None),
        ("text/javascript", None),
        ("application/pdf", None),
        ("image/png\r\nX-Evil: 1", None),
        ("", None),
        ("image/jpeg", "image/jpeg"),
        ("Audio/MPEG; x=y", "audio/mpeg"),
        ("text/plain; charset=utf-16", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
    ],
)
def test_only_what_is_harmless_is_shown(server: ServerProcess, content_type: str, served: str | None) -> None:
    answer = send("GET", stored(server, b"<script>alert(1)</script>", "x.html", content_type))
    assert answer.headers["content-type"] == (served or "application/octet-stream")
    shown = answer.headers["content-disposition"].partition(";")[0]
    assert shown == ("inline" if served else "attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "x-evil" not in answer.headers


def test_file_names_cannot_leave_their_header(server: ServerProcess) -> None:
    answer = send(
        "GET",
        stored(
            server,
            b"x",
            'ä "b"\r\nSet-Cookie: a=b; \ud83d\ude00.png'.encode("utf-16", "surrogatepass").decode("utf-16"),
        ),
    )
    assert answer.headers["content-disposition"] == (
        "inline; filename*=UTF-8''%C3%A4%20%22b%22%0D%0ASet-Cookie%3A%20a%3Db%3B%20%F0%9F%98%80.png"
    )
    assert "set-cookie" not in answer.headers


def test_links_are_good_for_one_thing(server: ServerProcess) -> None:
    key, upload = announce(server)
    up = upload["signedUrl"]
    down = look(server, key=key)["downloadUrl"]
    for method, url in (
        ("GET", up),
        ("PUT", down),
        ("PUT", up[:-1]),
        ("GET", down + "A"),
        ("GET", f"{server.url}/files/x"),
    ):
        answer = send(method, url, b"x" if method == "PUT" else None)
        assert (answer.status, code(answer)) == (403, "link_invalid"), (method, url)


def test_links_lead_to_where_the_client_is(server: ServerProcess) -> None:
    body = json.dumps({"key": str(uuid.uuid4()), "filename": "a", "content_type": "b"}).encode()
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Host": "assay.example:81"}
    answer = send("POST", f"{server.url}/attachment", body, **sent)
    assert json.loads(answer.body)["signedUrl"].startswith("http://assay.example:81/files/")


def test_files_elsewhere_are_passed_through_and_never_fetched(server: ServerProcess) -> None:
    url = "https://files.example/a.png?sig=1"
    assert look(server, url=url, filename="a.png", content_type="image/png") == {
        "downloadUrl": url,
        "status": {"upload_status": "done"},
    }
    for other in (
        "s3://bucket/a.png",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "//x/y",
        "http://[",
    ):
        with refused(501, "external_store_unsupported"):
            look(server, url=other)
    with refused(400, "key_missing"):
        look(server)


def test_keys_are_of_one_organization(server: ServerProcess) -> None:
    stranger, viewer = join(server.data, "owner", org="elsewhere"), join(server.data, "viewer")
    key, upload = announce(server)
    assert send("PUT", upload["signedUrl"], PNG).status == 200
    with refused(404, "attachment_not_found"):
        look(server, by=stranger, key=key)
    _, theirs = announce(server, key=key, by=stranger)
    assert send("PUT", theirs["signedUrl"], b"other").status == 200
    assert send("GET", look(server, key=key)["downloadUrl"]).body == PNG
    assert send("GET", look(server, by=viewer, key=key)["downloadUrl"]).body == PNG
    with refused(403, "forbidden"):
        announce(server, by=viewer)


@pytest.mark.parametrize("key", ["../../../etc/passwd", "a/b", "\x00", "ключ", "x" * 512])
def test_any_text_is_a_key(server: ServerProcess, key: str) -> None:
    _, upload = announce(server, key=key)
    assert send("PUT", upload["signedUrl"], PNG).status == 200
    assert send("GET", look(server, key=key)["downloadUrl"]).body == PNG


def test_files_are_private(server: ServerProcess) -> None:
    stored(server, PNG)
    files = [path for path in (server.data / "blobs").rglob("*") if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
