"""The statistics of an experiment from its evidence, without a server: JSON in, JSON out.

The one function the light SDK may import of this package beside `serve` (`docs/design/011-capsule.md`), so
that `assay capsule verify` uses the very code that made the numbers it checks.
"""

from __future__ import annotations

import msgspec

from assay_server.features.experiments.evidence import comparison_of, decode_evidence, encode


def recompute(evidence: bytes) -> bytes:
    """The comparison that follows from an `Evidence` document, as `GET /v1/experiment/{id}/compare` words it.

    Raises ValueError when the document is no evidence, or its columns do not fit together.
    """
    try:
        return encode(comparison_of(decode_evidence(evidence)))
    except msgspec.MsgspecError as error:
        raise ValueError(f"not the evidence of a comparison: {error}") from error
