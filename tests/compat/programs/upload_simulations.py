"""Uploads simulations of a customer-service benchmark: a dataset of its tasks, and an experiment for each file.

Run with the result files as arguments, as often as you like: rows are known by their ids.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import braintrust

PROJECT = os.environ["COMPAT_PROJECT"]
DATASET = "Tau Bench Telecom Tasks"


def upload_tasks(tasks):
    """The tasks as dataset rows."""
    dataset = braintrust.init_dataset(project=PROJECT, name=DATASET)
    for task in tasks:
        dataset.insert(
            id=task["id"],
            input={"task_id": task["id"], "scenario": task["user_scenario"], "ticket": task["ticket"]},
            expected=task["evaluation_criteria"],
            metadata={"description": task["description"], "initial_state": task["initial_state"]},
        )
    dataset.flush()
    return dataset


def upload_simulations(name, simulations):
    """One experiment: a row for each simulation, with its reward and what the trials of its task amount to."""
    rewards = defaultdict(list)
    for one in simulations:
        rewards[one["task_id"]].append(one["reward_info"]["reward"])
    experiment = braintrust.init(project=PROJECT, experiment=name, update=True)
    for one in simulations:
        trials = rewards[one["task_id"]]
        experiment.log(
            id=f"{one['task_id']}:{one['trial']}",
            input={"task_id": one["task_id"]},
            output=one["messages"],
            scores={
                "reward": one["reward_info"]["reward"],
                "pass_at_k": sum(trials) / len(trials),
                "pass_exp_k": float(all(reward == 1.0 for reward in trials)),
            },
            metadata={"trial": one["trial"], "termination_reason": one["termination_reason"]},
            metrics={"start": one["start_time"], "end": one["end_time"], "estimated_cost": one["agent_cost"]},
        )
    experiment.flush()
    return experiment


files = [Path(argument) for argument in sys.argv[1:]]
dataset = upload_tasks(json.loads(files[0].read_text())["tasks"])
made = {}
for path in files:
    experiment = upload_simulations(path.stem, json.loads(path.read_text())["simulations"])
    scores = experiment.summarize().scores
    again = braintrust.init(project=PROJECT, experiment=path.stem, open=True)
    made[path.stem] = {
        "id": experiment.id,
        "scores": {name: score.score for name, score in scores.items()},
        "rows": sorted([row["id"], row["scores"]] for row in again.fetch()),
    }
stored = braintrust.init_dataset(project=PROJECT, name=DATASET)
print(
    json.dumps({"experiments": made, "tasks": [[row["id"], row["input"], row["expected"]] for row in stored]})
)
