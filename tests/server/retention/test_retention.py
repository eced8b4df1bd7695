"""Rows of a certain age are gone: from every read, from the store, and from nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from assay_server.adapters.jobs.database import DatabaseJobQueue
from assay_server.adapters.meta.store import MetaStore
from assay_server.adapters.meta.tables import audit_log
from assay_server.app import KINDS
from assay_server.engines.authz import Actor
from assay_server.engines.ingest.ingest import Ingest
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.features.projects.service import ObjectService
from assay_server.features.retention.runner import KIND, RetentionRunner
from assay_server.features.retention.service import Deleted, Retention, Rule, rules
from assay_server.ports.spans import SpanStore
from assay_server.settings import Settings
from tests.support.stores import embedded_store, running_ingest, select, writes

DAY = 86_400


@dataclass
class World:
    """A real store and database without a server, and a clock that is set."""

    meta: MetaStore
    store: SpanStore
    ingest: Ingest
    objects: ObjectService
    owner: Actor
    loop: asyncio.AbstractEventLoop
    now: float

    def retention(self, **options: Any) -> Retention:
        def append(rows: Any) -> None:
            self.loop.run_until_complete(self.ingest.append(rows, author=""))

        def settled() -> None:
            self.loop.run_until_complete(self.ingest.caught_up())

        return Retention(self.meta, self.store, append, settled, clock=lambda: self.now, **options)

    def run(self, *projects: str) -> list[Deleted]:
        """Carry out every rule; what that deleted in some projects."""
        return [one for one in self.retention().run() if one.rule.project_id in projects]

    def project(self, name: str, **days: int) -> str:
        project = self.objects.create(self.owner, "project", {"name": name})[0]["id"]
        for object_type, number in days.items():
            self.rule(project, object_type, number)
        return project

    def rule(self, project: str, object_type: str, days: int, **more: Any) -> None:
        config = {"event_type": "retention", "object_type": object_type, "retention_days": days, **more}
        values = {"project_id": project, "name": f"keep {object_type} {days}", "config": config}
        self.objects.create(self.owner, "project_automation", values)

    def log(self, project: str, ages: dict[str, float], kind: str = "project_logs", obj: str = "") -> None:
        rows = [
            {"id": name, "input": name, "created": stamp(self.now - days * DAY)}
            for name, days in ages.items()
        ]
        made = writes(*rows, project=project, kind=kind, obj=obj or project)
        self.loop.run_until_complete(self.ingest.append(made, author=""))

    def ids(self, project: str) -> dict[str, int]:
        """Rows of a project that are in the store in any version, deleted or not: how often each."""
        self.loop.run_until_complete(self.ingest.caught_up())
        found = select(
            self.store,
            f"SELECT id, count() AS n FROM spans WHERE project_id = '{project}' GROUP BY id ORDER BY id",
        )
        return {row["id"]: row["n"] for row in found}

    def told(self, project: str) -> list[dict[str, Any]]:
        query = sa.select(audit_log).where(audit_log.c.project_id == project, audit_log.c.action == "expire")
        with self.meta.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("retention")
    meta = MetaStore(f"sqlite:///{folder / 'meta.db'}")
    meta.start()
    first = bootstrap(meta, Settings(data=folder))
    store = embedded_store(folder / "store")
    store.start()
    loop = asyncio.new_event_loop()
    with running_ingest(store, folder / "ingest") as ingest:
        owner = AuthService(meta).actor_for_key(str(first.api_key))
        yield World(meta, store, ingest, ObjectService(meta, KINDS), owner, loop, time.time())
    loop.close()
    store.close()
    meta.close()


@pytest.fixture(autouse=True)
def _clock(world: World) -> Iterator[None]:
    now = world.now
    yield
    world.now = now


def test_only_rows_over_the_age_go_and_for_good(world: World) -> None:
    project = world.project("a", project_logs=7)
    other = world.project("b")
    world.log(project, {"old": 8, "older": 400, "young": 6.9, "new": 0})
    world.log(other, {"old": 400})
    (done,) = world.run(project)
    assert (done.rule, done.rows) == (Rule(world.owner.org_id, project, "project_logs", 7), 2)
    assert set(world.ids(project)) == {"young", "new"}
    assert set(world.ids(other)) == {"old"}
    (entry,) = world.told(project)
    assert (entry["actor_type"], entry["object_type"]) == ("system", "project_logs")
    assert (entry["changes"]["rows"], entry["changes"]["retention_days"]) == ({"after": 2}, {"after": 7})
    assert world.run(project) == []
    world.now += DAY
    assert [one.rows for one in world.run(project)] == [1]
    assert set(world.ids(project)) == {"new"}


def test_each_type_has_its_days_and_every_version_goes(world: World) -> None:
    project = world.project("c", dataset=10, experiment=30)
    world.log(project, {"row": 20}, kind="dataset", obj="d1")
    world.log(project, {"row": 20}, kind="dataset", obj="d1")
    world.log(project, {"case": 20}, kind="experiment", obj="e1")
    world.log(project, {"span": 20})
    assert world.ids(project)["row"] == 2
    assert [(one.rule.object_type, one.rows) for one in world.run(project)] == [("dataset", 1)]
    assert set(world.ids(project)) == {"case", "span"}


def test_a_row_that_went_does_not_come_back_with_a_merge(world: World) -> None:
    project = world.project("d", project_logs=7)
    world.log(project, {"old": 8})
    world.retention().run()
    (write,) = writes({"id": "old", "_is_merge": True, "tags": ["late"]}, project=project, obj=project)
    world.loop.run_until_complete(world.ingest.append([write], author=""))
    world.loop.run_until_complete(world.ingest.caught_up())
    found = select(
        world.store, f"SELECT input, tags FROM spans WHERE project_id = '{project}' AND _deleted = 0"
    )
    assert found == [{"input": "", "tags": ["late"]}]


def test_many_rows_go_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_server.features.retention.service.CHUNK", 3)
    project = world.project("e", project_logs=1)
    world.log(project, {f"r{n}": 2 for n in range(7)})
    assert [one.rows for one in world.run(project)] == [7]
    assert world.ids(project) == {}


def test_which_rules_hold(world: World) -> None:
    project = world.project("f", project_logs=30, dataset=0)
    world.rule(project, "project_logs", 20)
    world.rule(project, "experiment", 5, status="paused")
    other = world.project("g")
    config = {"event_type": "retention", "object_type": "experiment", "retention_days": 90}
    made = world.objects.create(world.owner, "org_automation", {"name": "all", "config": config})[0]
    try:
        mine = {(rule.object_type, rule.days) for rule in rules(world.meta) if rule.project_id == project}
        assert mine == {("project_logs", 20), ("experiment", 90)}
        assert [rule.days for rule in rules(world.meta) if rule.project_id == other] == [90]
    finally:
        world.objects.delete(world.owner, "org_automation", made["id"])
    world.objects.delete(world.owner, "project", project)
    assert [rule for rule in rules(world.meta) if rule.project_id in (project, other)] == []


def test_one_rule_that_fails_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (world.project(name, project_logs=7) for name in ("h", "i"))
    for project in (first, second):
        world.log(project, {"old": 8})
    retention = world.retention()
    carry_out = retention.carry_out

    def fail(rule: Rule) -> Any:
        if rule.project_id == first:
            raise RuntimeError("no such luck")
        return carry_out(rule)

    monkeypatch.setattr(retention, "carry_out", fail)
    done = [one.rule.project_id for one in retention.run()]
    assert second in done
    assert first not in done
    assert "no such luck" in caplog.text
    assert [one.rule.project_id for one in world.run(first, second)] == [first]


def test_the_audit_log_is_trimmed_only_where_that_is_set(world: World) -> None:
    project = world.project("j")
    world.now += 400 * DAY

    def kept() -> int:
        with world.meta.read() as connection:
            query = sa.select(sa.func.count()).where(audit_log.c.project_id == project)
            return connection.scalar(query) or 0

    world.retention().run()
    world.retention(audit_days=401).run()
    assert kept() == 1
    world.retention(audit_days=399).run()
    assert kept() == 0


def test_an_hour_is_one_job_and_rows_go_by_themselves(world: World) -> None:
    project = world.project("k", project_logs=7)
    world.log(project, {"old": 8, "new": 1})
    jobs = DatabaseJobQueue(world.meta)

    async def work() -> None:
        runner = RetentionRunner(world.meta, world.store, world.ingest, jobs, audit_days=0)
        runner.start(asyncio.get_running_loop())
        while jobs.counts()["done"] == 0:
            assert jobs.dead(kind=KIND) == []
            await asyncio.sleep(0.02)
        await asyncio.to_thread(runner.stop)

    world.loop.run_until_complete(asyncio.wait_for(work(), 60))
    assert set(world.ids(project)) == {"new"}
    hours = {int(time.time()) // 3600, int(time.time()) // 3600 - 1}
    assert not all(jobs.enqueue(KIND, "all", str(hour)) for hour in hours)
