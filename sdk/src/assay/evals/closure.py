"""The version of a function: a hash over its own code and over everything of the user's that it reaches.

Covered: the function's bytecode, constants, defaults and closure; the functions, classes and plain values it
reaches by name in the user's own files, also through modules of theirs; modules it imports while it runs.
Comments, formatting and line numbers are not part of it. Libraries count by name and version, their objects
by type: what a client object holds, data files, prompts on a server and environment variables are not seen.
`cache_by` says in one word what this cannot see.
"""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import inspect
import json
import site
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeVar, cast

from assay.evals.canonical import Unstable, canonical

F = TypeVar("F")

_MARK = "__assay_cache_key__"
_LIBRARIES = tuple(
    {
        str(Path(place).resolve())
        for place in (
            *site.getsitepackages(),
            site.getusersitepackages(),
            *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
            Path(__file__).parents[1],
        )
    }
)
_IMPLIED = frozenset(
    {"__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__"}
)
"""Members of a class that say nothing about what it does, or change with its place in the file."""


def cache_by(key: str | None) -> Callable[[F], F]:
    """Decorator for tasks and scorers: `key` is the version, in place of the hash of the code.

    None means that results are never reused, for functions whose answer depends on the moment.
    """

    def mark(function: F) -> F:
        setattr(function, _MARK, key)
        return function

    return mark


def version_of(target: Any) -> str | None:
    """The version of a task or scorer as 16 hex digits; None when its results must not be reused.

    That is so after `cache_by(None)`, and where a value it reaches has no stable form (an object of the
    user's whose state cannot be written as JSON).
    """
    walk = _Walk()
    try:
        walk.add(target)
    except (
        Exception
    ):  # Unstable mostly; reading somebody's objects may raise anything, and must not stop a run
        return None
    return walk.digest.hexdigest()[:16]


class _Walk:
    """One pass over what a function reaches; each object is entered once."""

    def __init__(self) -> None:
        self.digest = hashlib.blake2b(f"python {sys.version_info[:2]}".encode(), digest_size=16)
        self._seen: dict[int, Any] = {}  # keeps them alive too: ids of the dead are given out again

    def add(self, value: Any) -> None:
        """Add a value reached. Raises Unstable for one without a stable form."""
        if id(value) in self._seen:
            return self._note("again", _name(value))
        if callable(value) or isinstance(value, ModuleType) or _own_type(value):
            self._seen[id(value)] = value
        marked = inspect.getattr_static(value, _MARK, self) if callable(value) else self
        if marked is not self:
            if marked is None:
                raise Unstable("cache_by(None)")
            return self._note("keyed", str(marked))
        if isinstance(value, FunctionType):
            self._add_function(value)
        elif isinstance(value, functools.partial):
            part = cast("functools.partial[Any]", value)
            self._add_all(("partial", part.func, part.args, part.keywords))
        elif isinstance(value, MethodType):
            self._add_all((value.__func__, value.__self__))
        elif isinstance(value, type):
            self._add_class(cast("type[Any]", value))
        elif isinstance(value, ModuleType):
            self._add_library(value.__name__) if not _own_module(value) else self._note(
                "module", value.__name__
            )
        else:
            self._add_value(value)

    def _add_all(self, values: Iterable[Any]) -> None:
        for value in values:
            self.add(value)

    def _add_function(self, function: FunctionType) -> None:
        wrapped = getattr(function, "__wrapped__", None)
        if not _own_file(function.__code__.co_filename):
            self._add_library(function.__module__ or "", function.__qualname__)
            if wrapped is not None:  # a library's decorator around a function of the user's
                self.add(wrapped)
            return
        self._add_code(function.__code__)
        self._add_all((function.__defaults__, function.__kwdefaults__))
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            self._note("closure", name)
            try:
                value = cell.cell_contents
            except ValueError:  # a name that is bound later
                continue
            self.add(value)
        self._add_names(function.__code__, function.__globals__)
        if wrapped is not None:
            self.add(wrapped)

    def _add_code(self, code: CodeType) -> None:
        self._note("code", code.co_name, code.co_names, code.co_varnames, code.co_flags)
        self.digest.update(code.co_code)
        self.digest.update(code.co_exceptiontable)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._add_code(constant)
            else:
                self._note(
                    "constant",
                    sorted(map(repr, cast("frozenset[Any]", constant)))
                    if isinstance(constant, frozenset)
                    else constant,
                )

    def _add_names(self, code: CodeType, names: Mapping[str, Any]) -> None:
        """What the code, and code nested in it, reads from the names of its module."""
        modules: list[ModuleType] = []
        attributes: set[str] = set()
        for step in _steps(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval in names:
                value = names[step.argval]
                self._note("name", step.argval)
                self.add(value)
                if isinstance(value, ModuleType) and _own_module(value):
                    modules.append(value)
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
                attributes.add(step.argval)
            elif step.opname == "IMPORT_NAME":
                self._add_import(step.argval)
        for module in modules:
            for name in sorted(attributes & vars(module).keys()):
                self._note("attribute", name)
                self.add(vars(module)[name])

    def _add_import(self, name: str) -> None:
        """A module imported while the function runs: the whole file when it is the user's."""
        for place in filter(None, sys.path):
            base = Path(place, *name.split("."))
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.is_file():
                    if _own_file(str(file)):
                        self._note("file", name)
                        self.digest.update(file.read_bytes())
                    else:
                        self._add_library(name)
                    return
        self._add_library(name)

    def _add_class(self, kind: type[Any]) -> None:
        if not _own_type_name(kind):
            self._add_library(kind.__module__, kind.__qualname__)
            return
        self._note("class", kind.__qualname__)
        for name, member in sorted(vars(kind).items()):
            if name in _IMPLIED:
                continue
            self._note("member", name)
            if isinstance(member, staticmethod | classmethod):
                member = cast("staticmethod[..., Any]", member).__func__
            if isinstance(member, property):
                self._add_all((member.fget, member.fset))
            elif isinstance(member, FunctionType) or _is_plain(member) or isinstance(member, type):
                self.add(member)
            else:  # descriptors that machinery of classes puts there
                self._note("kind", type(member).__qualname__)
        self._add_all(kind.__bases__)

    def _add_value(self, value: Any) -> None:
        if isinstance(value, BuiltinFunctionType) or getattr(builtins, _name(value), None) is value:
            self._note("builtin", getattr(value, "__module__", ""), _name(value))
        elif _own_type(value) or type(value).__module__.startswith("assay."):
            self.add(type(value))
            self._add_state(value)
        elif isinstance(value, Mapping | list | tuple | set | frozenset):
            self._add_container(value)
        elif _is_plain(value):
            self.digest.update(canonical(value))
        else:
            self._add_library(type(value).__module__, type(value).__qualname__)
            wrapped = getattr(value, "__wrapped__", None)
            if wrapped is not None:
                self.add(wrapped)

    def _add_container(self, value: Any) -> None:
        try:  # data, however much of it, in one step; json refuses whatever has code behind it
            self.digest.update(json.dumps(value, sort_keys=True).encode())
            return
        except (TypeError, ValueError):
            pass
        if isinstance(value, Mapping):
            for key, item in cast("Mapping[Any, Any]", value).items():
                self._note("key", key if isinstance(key, str | int) else _name(key))
                self.add(item)
        elif isinstance(value, set | frozenset):
            self._note("set", sorted(map(repr, cast("set[Any]", value))))
        else:
            self._note(type(value).__name__, len(value))
            self._add_all(value)

    def _add_state(self, value: Any) -> None:
        """The attributes of an object of the user's, or of a scorer of this package."""
        names = [*getattr(value, "__dict__", ()), *_slots(cast("type[Any]", type(value)))]
        for name in sorted(set(names)):
            self._note("state", name)
            self.add(getattr(value, name, None))

    def _add_library(self, module: str, name: str = "") -> None:
        top = module.partition(".")[0]
        self._note("library", module, name, _version(top))

    def _note(self, *words: Any) -> None:
        self.digest.update(repr(words).encode("utf-8", "backslashreplace"))


def _steps(code: CodeType) -> Iterable[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _steps(constant)


@functools.cache
def _own_file(path: str) -> bool:
    """Whether code is the user's: not of Python, an installed package, or this one. Notebook cells are."""
    if path.startswith("<frozen"):
        return False
    full = str(Path(path).resolve())
    return not any(full.startswith(place + "/") for place in _LIBRARIES) and "site-packages" not in full


def _own_module(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return module.__name__ == "__main__" or (file is not None and _own_file(file))


def _own_type_name(kind: type[Any]) -> bool:
    module = sys.modules.get(kind.__module__)
    return kind.__module__ != "builtins" and (module is None or _own_module(module))


def _own_type(value: Any) -> bool:
    return not isinstance(value, type | ModuleType) and _own_type_name(cast("type[Any]", type(value)))


def _slots(kind: type[Any]) -> list[str]:
    found: list[str] = []
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        found += [slots] if isinstance(slots, str) else list(slots)
    return [name for name in found if name not in ("__dict__", "__weakref__")]


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(
        value, str | bytes | int | float | complex | list | tuple | dict | set | frozenset
    )


def _name(value: Any) -> str:
    return str(getattr(value, "__qualname__", None) or type(value).__qualname__)


@functools.cache
def _version(package: str) -> str:
    if package in sys.stdlib_module_names:
        return ""  # the version of Python is part of every hash
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        return str(getattr(sys.modules.get(package), "__version__", ""))
