"""Errors of the gateway itself; what a provider answers, error or not, is passed on as it came.

AssayError
├─ UpstreamFailed 502 ── UpstreamTimeout 504
├─ UnknownModel 404
└─ ForbiddenAddress 400
"""

from __future__ import annotations

from assay_server.errors import AssayError


class UpstreamFailed(AssayError):
    """The provider could not be reached or broke the connection before it answered."""

    status, code = 502, "provider_unreachable"


class UpstreamTimeout(UpstreamFailed):
    """The provider did not answer in time."""

    status, code = 504, "provider_timeout"


class UnknownModel(AssayError):
    """No provider serves the model asked for."""

    status, code = 404, "model_not_found"


class ForbiddenAddress(AssayError):
    """A provider address given by a user that points into a private network."""

    status, code = 400, "address_forbidden"
