"""Versions of datasets with the published Python SDK; `datasets.mjs` is the same in JavaScript. Prints what it saw."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

import braintrust
import requests
from braintrust.api import BraintrustClient

URL, KEY = os.environ["BRAINTRUST_API_URL"], os.environ["BRAINTRUST_API_KEY"]
PROJECT = os.environ["COMPAT_PROJECT"]
ENVIRONMENT = PROJECT.replace(" ", "-")


def report(**seen: Any) -> None:
    print(json.dumps(seen, default=str))


def opened(**options: Any) -> Any:
    return braintrust.init_dataset(project=PROJECT, name="songs", **options)


def send(method: str, path: str, body: Any) -> Any:
    """What this SDK has no function for."""
    answer = requests.request(method, f"{URL}/{path}", json=body, headers={"Authorization": f"Bearer {KEY}"})
    answer.raise_for_status()
    return answer.json()


def rows(**options: Any) -> list[list[Any]]:
    return sorted([row["id"], row["input"], row["expected"]] for row in opened(**options))


def main() -> None:
    dataset = opened()
    for number, name in enumerate("abc"):
        dataset.insert(id=name, input=number, expected=number * 2, metadata={"even": number % 2 == 0})
    dataset.flush()
    first = opened().version
    rest = BraintrustClient(api_key=KEY).openapi
    made = rest.dataset_snapshots.post_dataset_snapshot(
        body={"dataset_id": dataset.id, "name": "the first", "description": "three songs", "xact_id": first}
    )
    dataset.insert(id="a", input=10, expected=None)
    dataset.delete("b")
    dataset.insert(id="d", input=3)
    dataset.flush()
    rest.environments.create_environment(body={"name": PROJECT, "slug": ENVIRONMENT})
    pin = f"environment-object/dataset/{dataset.id}/{quote(ENVIRONMENT)}"
    send("PUT", pin, {"object_version": first})
    (found,) = rest.dataset_snapshots.get_dataset_snapshot(ids=made["id"])["objects"]
    report(
        dataset=dataset.id,
        first=first,
        snapshot=made,
        listed=found,
        now=rows(),
        by_snapshot=rows(version=found["xact_id"]),
        by_environment=rows(environment=ENVIRONMENT),
        environment_version=opened(environment=ENVIRONMENT).version,
        limited=len(rows(_internal_btql={"limit": 2})),
        filtered=rows(_internal_btql={"filter": {"btql": "metadata.even"}}, version=first),
    )
    evaluated = braintrust.Eval(
        PROJECT,
        experiment_name="pinned",
        data=opened(environment=ENVIRONMENT),
        task=lambda number: number * 2,
        scores=[lambda output, expected: output == expected],
    )
    report(pinned=evaluated.summary.experiment_id)
    preview = send("POST", f"v1/dataset/{dataset.id}/restore/preview", {"version": first})
    done, again = (send("POST", f"v1/dataset/{dataset.id}/restore", {"version": first}) for _ in range(2))
    report(preview=preview, restored=done, again=again, after=rows(), versions=[first, opened().version])


main()
