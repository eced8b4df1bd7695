"""Traces that cross threads, processes and services."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import assay
from assay.client.config import resolve_config
from assay.client.state import State, set_current_state
from tests.sdk.tracing.support.server import KEY, LogServer

CHILD = """
import sys, assay
with assay.start_span("in child", parent=sys.argv[1], input="x"):
    assay.start_span("below").end()
"""


def test_another_process_continues_the_trace(logger: assay.Logger, server: LogServer) -> None:
    with assay.start_span("here") as span:
        env = {**os.environ, "ASSAY_URL": server.url, "ASSAY_API_KEY": KEY}
        subprocess.run([sys.executable, "-c", CHILD, span.export()], env=env, check=True, timeout=60)
    assay.flush()
    child = server.span("in child")
    assert child["span_parents"] == [span.span_id]
    assert child["project_id"] == server.span("here")["project_id"]
    assert server.span("below")["span_parents"] == [child["span_id"]]
    assert {row["root_span_id"] for row in server.rows.values()} == {span.root_span_id}


def test_parent_context_wins_over_the_current_span(logger: assay.Logger, server: LogServer) -> None:
    remote = assay.init_logger(project="remote", set_current=False).start_span("remote")
    with assay.start_span("local"), assay.parent_context(remote.export()):
        with assay.start_span("adopted"):
            assay.start_span("grandchild").end()
        with assay.parent_context(None):
            assay.start_span("still remote").end()
    with assay.start_span("after"):
        pass
    remote.end()
    assay.flush()
    assert server.span("adopted")["span_parents"] == [remote.span_id]
    assert server.span("adopted")["project_id"] == server.objects["project"]["remote"]["id"]
    assert server.span("grandchild")["span_parents"] == [server.span("adopted")["span_id"]]
    assert server.span("still remote")["root_span_id"] == remote.root_span_id
    assert server.span("after")["span_parents"] is None


def test_traceparent_in_and_out(logger: assay.Logger, server: LogServer) -> None:
    header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with assay.start_span("served", parent=header) as span:
        assert assay.traceparent() == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{span.span_id}-01"
        assert assay.traceparent(span) == assay.traceparent()
    assert assay.traceparent() is None
    assay.flush()
    row = server.span("served")
    assert (row["root_span_id"], row["span_parents"]) == (
        "4bf92f3577b34da6a3ce929d0e0e4736",
        ["00f067aa0ba902b7"],
    )


def test_a_logger_as_parent_starts_a_new_trace_there(logger: assay.Logger, server: LogServer) -> None:
    other = assay.init_logger(project="queue", set_current=False)
    assay.start_span("job", parent=other.export()).end()
    assay.flush()
    row = server.span("job")
    assert row["span_parents"] is None
    assert row["project_id"] == server.objects["project"]["queue"]["id"]


def test_propagated_events_reach_every_descendant(logger: assay.Logger, server: LogServer) -> None:
    root = logger.start_span("root", propagated_event={"metadata": {"tenant": "t1"}, "tags": ["beta"]})
    root.start_span("child", metadata={"own": 1}).end()
    exported = root.export()
    root.end()
    assay.start_span("far", parent=exported).end()
    assay.flush()
    assert server.span("root")["metadata"] == {"tenant": "t1"}
    assert server.span("child")["metadata"] == {"tenant": "t1", "own": 1}
    assert server.span("far")["tags"] == ["beta"]


def test_an_unreadable_parent_is_reported_once_and_starts_a_trace(
    logger: assay.Logger, server: LogServer, caplog: object
) -> None:
    assay.start_span("orphan", parent="%%%").end()
    assay.start_span("orphan", parent="%%%").end()
    assay.flush()
    assert [row["span_parents"] for row in server.named("orphan")] == [None, None]
    assert len(caplog.records) == 1  # type: ignore[attr-defined]
    assert "not an exported span" in caplog.text  # type: ignore[attr-defined]


def test_links_are_made_without_a_request(server: LogServer) -> None:
    config = resolve_config(api_key=KEY, api_url=server.url, org_name="acme org")
    before = set_current_state(State(config))
    try:
        logger = assay.init_logger(project="a/b c", set_current=False)
        span = logger.start_span("s")
        page = f"{server.url}/app/acme%20org/p/a%2Fb%20c/logs"
        assert logger.link() == page
        assert span.link() == f"{page}?r={span.root_span_id}&s={span.span_id}"
        assert server.requests == []
        assert assay.permalink(span.export()) == span.link()
    finally:
        state = set_current_state(before)
        assert state is not None
        state.close()


def test_a_link_without_names_uses_the_redirect_and_permalink_completes_it(
    logger: assay.Logger, server: LogServer
) -> None:
    span = logger.start_span("s")
    assert span.link().startswith(f"{server.url}/app/object?object_type=project_logs&project_name=p&r=")
    assert span.permalink().startswith(f"{server.url}/app/acme%20org/p/p/logs?r={span.root_span_id}")
    span.end()


def test_links_are_complete_once_a_row_has_been_delivered(logger: assay.Logger, server: LogServer) -> None:
    logger.log(input=1)
    assay.flush()
    assert logger.link() == f"{server.url}/app/acme%20org/p/p/logs"


def test_an_exported_experiment_span_carries_the_experiment(state: State, server: LogServer) -> None:
    experiment = assay.init("p", "e", git_metadata_settings=False)
    span = experiment.start_span("case")
    assay.start_span("remote part", parent=span.export()).end()
    span.end()
    assay.flush()
    assert server.span("remote part")["experiment_id"] == experiment.id
    assert json.dumps(server.span("remote part")["span_parents"]) == json.dumps([span.span_id])
