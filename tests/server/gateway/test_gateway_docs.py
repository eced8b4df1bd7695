"""The examples of docs/gateway.md run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.server.gateway.gateway_site import Site, gateway_site

PAGE = (Path(__file__).parents[3] / "docs" / "gateway.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.S)
SCENARIOS = [block for block in BLOCKS if "PRIORITY" in block]
PROGRAMS = [block for block in BLOCKS if "PRIORITY" not in block]


def test_the_programs_run_one_after_the_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_API_KEY", site.key)
    known: dict[str, Any] = {}
    for program in PROGRAMS:
        exec(program.replace("http://127.0.0.1:8484", site.url), known)
    assert len(site.upstream.requests) == len(PROGRAMS) == 2
    assert site.written.only()["metadata"]["model"] == "gpt-4o-mini"
    known["client"].close()


def test_the_scenario_works(tmp_path: Path) -> None:
    [scenario] = SCENARIOS
    (tmp_path / "weather.py").write_text(scenario, encoding="utf-8")
    tool: Any = {"type": "function", "function": {"name": "forecast", "parameters": {"type": "object"}}}
    with gateway_site(tmp_path, real=False, scenarios=(tmp_path,)) as site, site.client() as client:
        messages: list[Any] = [
            {"role": "system", "content": "You tell the weather."},
            {"role": "user", "content": "Oslo"},
        ]
        asked = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[tool])
        [call] = asked.choices[0].message.tool_calls or ()
        messages.append(asked.choices[0].message.model_dump(exclude_none=True))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "12 degrees"})
        told = client.chat.completions.create(model="gpt-4o", messages=messages, tools=[tool])
    assert told.choices[0].message.content in ("It will be sunny.", "It will be cloudy.")


def test_every_provider_and_setting_is_on_the_page() -> None:
    from assay_server.engines.gateway.providers.catalog import PROVIDERS

    for provider in PROVIDERS:
        assert f"| {provider.name} | `{provider.key_variable}` | `{provider.url_variable}` |" in PAGE
    for name in ("ASSAY_SCENARIOS", "x-bt-parent", "x-bt-span-id", "x-assay-scripted"):
        assert name in PAGE
