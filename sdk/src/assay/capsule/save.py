"""Making a capsule: everything the server knows of an experiment, without secrets, checked before it is kept."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from assay import __version__
from assay.capsule.archive import Capsule, CapsuleError, Writer
from assay.capsule.contents import Contents
from assay.capsule.redact import Redactor
from assay.capsule.verify import check_rows
from assay.client.git import file_at
from assay.client.rows import fetch_rows
from assay.client.state import State
from assay.core.errors import ApiError

LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.lock", "requirements.txt")
"""Where a lock file is looked for at the experiment's commit, first one first."""

_FIELDS = (
    "id",
    "name",
    "project_id",
    "description",
    "created",
    "dataset_id",
    "dataset_version",
    "base_exp_id",
    "tags",
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A capsule that was written. `redacted` counts what looked like a secret; `notes` say what is not in it."""

    path: Path
    digest: str
    bytes: int
    spans: int
    redacted: int
    notes: list[str]


def save(
    state: State,
    experiment: Mapping[str, Any],
    path: Path,
    *,
    baseline_id: str | None = None,
    judging: Mapping[str, Any] | None = None,
    lock: Path | None = None,
) -> Saved:
    """Write the capsule of an experiment (as the server describes it).

    `judging`: how it is compared, parameters of `/compare` such as `cluster`. `lock`: the lock file, when not that of
    the experiment's commit in the repository here. Raises CapsuleError when the rows changed while they were read,
    ApiError, Unreachable or OSError; no file is left then.
    """
    known = [value for value in (state.config.api_key,) if value]
    saving = _Saving(state, dict(experiment), Redactor(known), Writer(path), Contents())
    try:
        digest, spans = saving.write({"to": baseline_id, **(judging or {})}, lock)
    except BaseException:
        saving.writer.abandon()
        raise
    with Capsule(path) as made:
        wrong = check_rows(made)
    if wrong:
        path.unlink()
        raise CapsuleError(f"the experiment changed while it was read ({wrong[0]}): save it again")
    return Saved(
        path=path,
        digest=digest,
        bytes=path.stat().st_size,
        spans=spans,
        redacted=saving.redactor.count,
        notes=saving.notes,
    )


class _Saving:
    def __init__(
        self, state: State, experiment: Row, redactor: Redactor, writer: Writer, contents: Contents
    ) -> None:
        self.state, self.experiment, self.redactor = state, experiment, redactor
        self.writer, self.contents = writer, contents
        self.notes: list[str] = []

    def write(self, question: Mapping[str, Any], lock: Path | None) -> tuple[str, int]:
        """Write every member; the digest and the number of spans."""
        metadata = cast("Row", self.experiment.get("metadata") or {})
        repo = cast("Row", self.experiment.get("repo_info") or {})
        diff = repo.pop("git_diff", None)
        clean = self.redactor.value
        path = f"/v1/experiment/{self.experiment['id']}/evidence"
        proof = cast("Row", self.state.transport.get(path, **question))
        for head in _heads(proof):
            if head.get("repo_info"):
                head["repo_info"].pop("git_diff", None)
        self.writer.add_json("evidence.json", self._cleaned_evidence(proof["evidence"]))
        self.writer.add_json("comparison.json", clean(proof["comparison"]))
        described = {name: self.experiment.get(name) for name in _FIELDS}
        self.writer.add_json("experiment.json", clean({**described, "metadata": metadata, "repo_info": repo}))
        spans = self.writer.add_rows("spans.jsonl", self._spans())
        self.writer.add_json("models.json", self.contents.models())
        self.writer.add_json("prompts.json", self.contents.prompts())
        versions = metadata.get("versions")
        scorers = cast("Row", versions).get("scorers") if isinstance(versions, dict) else None
        self.writer.add_json("scorers.json", self.contents.scorers(cast("Row", scorers or {})))
        self._dataset()
        if diff:
            self.writer.add("diff.patch", [self.redactor.diff(str(diff)).encode("utf-8", "surrogatepass")])
        self._lock_file(str(repo.get("commit") or ""), lock)
        return self._manifest(proof["comparison"]), spans

    def _cleaned_evidence(self, evidence: Row) -> Row:
        """Columns and rules are numbers under names of scores: taken as they are, whatever a score is called."""
        found = cast(
            "Row", self.redactor.value({**evidence, "rules": None, "experiment": None, "baseline": None})
        )
        for side in ("experiment", "baseline"):
            if evidence.get(side):
                found[side] = {**evidence[side], "head": self.redactor.value(_head_of(evidence[side]))}
        return {**found, "rules": evidence["rules"]}

    def _spans(self) -> Iterator[Row]:
        for row in self._cleaned(fetch_rows(self.state, "experiment", str(self.experiment["id"]))):
            self.contents.add(row)
            yield row

    def _cleaned(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            row.pop("org_id", None)
            yield cast("Row", self.redactor.value(row))

    def _dataset(self) -> None:
        dataset, version = self.experiment.get("dataset_id"), self.experiment.get("dataset_version")
        if not dataset:
            self.notes.append("no dataset: the cases came from the program, their inputs are in the spans")
            return
        rows = fetch_rows(self.state, "dataset", str(dataset), version=str(version) if version else None)
        try:
            first = next(rows, None)  # a dataset that is gone shows before the member is begun
        except ApiError as error:
            if error.status not in (403, 404):
                raise
            self.notes.append("the dataset is gone or may not be read: its rows are not in the capsule")
            return
        everything = _chain(first, rows)
        self.writer.add_rows("dataset.jsonl", self._cleaned(everything))

    def _lock_file(self, commit: str, given: Path | None) -> None:
        text, name = None, ""
        if given is not None:
            text, name = given.read_text(encoding="utf-8", errors="replace"), given.name
        elif commit:
            found = ((file_at(commit, name), name) for name in LOCK_FILES)
            text, name = next(((content, name) for content, name in found if content), (None, ""))
        if text is None:
            self.notes.append(
                "no lock file: save in the repository of the experiment's commit, or give --lock"
            )
            return
        origin = "given" if given is not None else f"commit {commit}"
        self.writer.add("lockfile.txt", [self.redactor.text(text).encode()], called=name, origin=origin)

    def _manifest(self, comparison: Row) -> str:
        def head(side: str) -> Row | None:
            found = cast("Row | None", comparison[side])
            return found and {name: found.get(name) for name in ("id", "name", "project_name", "created")}

        about = {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "assay": __version__,
            "server": cast("Row", self.state.transport.get("/version")).get("version"),
            "experiment": head("experiment"),
            "baseline": head("baseline"),
            "dataset": {
                "id": self.experiment.get("dataset_id"),
                "version": self.experiment.get("dataset_version"),
            },
            "parameters": cast("Row", self.experiment.get("metadata") or {}).get("parameters"),
            "redacted": self.redactor.count,
            "notes": self.notes,
        }
        return self.writer.close(cast("Row", self.redactor.value(about)))


def _heads(proof: Row) -> Iterator[Row]:
    for side in ("experiment", "baseline"):
        for found, pick in ((proof["comparison"], _itself), (proof["evidence"], _head_of)):
            if found.get(side):
                yield pick(found[side])


def _itself(head: Row) -> Row:
    return head


def _head_of(side: Row) -> Row:
    return cast("Row", side["head"])


def _chain(first: Row | None, rest: Iterable[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
        yield from rest
