"""`assay login`, `logout` and `status` against a real server, with settings in a home of their own."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.sdk.cli.conftest import Outcome, run
from tests.support.servers import KEY, Refused, ServerProcess


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `login` will write; nothing is there yet, and no key is in the environment."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "assay" / "config.json"


def log_in(server: ServerProcess, *words: str) -> Outcome:
    return run("login", "--url", server.url, "--key-file", "-", *words, stdin=f"{KEY}\n")


def test_login_saves_what_later_commands_use(server: ServerProcess, config: Path) -> None:
    done = log_in(server)
    assert (done.code, done.out) == (0, "")
    assert f"logged in to {server.url}" in done.err
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    saved = json.loads(config.read_text())
    assert (saved["url"], saved["api_key"]) == (server.url, KEY)
    found = run("status", "--json")
    assert found.code == 0
    assert found.json["health"]["status"] == "ok"
    assert found.json["org"]["name"] == saved["org_name"]
    assert found.json["key"] == str(config)


def test_an_older_file_that_others_could_read_is_closed(server: ServerProcess, config: Path) -> None:
    config.parent.mkdir()
    config.write_text("{}")
    config.chmod(0o644)
    assert log_in(server).code == 0
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_a_wrong_key_is_refused_and_nothing_is_saved(server: ServerProcess, config: Path) -> None:
    done = run("login", "--url", server.url, "--key-file", "-", stdin="wrong")
    assert done.code == 3
    assert "does not accept this API key; nothing was saved" in done.err
    assert not config.exists()


def test_a_key_can_come_from_the_environment(server: ServerProcess, config: Path) -> None:
    done = run("login", "--url", server.url, "--json", ASSAY_API_KEY=KEY)
    assert done.code == 0
    assert done.json["url"] == server.url
    assert done.json["config"] == str(config)


def test_without_a_key_and_a_terminal_the_way_out_is_named(server: ServerProcess, config: Path) -> None:
    done = run("login", "--url", server.url)
    assert done.code == 2
    assert "--key-file FILE" in done.err


def test_an_organization_the_key_does_not_know(server: ServerProcess, config: Path) -> None:
    done = log_in(server, "--org", "elsewhere")
    assert done.code == 1
    assert "no access to organization 'elsewhere', only to: " in done.err
    assert not config.exists()


def test_the_browser_link_works_once(server: ServerProcess, config: Path) -> None:
    done = log_in(server, "--browser")
    link = done.out.strip()
    assert link.startswith(f"{server.url}/login?token=")
    token = link.split("token=")[1]
    assert "user" in server.request("POST", "/api/session/login", {"token": token}, key=None)
    with pytest.raises(Refused):
        server.request("POST", "/api/session/login", {"token": token}, key=None)


def test_a_link_needs_no_key_again(server: ServerProcess, config: Path) -> None:
    log_in(server)
    assert run("login", "--browser").out.startswith(f"{server.url}/login?token=")


def test_a_saved_key_stays_with_its_server(server: ServerProcess, config: Path) -> None:
    log_in(server)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    done = run("projects", "list", "--url", elsewhere)
    assert done.code == 3
    assert f"no API key for {elsewhere}" in done.err
    assert run("projects", "list", "--url", elsewhere, "--json", ASSAY_API_KEY=KEY).code == 0


def test_logout_forgets(server: ServerProcess, config: Path) -> None:
    log_in(server)
    assert run("logout", "--json").json == {"removed": True, "config": str(config)}
    assert not config.exists()
    assert "nothing was saved" in run("logout").err
    assert "still set" in run("logout", ASSAY_API_KEY=KEY).err


def test_status_without_a_key_shows_the_server_and_exits_with_3(server: ServerProcess, config: Path) -> None:
    done = run("status", "--url", server.url)
    assert done.code == 3
    assert "health        ok" in done.out
    assert "not logged in: run `assay login`" in done.err


def test_status_with_a_refused_key(server: ServerProcess, config: Path) -> None:
    done = run("status", "--url", server.url, "--json", ASSAY_API_KEY="wrong")
    assert done.code == 3
    assert "401" in done.json["problem"]


def test_a_broken_file_says_how_to_mend_it(config: Path) -> None:
    config.parent.mkdir()
    config.write_text("{broken")
    done = run("status")
    assert done.code == 1
    assert f"{config} is not JSON" in done.err
