"""Finds scenario files: the ones shipped here, and any `.py` file in the folders an operator names."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from assay_server.engines.gateway import scenarios
from assay_server.engines.gateway.scenario import Scenario


class ScenarioInvalid(RuntimeError):
    """A scenario file that cannot be loaded or lacks a part, or a folder that is not there; names it."""


def load_scenarios(folders: Sequence[Path] = ()) -> list[Scenario]:
    """Every scenario by rising PRIORITY; of equals, files from `folders` come before the shipped ones.

    The folders hold trusted code: it runs in this process. Raises ScenarioInvalid.
    """
    if missing := [str(folder) for folder in folders if not folder.is_dir()]:
        raise ScenarioInvalid(
            f"{missing[0]} is not a folder; ASSAY_SCENARIOS names a folder of scenario files"
        )
    modules = [_load_file(path) for folder in folders for path in sorted(folder.glob("*.py"))]
    shipped = sorted(name for _, name, _ in pkgutil.iter_modules(scenarios.__path__))
    modules += [importlib.import_module(f"{scenarios.__name__}.{name}") for name in shipped]
    return sorted((_checked(module) for module in modules), key=lambda scenario: scenario.PRIORITY)


def _load_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"assay_scenario_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ScenarioInvalid(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the file is someone else's code: anything may come out of it
        raise ScenarioInvalid(f"{path} failed to load: {error!r}") from error
    return module


def _checked(module: ModuleType) -> Scenario:
    ok = isinstance(getattr(module, "PRIORITY", None), int)
    if (
        not ok
        or not callable(getattr(module, "matches", None))
        or not callable(getattr(module, "reply", None))
    ):
        raise ScenarioInvalid(
            f"{module.__file__} must define PRIORITY (an int), matches(request) and reply(request)"
        )
    return cast(Scenario, module)
