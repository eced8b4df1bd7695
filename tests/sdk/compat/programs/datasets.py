"""A dataset through its life: insert, update, delete, read, and read an earlier version."""

from __future__ import annotations

from typing import Any

from _sdk import PROJECT, braintrust, report


def rows(dataset: Any) -> list[list[Any]]:
    columns = ("id", "input", "expected", "metadata", "tags")
    return sorted([row.get(column) for column in columns] for row in dataset)


def opened(version: str | None = None) -> Any:
    return braintrust.init_dataset(project=PROJECT, name="songs", description="what to play", version=version)


dataset = opened()
for name in ("a", "b", "c"):
    dataset.insert(id=name, input={"mood": name}, expected=[name], metadata={"n": {"x": 1}}, tags=["new"])
dataset.flush()
first = opened()
version = first.version
report(first=rows(first))

dataset.update(id="a", expected="changed", metadata={"n": {"y": 2}})
dataset.delete("b")
dataset.insert(id="c", input="replaced")
dataset.flush()
report(now=rows(opened()), pinned=rows(opened(version)))
summary = dataset.summarize()
report(name=summary.dataset_name, total=summary.data_summary.total_records if summary.data_summary else None)
