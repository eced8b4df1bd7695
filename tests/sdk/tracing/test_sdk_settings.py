"""Which server, which key, what a failing request says; and what the package weighs."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import assay
from assay.client.config import (
    DEFAULT_URL,
    Config,
    config_path,
    read_config_file,
    resolve_config,
    write_config_file,
)
from assay.client.http import Transport, backoff_delay
from assay.client.state import current_state, set_current_state
from assay.core.errors import ApiError, ConfigError, Unreachable
from tests.sdk.tracing.support.server import KEY, LogServer, running_server


@pytest.fixture(autouse=True)
def settings_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration directory."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def test_defaults() -> None:
    assert resolve_config() == Config(url=DEFAULT_URL, app_url=DEFAULT_URL, api_key=None, org_name=None)


def test_the_saved_file_serves_when_the_environment_says_nothing() -> None:
    path = write_config_file({"url": "http://saved:1", "api_key": "k", "org_name": "o"})
    assert path == config_path()
    assert path.stat().st_mode & 0o777 == 0o600
    assert resolve_config() == Config(
        url="http://saved:1", app_url="http://saved:1", api_key="k", org_name="o"
    )


def test_arguments_win_over_assay_over_braintrust_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write_config_file({"url": "http://saved:1", "api_key": "saved"})
    monkeypatch.setenv("BRAINTRUST_API_URL", "https://b:2/")
    monkeypatch.setenv("BRAINTRUST_APP_URL", "https://app:2")
    monkeypatch.setenv("BRAINTRUST_API_KEY", "b")
    found = resolve_config()
    assert (found.url, found.app_url, found.api_key) == ("https://b:2", "https://app:2", "b")
    monkeypatch.setenv("ASSAY_URL", "http://a:3")
    monkeypatch.setenv("ASSAY_API_KEY", "a")
    found = resolve_config()
    assert (found.url, found.app_url, found.api_key) == ("http://a:3", "http://a:3", "a")
    found = resolve_config(app_url="http://arg:4", api_key="arg", org_name="org")
    assert (found.url, found.app_url, found.api_key, found.org_name) == (
        "http://arg:4",
        "http://arg:4",
        "arg",
        "org",
    )


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_file_says_how_to_mend_it(text: str) -> None:
    path = write_config_file({})
    path.write_text(text)
    with pytest.raises(ConfigError, match="assay login"):
        read_config_file()


def test_a_url_without_scheme_is_refused() -> None:
    with pytest.raises(ConfigError, match="http://host:port"):
        resolve_config(api_url="localhost:8484")


def test_login_finds_the_organization_and_names_bad_keys(server: LogServer) -> None:
    before = set_current_state(None)
    try:
        assert assay.login(app_url=server.url, api_key=KEY)["name"] == "acme org"
        assert current_state().org_name == "acme org"
        with pytest.raises(ApiError, match="401 unknown key") as refused:
            assay.init_logger("p", app_url=server.url, api_key="wrong", force_login=True, set_current=False)
        assert (refused.value.status, refused.value.code) == (401, "unauthorized")
        with pytest.raises(ConfigError, match="'elsewhere'"):
            assay.login(app_url=server.url, api_key=KEY, org_name="elsewhere")
        with pytest.raises(ConfigError, match="ASSAY_API_KEY"):
            assay.login(app_url="http://127.0.0.1:9")
    finally:
        set_current_state(before)


def test_the_same_settings_share_one_state(server: LogServer) -> None:
    before = set_current_state(None)
    try:
        first = assay.init_logger("a", app_url=server.url, api_key=KEY, set_current=False).state
        assert assay.init_dataset("b", "d", app_url=server.url, api_key=KEY).state is first
        assert assay.init_dataset("b", "d").state is first
        assert assay.init_dataset("b", "d", api_key="other").state is not first
    finally:
        set_current_state(before)


def test_requests_without_an_answer_name_the_server() -> None:
    with running_server() as gone:
        url = gone.url
    with pytest.raises(Unreachable, match=f"no answer from {url}/v1/project"):
        Transport(url, KEY).get("/v1/project")


def test_idempotent_calls_are_repeated_and_others_not(server: LogServer) -> None:
    transport = Transport(server.url, KEY)
    server.fail(503, times=2)
    assert transport.post("/logs3", {"rows": []})["ids"] == []
    server.fail(503)
    with pytest.raises(ApiError, match="scripted failure"):
        transport.request("POST", "/logs3", json={"rows": []})
    with pytest.raises(ApiError, match="no route GET /nowhere"):
        transport.get("/nowhere", a=None, b=True)
    assert server.requests[-1] == ("GET", "/nowhere", {"b": "true"})
    transport.close()


def test_back_off_grows_is_capped_and_obeys_the_server() -> None:
    delays = [backoff_delay(n, base=0.25, cap=30) for n in range(1, 60)]
    assert 0.125 <= delays[0] <= 0.25
    assert all(15 <= delay <= 30 for delay in delays[10:])
    asked = ApiError("slow down", status=429, retry_after=7.5)
    assert backoff_delay(1, asked, base=0.25, cap=30) == 7.5


def test_every_public_name_can_be_imported_and_is_documented() -> None:
    for name in assay.__all__:
        if name in ("Eval", "EvalAsync", "EvalCase", "EvalHooks", "EvalResult", "Score"):
            continue  # the evals package has its own tests
        found = getattr(assay, name)
        assert inspect.getdoc(found if callable(found) else type(found)), name
    assert set(assay.__all__) <= set(dir(assay))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = assay.nonsense


def test_ordinary_code_of_the_field_runs(server: LogServer, tmp_path: Path) -> None:
    script = tmp_path / "ordinary.py"
    script.write_text(
        """
import os, assay as braintrust
logger = braintrust.init_logger(project="demo", api_key=os.environ["BRAINTRUST_API_KEY"])

@braintrust.traced(name="lookup", type="tool")
def lookup(query):
    braintrust.current_span().log(metadata={"hits": 2})
    return ["a", "b"]

@braintrust.traced
def agent(question):
    with braintrust.start_span(name="plan", type=braintrust.SpanTypeAttribute.TASK, input=question) as span:
        span.log(output="use lookup", scores={"confidence": 0.9})
    return lookup(question)

agent("songs")
row = logger.log(input="q", output="a")
logger.log_feedback(id=row, scores={"thumbs": 1}, comment="nice")
with braintrust.init_dataset(project="demo", name="golden") as dataset:
    dataset.insert(input="q", expected="a")
experiment = braintrust.init(project="demo", experiment="first")
experiment.log(input="q", output="a", expected="a", scores={"exact": 1})
print(experiment.summarize().scores["exact"].score)
braintrust.flush()
"""
    )
    env = {"BRAINTRUST_API_KEY": KEY, "BRAINTRUST_APP_URL": server.url, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, script], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.75\n", "")
    assert server.span("lookup")["metadata"] == {"hits": 2}
    assert server.span("plan")["span_parents"] == [server.span("agent")["span_id"]]
    assert len([row for row in server.rows.values() if row.get("dataset_id")]) == 1


def test_importing_the_package_is_cheap() -> None:
    code = """
import sys, time
before = time.process_time()
import assay
assay.init_logger, assay.traced, assay.start_span
heavy = [name for name in ("openai", "urllib3", "click", "pydantic", "assay_server", "numpy") if name in sys.modules]
print([time.process_time() - before, heavy])
"""
    found = [json.loads(_output(code).replace("'", '"')) for _ in range(3)]
    assert found[0][1] == []
    assert min(seconds for seconds, _ in found) < 0.15


def test_the_package_and_what_it_needs_stay_small() -> None:
    needed = ["msgspec", "urllib3", "click"]
    own = sum(path.stat().st_size for path in Path(assay.__path__[0]).rglob("*") if _is_source(path))
    others = sum(_installed_size(name) for name in needed)
    assert own + others < 5_000_000
    for name in needed:
        required = importlib.metadata.requires(name) or []
        assert [line for line in required if "extra ==" not in line and "platform_system" not in line] == []


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _installed_size(name: str) -> int:
    files = importlib.metadata.files(name) or []
    return sum(Path(str(file.locate())).stat().st_size for file in files if file.suffix != ".pyc")


def _output(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    ).stdout
