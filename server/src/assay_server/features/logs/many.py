"""Rows and feedback of many objects in one request: `{"<object type>": {"<id>": {"events": […], "feedback": […]}}}`."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec import Raw

from assay_server.engines.authz import ObjectRef
from assay_server.engines.ingest.rows import reject_body
from assay_server.errors import AssayError, BadRequest
from assay_server.features.logs.batch import MAX_OBJECTS, Batch, Resolve, read_batch
from assay_server.features.logs.feedback import feedback_rows

NOUNS = ("project_logs", "experiment", "dataset")


class Part(msgspec.Struct):
    """What one object gets."""

    events: list[Raw] | None = None
    feedback: Raw = Raw(b"null")


class ManyBody(msgspec.Struct):
    """Body of POST /v1/insert."""

    project_logs: dict[str, Part] | None = None
    experiment: dict[str, Part] | None = None
    dataset: dict[str, Part] | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """One object of a request, what is to be written to it, and how many of the rows are events."""

    noun: str
    ref: str
    batch: Batch
    events: int


def read_many(body: bytes, resolve: Resolve) -> list[Addressed]:
    """The checked rows of every object, in request order. An object that cannot be written to refuses its own rows.

    Raises BadRequest for a body of another shape, for malformed feedback and for more than 1,000 objects, and what
    `resolve` raises for an object that is sent nothing.
    """
    try:
        parsed = msgspec.json.decode(body, type=ManyBody)
    except msgspec.ValidationError as error:
        raise BadRequest(
            'the body must be {"<project_logs, experiment or dataset>": {"<id>": {"events": […], "feedback": […]}}}: '
            f"{error}",
            code="rows_invalid",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise reject_body(error) from None
    wanted = [(noun, ref, part) for noun in NOUNS for ref, part in (getattr(parsed, noun) or {}).items()]
    if len(wanted) > MAX_OBJECTS:
        raise BadRequest(
            f"{len(wanted):,} objects in one request; send at most {MAX_OBJECTS:,}", code="objects_too_many"
        )
    return [_read(noun, ref, part, resolve) for noun, ref, part in wanted]


def _read(noun: str, ref: str, part: Part, resolve: Resolve) -> Addressed:
    events = list(part.events or ())
    feedback = []
    if bytes(part.feedback) != b"null":
        feedback = feedback_rows(b'{"feedback":%b}' % bytes(part.feedback), dataset=noun == "dataset")
    found: ObjectRef | AssayError
    try:
        found = resolve(noun, ref)
    except AssayError as error:
        found = error
    if not events and not feedback:
        _or_raise(found)
    batch = read_batch([*events, *feedback], lambda _wire, _at: _or_raise(found))
    for error in batch.errors:
        error.details |= {"object_type": noun, "object_id": ref}
    return Addressed(noun, ref, batch, len(events))


def _or_raise(found: ObjectRef | AssayError) -> ObjectRef:
    if isinstance(found, AssayError):
        raise found
    return found


def merged(parts: list[Addressed]) -> Batch:
    """All rows as one batch, to be written in one transaction."""
    batch = Batch()
    for part in parts:
        batch.rows += part.batch.rows
        batch.ids += part.batch.ids
        batch.errors += part.batch.errors
    return batch


def ids_of(parts: list[Addressed]) -> dict[str, dict[str, dict[str, list[str | None]]]]:
    """The answer: for every object the ids of its events, in order."""
    answer: dict[str, dict[str, dict[str, list[str | None]]]] = {}
    for part in parts:
        answer.setdefault(part.noun, {})[part.ref] = {"row_ids": part.batch.ids[: part.events]}
    return answer
