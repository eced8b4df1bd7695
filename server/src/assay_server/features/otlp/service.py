"""From the body of an export request to rows and a verdict on each span."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from assay_server.engines.ingest.rows import RowWrite
from assay_server.engines.otel.conventions.braintrust import PARENT
from assay_server.engines.otel.rows import Place, row_of
from assay_server.engines.otel.span import OtelSpan, SpanRejected
from assay_server.errors import AssayError, BadRequest, TooMany, Unavailable

MAX_SPANS = 100_000

Resolve = Callable[[str, str], Place]
"""(reference, where it stood) → the place, after a permission check. Raises an AssayError."""


@dataclass(slots=True)
class Export:
    """What came of one request: rows to write, and why each other span is refused."""

    rows: list[RowWrite] = field(default_factory=list)
    refused: list[AssayError] = field(default_factory=list)

    def message(self) -> str:
        """What was refused, in one sentence; empty when nothing was."""
        if not self.refused:
            return ""
        reasons = dict.fromkeys(error.message for error in self.refused)
        more = f" (and {len(reasons) - 3} other reasons)" if len(reasons) > 3 else ""
        told = "; ".join(list(reasons)[:3])
        return f"{len(self.refused)} of {len(self.refused) + len(self.rows)} spans were refused: {told}{more}"


def read_export(
    spans: Iterable[OtelSpan | SpanRejected], header: str | None, resolve: Resolve, *, header_name: str
) -> Export:
    """Address and map every span; one that is refused never costs the others.

    A span names its parent in its own attribute `braintrust.parent`, else in that of its resource, else the
    request does in its header. Raises BadRequest for more than `MAX_SPANS`, and what is worth sending again.
    """
    export = Export()
    places: dict[tuple[str, str], Place | AssayError] = {}
    for at, span in enumerate(spans):
        if at >= MAX_SPANS:
            raise BadRequest(f"send at most {MAX_SPANS:,} spans in one request", code="spans_too_many")
        try:
            if isinstance(span, SpanRejected):
                raise span
            reference, source = _reference(span, header, header_name)
            if (reference, source) not in places:
                places[reference, source] = _resolved(resolve, reference, source)
            place = places[reference, source]
            if isinstance(place, AssayError):
                raise place
            export.rows.append(row_of(span, place))
        except (TooMany, Unavailable):
            raise
        except SpanRejected as error:
            export.refused.append(SpanRejected(f"span {at}: {error.message}", code=error.code, span=at))
        except AssayError as error:
            export.refused.append(error)
    return export


def _reference(span: OtelSpan, header: str | None, header_name: str) -> tuple[str, str]:
    for attributes, source in (
        (span.attributes, f"attribute {PARENT}"),
        (span.source.resource, f"resource attribute {PARENT}"),
    ):
        said = attributes.get(PARENT)
        if isinstance(said, str) and said:
            return said, source
    if header:
        return header, f"header {header_name}"
    raise BadRequest(
        f"no parent is named: send the header {header_name}: project_name:<name>, or set the span attribute "
        f"{PARENT}",
        code="parent_missing",
    )


def _resolved(resolve: Resolve, reference: str, source: str) -> Place | AssayError:
    try:
        return resolve(reference, source)
    except AssayError as error:
        if isinstance(error, TooMany | Unavailable):
            raise  # the whole request can be sent again; a refused span is lost
        return error
