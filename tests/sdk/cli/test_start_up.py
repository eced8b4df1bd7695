"""The command as a process: quick help, exit codes, colours, and what happens without a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.app import COMMANDS
from tests.sdk.cli.conftest import run

NOBODY = "http://127.0.0.1:1"  # a port nothing listens on


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own."""
    program = Path(sys.executable).with_name("assay")
    return subprocess.run(
        [str(program), *words], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys; from assay.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert [name for name in COMMANDS if f"\n  {name} " not in done.stdout] == []
    loaded = done.stderr.split()
    heavy = ("urllib3", "msgspec", "asyncio", "openai", "assay_server", "assay.evals", "assay.cli.logs")
    assert [name for name in heavy if name in loaded] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_as_the_list_does(name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert COMMANDS[name][1].rstrip(".") in " ".join(done.out.split())


def test_version() -> None:
    assert process("--version").stdout == "assay, version 0.1.0\n"


def test_module_and_command_are_the_same() -> None:
    module = subprocess.run(
        [sys.executable, "-m", "assay", "--help"], capture_output=True, text=True, timeout=60
    )
    assert module.stdout == process("--help").stdout
    assert "Usage: assay " in module.stdout


def test_a_wrong_command_line_exits_with_2() -> None:
    assert process("datasets", "nonsense").returncode == 2
    assert run("logs", "list").code == 2  # -p is missing
    assert run("nonsense").code == 2


def test_no_key_exits_with_3_and_says_what_to_do() -> None:
    done = process("projects", "list", ASSAY_URL=NOBODY)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no API key for http://127.0.0.1:1: run `assay login`" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_server_exits_with_3_and_says_what_to_do() -> None:
    done = process("status", ASSAY_URL=NOBODY)
    assert done.returncode == 3
    assert "no answer from http://127.0.0.1:1" in done.stderr


def test_a_wrong_url_is_refused_before_anything_is_sent() -> None:
    done = run("projects", "list", ASSAY_URL="ftp://example")
    assert done.code == 1
    assert "'ftp://example' is not a server URL" in done.err


def test_colours_can_be_forced_and_forbidden() -> None:
    without_key = {"ASSAY_URL": NOBODY}
    assert "\x1b[" not in process("projects", "list", **without_key).stderr
    assert "\x1b[31m" in process("projects", "list", FORCE_COLOR="1", **without_key).stderr
    assert "\x1b[" not in process("projects", "list", FORCE_COLOR="1", NO_COLOR="1", **without_key).stderr


def test_serve_starts_a_server_and_stops_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assay", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    said: list[str] = []
    for starts in ("first", "second"):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            url = server.stdout.readline().split()[-1]
            kept = tmp_path / "data" / "owner.key"
            key = kept.read_text().strip()
            assert kept.stat().st_mode & 0o777 == 0o600
            found = run("status", "--json", ASSAY_URL=url, ASSAY_API_KEY=key)
            made = run("projects", "create", starts, "--json", ASSAY_URL=url, ASSAY_API_KEY=key)
            server.terminate()
            said.append(server.stdout.read())
            assert server.wait(timeout=30) == 0
        assert (found.code, made.code) == (0, 0)
        assert found.json["health"]["status"] == "ok"
        assert found.json["user"]["role"] == "owner"
        assert f"{url}/login?token=" in said[-1]
    assert [text.count(key) for text in said] == [1, 0], "the key is shown once"


def test_a_missing_server_wheel_is_named() -> None:
    code = "import sys; sys.modules['assay_server'] = None; from assay.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "serve"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert 'pip install "assay[server]"' in done.stderr


INTERRUPTED = """
import signal, sys
from assay.cli import main

class Finder:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder)
if not {module!r}:
    from assay.cli.app import LazyCommands
    LazyCommands.parse_args = lambda self, ctx, args: signal.raise_signal(signal.SIGINT)
main()
"""


@pytest.mark.parametrize("module", ["assay.cli.app", "", "assay.cli.projects", "assay.client.http"])
def test_ctrl_c_at_any_moment_of_the_start_exits_with_130(module: str) -> None:
    """While the command tree is imported, the command line read, the command imported, its libraries imported."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(module=module), "projects", "list"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")
