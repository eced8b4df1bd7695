"""A masking function."""

from __future__ import annotations

from typing import Any

from _sdk import PROJECT, braintrust

logger = braintrust.init_logger(project=PROJECT)


def masked(value: Any) -> Any:
    return value.replace("secret", "***") if isinstance(value, str) else value


braintrust.set_masking_function(masked)
with logger.start_span(name="masked", input="my secret", metadata={"plain": 1}) as span:
    span.log(output="secret too", expected="secret", tags=["secret"])
logger.flush()
