"""Forks, worker processes, exits: whole programs against a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from assay.client import offline
from assay.client.http import Transport
from tests.sdk.tracing.support.server import KEY, LogServer, running_server


def run_program(code: str, url: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a script with the SDK pointed at a server; its home is the folder."""
    script = folder / "program.py"
    script.write_text(textwrap.dedent(code), encoding="utf-8")
    env = {**os.environ, "ASSAY_URL": url, "ASSAY_API_KEY": KEY, "XDG_STATE_HOME": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-W", "error", script],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def spooled(folder: Path) -> list[dict[str, object]]:
    """The rows in a spool directory."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line)["row"] for line in lines]


def test_rows_are_delivered_at_exit_without_a_flush(server: LogServer, tmp_path: Path) -> None:
    done = run_program(
        """
        import atexit, assay
        logger = assay.init_logger("p")
        atexit.register(lambda: logger.log(input="from an exit handler"))
        logger.log(input="from main")
        """,
        server.url,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(row["input"] for row in server.rows.values()) == ["from an exit handler", "from main"]


def test_a_first_row_in_an_exit_handler_still_arrives(server: LogServer, tmp_path: Path) -> None:
    code = """
        import atexit, assay
        logger = assay.init_logger("p")
        atexit.register(lambda: logger.log(input="late"))
        """
    done = run_program(code, server.url, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["input"] for row in server.rows.values()] == ["late"]


def test_a_forked_child_sends_its_own_rows_only(server: LogServer, tmp_path: Path) -> None:
    done = run_program(
        """
        import os, assay
        logger = assay.init_logger("p")
        with assay.start_span("parent") as parent:
            logger.log(name="queued before the fork", input=os.getpid())
            pid = os.fork()
            if pid == 0:
                with assay.start_span("child", input=1):
                    pass
                assay.flush()
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            parent.log(output="done")
        assay.flush()
        """,
        server.url,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert server.span("child")["span_parents"] == [server.span("parent")["span_id"]]
    assert server.span("parent")["output"] == "done"
    assert len(server.named("queued before the fork")) == 1
    assert len([r for r in server.written() if (r.get("span_attributes") or {}).get("name") == "parent"]) == 1


def test_children_forked_while_sending_do_not_hang_or_share_ids(server: LogServer, tmp_path: Path) -> None:
    server.answer_delay = 0.02
    done = run_program(
        """
        import os, threading, assay
        logger = assay.init_logger("p")
        def busy():
            for n in range(200):
                logger.log(name="parent", input=n)
        threads = [threading.Thread(target=busy) for _ in range(2)]
        for t in threads: t.start()
        children = []
        for n in range(6):
            pid = os.fork()
            if pid == 0:
                logger.log(name="child", input=n)
                assay.flush()
                os._exit(0)
            children.append(pid)
        for pid in children:
            assert os.waitpid(pid, 0)[1] == 0
        for t in threads: t.join()
        """,
        server.url,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(row["input"] for row in server.named("child")) == list(range(6))
    assert len({row["span_id"] for row in server.named("child")}) == 6
    assert len(server.named("parent")) == 400


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_deliver_before_they_end(server: LogServer, tmp_path: Path, method: str) -> None:
    done = run_program(
        f"""
        import multiprocessing, assay

        def work(n):
            assay.init_logger("p").log(name="worker", input=n)

        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            workers = [context.Process(target=work, args=(n,)) for n in range(3)]
            for worker in workers: worker.start()
            for worker in workers: worker.join()
            assert [worker.exitcode for worker in workers] == [0, 0, 0]
        """,
        server.url,
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(row["input"] for row in server.named("worker")) == [0, 1, 2]


def test_exit_with_a_dead_server_is_quick_quiet_and_loses_nothing(tmp_path: Path) -> None:
    with running_server() as gone:
        pass
    began = time.monotonic()
    done = run_program(
        """
        import assay
        logger = assay.init_logger("p")
        for n in range(2000):
            logger.log(input=n)
        """,
        gone.url,
        tmp_path,
    )
    assert time.monotonic() - began < 15  # at most 5 s of it waiting for the server
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert "assay sync push" in done.stderr
    rows = spooled(tmp_path / "assay" / "spool")
    assert [row["input"] for row in rows] == list(range(2000))


def test_memory_stays_flat_with_a_dead_server(tmp_path: Path) -> None:
    with running_server() as gone:
        pass
    done = run_program(
        """
        import resource, assay
        logger = assay.init_logger("p")
        def log(count):
            for n in range(count):
                logger.log(input="x" * 2000)
        log(6_000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        log(60_000)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        """,
        gone.url,
        tmp_path,
        ASSAY_QUEUE_SIZE="5000",
    )
    assert done.returncode == 0
    assert int(done.stdout) < 30_000  # KiB; 60,000 rows of 2 KB would be 120,000
    assert len(spooled(tmp_path / "assay" / "spool")) <= 5_000 + 1_000


def test_spooled_rows_are_pushed_later_into_one_trace(server: LogServer, tmp_path: Path) -> None:
    done = run_program(
        """
        import assay
        logger = assay.init_logger("offline project")
        with assay.start_span("root", input=1) as root:
            assay.flush()
            root.log(output=2)
            with assay.start_span("child"): pass
        data = assay.init_dataset("offline project", "cases")
        data.insert(input="q", expected="a", id="row1")
        experiment = assay.init("offline project", "run", git_metadata_settings=False)
        experiment.start_span("case", input=1, output=2, scores={"s": 1}).end()
        experiment.start_span("case", input=2, output=2, scores={"s": 0}).end()
        """,
        "http://127.0.0.1:9",
        tmp_path,
        ASSAY_OFFLINE=str(tmp_path / "spool"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    (file,) = (tmp_path / "spool").glob("*.jsonl")
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open("a") as spool:
        spool.write('{"target": {"object_type"')  # the machine died while writing

    report = offline.push(tmp_path / "spool", Transport(server.url, KEY))
    assert (report.sent, report.rejected, report.unreadable, report.files) == (6, 0, 1, 1)
    assert list((tmp_path / "spool").iterdir()) == []
    assert (server.span("root")["input"], server.span("root")["output"]) == (1, 2)
    assert server.span("child")["root_span_id"] == server.span("root")["root_span_id"]
    assert server.rows["row1"]["dataset_id"] == server.objects["dataset"]["cases"]["id"]
    (experiment,) = server.objects["experiment"].values()
    assert [row["experiment_id"] for row in server.named("case")] == [experiment["id"]] * 2


def test_a_push_interrupted_by_the_server_can_be_repeated(server: LogServer, tmp_path: Path) -> None:
    code = 'import assay; assay.init_logger("p").log(input="x")'
    run_program(code, "http://127.0.0.1:9", tmp_path, ASSAY_OFFLINE=str(tmp_path / "spool"))
    server.fail(503)
    with pytest.raises(Exception, match="503"):
        offline.push(tmp_path / "spool", Transport(server.url, KEY))
    assert offline.push(tmp_path / "spool", Transport(server.url, KEY)).sent == 1
    assert [row["input"] for row in server.rows.values()] == ["x"]


def test_a_spool_that_cannot_be_written_is_reported_not_raised(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the directory should be")
    code = 'import assay; assay.init_logger("p").log(input="x"); assay.flush(); print("went on")'
    done = run_program(code, "http://127.0.0.1:9", tmp_path, ASSAY_OFFLINE=str(blocked))
    assert (done.returncode, done.stdout) == (0, "went on\n")
    assert "cannot write the spool" in done.stderr


def test_exit_does_not_wait_for_a_server_that_hangs(server: LogServer, tmp_path: Path) -> None:
    server.answer_delay = 30
    began = time.monotonic()
    code = 'import assay; logger = assay.init_logger("p"); logger.log(input=1); logger.log(input=2)'
    done = run_program(code, server.url, tmp_path)
    assert time.monotonic() - began < 15  # at most 5 s of it waiting for the server
    assert done.returncode == 0
    assert "did not take 2 rows" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [row["input"] for row in spooled(tmp_path / "assay" / "spool")] == [1, 2]
