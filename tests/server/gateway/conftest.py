"""The gateway of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.gateway.gateway_site import Site, gateway_site


@pytest.fixture(params=["real"])
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """`real`: OpenAI models have a key; `scripted`: nothing has."""
    with gateway_site(tmp_path, real=request.param == "real") as found:
        yield found
