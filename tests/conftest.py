"""What holds for every test: no network beyond this machine, no trace of the developer's own settings."""

from __future__ import annotations

import os
import runpy
import signal
import tempfile
from pathlib import Path

import pytest

GUARD = Path(__file__).parent / "support" / "network_guard"

# A developer's keys would make tests call real providers, their Assay settings write into a real project.
PRIVATE_PREFIXES = ("ASSAY_", "BRAINTRUST_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "XDG_", "GIT_")
PRIVATE_NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)

_home = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_changes = pytest.StashKey[pytest.MonkeyPatch]()


def pytest_configure(config: pytest.Config) -> None:
    """Isolate before any test module is imported: modules may read the environment at import."""
    home = tempfile.TemporaryDirectory(prefix="assay-test-home-", ignore_cleanup_errors=True)
    changes = pytest.MonkeyPatch()
    config.stash[_home], config.stash[_changes] = home, changes
    for name in list(os.environ):
        if name.startswith(PRIVATE_PREFIXES) or name in PRIVATE_NAMES or name.lower() in PRIVATE_NAMES:
            changes.delenv(name)
    changes.setenv("HOME", home.name)
    for name, folder in (
        ("CONFIG", ".config"),
        ("CACHE", ".cache"),
        ("DATA", ".local/share"),
        ("STATE", ".state"),
    ):
        changes.setenv(f"XDG_{name}_HOME", str(Path(home.name) / folder))
    changes.setenv("GIT_CONFIG_NOSYSTEM", "1")
    inherited = os.environ.get("PYTHONPATH")
    changes.setenv("PYTHONPATH", str(GUARD) + (os.pathsep + inherited if inherited else ""))
    runpy.run_path(str(GUARD / "sitecustomize.py"))
    # A shell starts background jobs with SIGINT ignored, and children inherit that: Ctrl-C could not be tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the environment back; the audit hook stays, as Python cannot remove one."""
    config.stash[_changes].undo()
    config.stash[_home].cleanup()


@pytest.fixture(scope="session")
def browser():
    """The one browser of a test process; skips, aloud, where there is none or the UI is not built."""
    from assay_server.http.static import STATIC
    from tests.support.browser import NO_CHROMIUM, chromium, running_browser

    if chromium() is None:
        pytest.skip(NO_CHROMIUM)
    if not (STATIC / "index.html").is_file():
        pytest.skip("the web UI is not built; run `make ui`")
    with running_browser() as made:
        yield made
