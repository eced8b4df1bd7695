"""One connection to one server: settings, transport, background sender. Most programs have exactly one."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from assay.client.batcher import Batcher, Limits
from assay.client.config import Config, resolve_config
from assay.client.encode import Referenced, Snapshotter
from assay.client.http import Transport
from assay.client.locks import ForkSafeLock
from assay.client.notices import Notices
from assay.client.offline import Spool, default_spool_dir
from assay.client.sender import Sender
from assay.client.targets import Project, Target, parent_target
from assay.core.errors import AssayError, ConfigError

if TYPE_CHECKING:
    from assay.client.records import Masking, Record
    from assay.core.refs import ParentType

_states: weakref.WeakSet[State] = weakref.WeakSet()
_current: State | None = None
_current_lock = threading.Lock()


@runtime_checkable
class Uploadable(Protocol):
    """A referenced value whose bytes we hold (an attachment)."""

    def upload(self, state: State) -> None:
        """Send the bytes to the object store, once. Raises AssayError."""
        ...


class State:
    """Everything tracing needs to know about its server. Creating one contacts nobody.

    `transport` is for requests of the caller's own; rows go through `add`. With `offline`, or ASSAY_OFFLINE (`1`,
    or a directory), rows go to the spool instead of the server.
    """

    def __init__(
        self, config: Config | None = None, *, limits: Limits | None = None, offline: bool = False
    ) -> None:
        self.config = config or resolve_config()
        self.notices = Notices()
        self.transport = Transport(self.config.url, self.config.api_key)
        self.snapshot = Snapshotter(self._found_reference)
        wanted = os.environ.get("ASSAY_OFFLINE", "")
        asked = wanted.lower() not in ("", "0", "false")
        self.offline = offline or asked
        named = asked and wanted.lower() not in ("1", "true")
        self._spool = Spool(Path(wanted) if named else default_spool_dir())
        self.batcher = Batcher(
            self._spool if self.offline else Sender(self.transport, self.notices),
            self.notices,
            limits or Limits.from_env(),
            on_start=self._close_in_worker_processes,
            after_delivery=self._after_delivery,
        )
        self._uploads: deque[Uploadable] = deque()
        self._projects: dict[tuple[str | None, str | None], Project] = {}
        self._parents: dict[tuple[Any, ...], Target] = {}
        self._org: dict[str, Any] | None = None
        self._asked_for_org = False
        self._lock = ForkSafeLock()
        _states.add(self)

    def project(self, *, name: str | None = None, id: str | None = None) -> Project:
        """The project of that name or id, shared between everything that writes to it."""
        key = (None if id else name, id)
        return self._projects.setdefault(key, Project(name=name, id=id, org_name=self.config.org_name))

    def parent_target(
        self, object_type: ParentType, object_id: str | None, metadata_args: dict[str, Any] | None
    ) -> Target | None:
        """The object an exported parent names, one instance per object; None when the parent does not say
        enough.
        """
        args = metadata_args or {}
        key = (object_type, object_id, args.get("project_id"), args.get("project_name"))
        if key not in self._parents:
            target = parent_target(object_type, object_id, metadata_args)
            if target is None:
                return None
            self._parents[key] = target
        return self._parents[key]

    def add(self, record: Record, fields: dict[str, bytes]) -> None:
        """Queue a row for sending; never blocks, never raises."""
        self.batcher.add(record, fields)

    def encode_fields(self, values: dict[str, Any]) -> dict[str, bytes]:
        """Snapshot the columns of a row."""
        snapshot = self.snapshot
        return {key: snapshot(value) for key, value in values.items()}

    def set_masking(self, masking: Masking | None) -> None:
        """Pass every payload column through a function, on the background thread, before it leaves the
        process.
        """
        self.batcher.masking = masking

    def flush(self, *, stall: float = 5.0) -> bool:
        """Wait until all rows logged so far are delivered; False after `stall` seconds without progress."""
        return self.batcher.flush(stall=stall)

    def login(self) -> dict[str, Any]:
        """The organization of the key: `{id, name, api_url, …}`, asked once.

        Raises ConfigError without a key or organization, ApiError for a bad key, Unreachable without a
        server.
        """
        with self._lock:
            if self._org is None:
                if not self.config.api_key:
                    raise ConfigError("no API key: set ASSAY_API_KEY, pass api_key=, or run `assay login`")
                found = cast(
                    "list[dict[str, Any]]", self.transport.post("/api/apikey/login", {}).get("org_info") or []
                )
                wanted = self.config.org_name
                matching = [org for org in found if wanted is None or org.get("name") == wanted]
                if not matching:
                    raise ConfigError(f"the key gives no access to organization {wanted!r}")
                self._org = matching[0]
            return self._org

    @property
    def org_name(self) -> str | None:
        """The organization's name as far as known without a request."""
        return self.config.org_name or (str(self._org["name"]) if self._org else None)

    @property
    def org_id(self) -> str:
        """The organization's id; logs in when needed (raises like `login`)."""
        return str(self.login()["id"])

    def close(self, *, budget: float = 4.0) -> None:
        """Deliver or spool what is queued and stop sending. Called at exit."""
        _states.discard(self)
        left = deque(self.batcher.close(budget=budget))
        if left:
            self.notices.warn(  # unless its absence has been reported before
                "unreachable",
                f"{self.config.url} did not take {len(left)} rows before the program ended; they are spooled to "
                f"{self._spool.directory} for `assay sync push`.",
            )
            try:
                self._spool.send(left)
            except AssayError as error:
                self.notices.warn("spool", f"{len(left)} rows are lost: {error}")
        self.transport.close()

    def _found_reference(self, reference: Referenced) -> None:
        if isinstance(reference, Uploadable):
            self._uploads.append(reference)

    def _after_delivery(self) -> None:
        if self._org is None and not self._asked_for_org and not self.offline:
            self._asked_for_org = True
            with contextlib.suppress(AssayError):  # only links get shorter by it
                self.login()
        self._upload()

    def _upload(self) -> None:
        if self.offline and self._uploads:
            self._uploads.clear()
            self.notices.warn("attachment", "attachments are not spooled: their rows keep the reference only")
        while self._uploads:
            reference = self._uploads.popleft()
            try:
                reference.upload(self)
            except Exception as error:  # the row is safe; only the file behind it is missing
                self.notices.warn("attachment", f"an attachment could not be uploaded: {error}")

    def _close_in_worker_processes(self) -> None:
        """Processes of `multiprocessing` end without running atexit; their own exit hooks do run."""
        util = sys.modules.get("multiprocessing.util")
        process = sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self.close, exitpriority=0)


def current_state() -> State:
    """The process's state, made from the environment on first use."""
    global _current
    if _current is None:
        with _current_lock:
            if _current is None:
                _current = State()
    return _current


def set_current_state(state: State | None) -> State | None:
    """Make a state the process's own; None makes the next use read the environment again. Returns the one
    before.
    """
    global _current
    before, _current = _current, state
    return before


def configured_state(
    *,
    api_key: str | None = None,
    api_url: str | None = None,
    app_url: str | None = None,
    org_name: str | None = None,
    force: bool = False,
) -> State:
    """The current state, replaced when the arguments ask for another server, key or organization."""
    config = resolve_config(api_key=api_key, api_url=api_url, app_url=app_url, org_name=org_name)
    given = any((api_key, api_url, app_url, org_name)) or force
    if _current is None or (given and _current.config != config):
        set_current_state(State(config))
    return current_state()


def for_each_state(action: Callable[[State], Any]) -> None:
    """Run an action on every state of this process that still exists."""
    for state in list(_states):
        action(state)


def _at_exit() -> None:
    for_each_state(State.close)


atexit.register(_at_exit)
