"""Datasets: rows of input, expected value and metadata, with every version kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from assay.client.records import RowRecord
from assay.client.rows import PAGE_ROWS, fetch_rows
from assay.client.state import configured_state
from assay.client.targets import Project, RegisteredTarget
from assay.core.errors import ConfigError
from assay.core.times import iso_now
from assay.tracing.attachments import with_attachments
from assay.tracing.events import encode_event
from assay.tracing.links import object_link

if TYPE_CHECKING:
    from assay.client.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """Names, links and size of a dataset; `total_records` is None when it was not asked for."""

    project_name: str
    dataset_name: str
    project_url: str
    dataset_url: str
    total_records: int | None

    @property
    def data_summary(self) -> DatasetSummary | None:
        """Where code written for the field's SDKs looks for `total_records`; None when it was not asked for."""
        return None if self.total_records is None else self


class Dataset:
    """A dataset of a project, read at its head or at a pinned version.

    Writes are queued like spans; reads flush them first. Iterating yields rows as dicts with at least `id`,
    `input`, `expected`, `metadata`, `tags`, `_xact_id`.
    """

    def __init__(self, state: State, target: RegisteredTarget, *, version: str | None = None) -> None:
        self.state = state
        self.target = target
        self._pinned = version
        self._rows: list[dict[str, Any]] | None = None

    @property
    def id(self) -> str:
        """The dataset's id; registers it when needed (raises Unreachable or ApiError)."""
        return str(self.target.data(self.state.transport)["id"])

    @property
    def name(self) -> str:
        """The dataset's name."""
        return str(self.target.data(self.state.transport)["name"])

    @property
    def project(self) -> Project:
        """The project it belongs to."""
        return self.target.registered_project

    @property
    def data(self) -> dict[str, Any]:
        """The dataset object as the server describes it."""
        return self.target.data(self.state.transport)

    @property
    def version(self) -> str | None:
        """The pinned version, else the newest transaction id among the rows (None when empty)."""
        if self._pinned is not None:
            return self._pinned
        return max((str(row["_xact_id"]) for row in self.fetched_data), default=None)

    def at(self, version: str) -> Dataset:
        """The same dataset, pinned to a version."""
        return Dataset(self.state, self.target, version=version)

    @property
    def fetched_data(self) -> list[dict[str, Any]]:
        """All rows, fetched once; writing through this object forgets them."""
        if self._rows is None:
            self._rows = list(self.fetch())
        return self._rows

    def fetch(self, batch_size: int = PAGE_ROWS) -> Iterator[dict[str, Any]]:
        """Stream the rows page by page, newest first, without keeping them."""
        rows = fetch_rows(self.state, "dataset", self.id, version=self._pinned, page=batch_size)
        return (with_attachments(self.state, row) for row in rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.fetched_data)

    def __len__(self) -> int:
        return len(self.fetched_data)

    def insert(
        self,
        input: Any = None,
        expected: Any = None,
        tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        id: str | None = None,
        output: Any = None,
        origin: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a row, or replace the one with this `id`; returns its id. `output` is an older name of
        `expected`.

        `origin` (`{object_type, object_id, id}`) points at the span it was taken from.
        """
        row_id = id or str(uuid.uuid4())
        event = {
            "input": input,
            "expected": output if expected is None else expected,
            "tags": tags,
            "metadata": metadata,
            "origin": origin,
        }
        self._write({"id": row_id, "created": iso_now()}, {k: v for k, v in event.items() if v is not None})
        return row_id

    def update(
        self,
        id: str,
        input: Any = None,
        expected: Any = None,
        tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Change the given columns of a row and keep the others; metadata merges by key. Returns the id."""
        event = {"input": input, "expected": expected, "tags": tags, "metadata": metadata}
        self._write({"id": id, "_is_merge": True}, {k: v for k, v in event.items() if v is not None})
        return id

    def delete(self, id: str) -> str:
        """Remove a row from the head; older versions keep it. Returns the id."""
        self._write({"id": id, "created": iso_now(), "_object_delete": True}, {})
        return id

    def summarize(self, summarize_data: bool = True) -> DatasetSummary:
        """Names, links and, unless told otherwise, the number of live rows."""
        self.flush()
        answer = self.state.transport.get(f"/v1/dataset/{self.id}/summarize", summarize_data=summarize_data)
        counted = cast("dict[str, Any]", answer.get("data_summary") or {})
        return DatasetSummary(
            project_name=answer["project_name"],
            dataset_name=answer["dataset_name"],
            project_url=answer["project_url"],
            dataset_url=answer["dataset_url"],
            total_records=counted.get("total_records"),
        )

    def link(self) -> str:
        """The URL of the dataset in the browser."""
        return object_link(self.state, self.target)

    def flush(self) -> None:
        """Wait until every write so far is delivered."""
        self.state.flush()

    def close(self) -> str:
        """Flush; returns the id."""
        self.flush()
        return self.id

    def __enter__(self) -> Dataset:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def _write(self, columns: dict[str, Any], event: dict[str, Any]) -> None:
        if self._pinned is not None:
            raise ConfigError(
                f"this dataset is pinned to version {self._pinned}: open it without version= to write"
            )
        self._rows = None
        self.state.add(RowRecord(self.target, columns), encode_event(self.state, event))


def init_dataset(
    project: str | None = None,
    name: str | None = None,
    description: str | None = None,
    version: str | int | None = None,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    project_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    state: State | None = None,
) -> Dataset:
    """Open a dataset, created when it does not exist. Contacts the server only when rows or ids are needed.

    `version` pins it: a transaction id in decimal or as 16 hex digits; a pinned dataset cannot be written.
    """
    found = state or configured_state(api_key=api_key, app_url=app_url, org_name=org_name)
    request = {"name": name or "dataset", "description": description, "metadata": metadata}
    target = RegisteredTarget(
        "dataset",
        found.project(name=project, id=project_id),
        {key: value for key, value in request.items() if value is not None},
    )
    return Dataset(found, target, version=None if version is None else str(version))
