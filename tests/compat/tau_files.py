"""Result files of a simulated customer-service benchmark: 114 tasks, 4 trials of each, the same for the same seed."""

from __future__ import annotations

import random
from typing import Any

TASKS, TRIALS = 114, 4
_ISSUES = ("no signal", "slow data", "cannot send pictures", "bill too high")


def result_file(seed: int, *, skill: float) -> dict[str, Any]:
    """One file; a simulation of an easy task passes with a probability of about `skill`."""
    dice = random.Random(seed)
    tasks = [_task(number) for number in range(TASKS)]
    chances = [skill * dice.choice((1.0, 1.0, 0.7, 0.1)) for _ in tasks]
    return {
        "tasks": tasks,
        "simulations": [
            _simulation(task["id"], trial, dice.random() < chance, dice)
            for task, chance in zip(tasks, chances, strict=True)
            for trial in range(TRIALS)
        ],
    }


def _task(number: int) -> dict[str, Any]:
    issue = _ISSUES[number % len(_ISSUES)]
    return {
        "id": f"[telecom]{issue.replace(' ', '_')}|{number:03}",
        "description": {"purpose": f"Resolve: {issue}"},
        "user_scenario": {"persona": "calm" if number % 2 else "in a hurry", "issue": issue},
        "ticket": f"The customer reports: {issue}.",
        "initial_state": {"line": number, "roaming": bool(number % 3)},
        "evaluation_criteria": {
            "actions": [{"name": "toggle_roaming", "arguments": {"line": number}}],
            "env_assertions": [{"func_name": "assert_service_status", "expected": "connected"}],
        },
    }


def _simulation(task_id: str, trial: int, passed: bool, dice: random.Random) -> dict[str, Any]:
    start, seconds = 1_770_000_000.0 + trial, float(dice.randint(20, 300))
    return {
        "task_id": task_id,
        "trial": trial,
        "reward_info": {"reward": float(passed)},
        "messages": [
            {"role": "user", "content": "Help!"},
            {"role": "assistant", "content": "Done." if passed else "?"},
        ],
        "duration": seconds,
        "agent_cost": dice.randint(1, 64) / 1024,
        "termination_reason": "user_stop" if passed else "max_steps",
        "start_time": start,
        "end_time": start + seconds,
    }
