"""One server for the tests of this folder; each test writes to a project of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.servers import ServerProcess, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("otlp") / "data", ASSAY_MAX_BODY=str(8 << 20)) as found:
        yield found
