"""One object of every kind of the REST API, as data: what creates it, what changes it, and what lists it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of object. In values, `$dataset` stands for the id of an object that was made before.

    `body` are fields of a new one besides its `key`. `change` is a PATCH and `changed` what the fields are after it.
    `listed` are query parameters that a list needs. `hidden` are fields that no answer has.
    """

    name: str
    body: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, Any]
    changed: Mapping[str, Any]
    key: str = "name"
    path: str = ""
    listed: str = ""
    hidden: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Where the list is."""
        return self.path or f"/v1/{self.name}"

    def new(self, name: str, known: Mapping[str, str], **more: Any) -> dict[str, Any]:
        """The body that creates one of this name."""
        named = {"name": name, self.key: name}
        return {**named, **filled({**self.body, **more}, known)}


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """A value of this module with the ids of objects in the places of `$kind`."""
    return json.loads(Template(json.dumps(value)).substitute(known))


_IN_PROJECT = {"project_id": "$project", "description": "first"}
_CLEARED = {"change": {"description": None}, "changed": {"description": None}}
_MERGED = {"change": {"description": None, "metadata": {"a": {"y": 2}, "b": None}},
           "changed": {"description": None, "metadata": {"a": {"x": 1, "y": 2}, "b": None}}}  # fmt: skip
_METADATA = {"metadata": {"a": {"x": 1}, "b": [1, 2]}}
_RETENTION = {"event_type": "retention", "object_type": "project_logs", "retention_days": 30}
_MESSAGES = {"prompt": {"type": "chat", "messages": [{"role": "user", "content": "{{input}}"}]}}

KINDS = (
    Kind(
        name="project",
        body={"description": "first", "settings": {"comparison_key": "input", "deep": {"x": 1}}},
        change={"description": None, "settings": {"deep": {"y": 2}}},
        changed={"description": None, "settings": {"comparison_key": "input", "deep": {"x": 1, "y": 2}}},
    ),
    Kind(name="experiment", body={**_IN_PROJECT, **_METADATA, "tags": ["a"]}, **_MERGED),
    Kind(name="dataset", body={**_IN_PROJECT, **_METADATA, "tags": ["a"]}, **_MERGED),
    Kind(
        name="dataset_snapshot",
        body={"dataset_id": "$dataset", "description": "first", "xact_id": "1000195400000000000"},
        **_CLEARED,
    ),
    Kind(
        name="prompt", body={**_IN_PROJECT, **_METADATA, "prompt_data": _MESSAGES}, key="slug", **_MERGED
    ),
    Kind(
        name="function",
        body={**_IN_PROJECT, **_METADATA, "function_data": {"type": "global", "name": "Factuality"}},
        key="slug",
        **_MERGED,
    ),
    Kind(name="environment", body={"description": "first"}, key="slug", path="/environment", **_CLEARED),
    Kind(
        name="project_score",
        body={**_IN_PROJECT, "score_type": "categorical", "categories": [{"name": "good", "value": 1}]},
        change={"description": None, "categories": [{"name": "bad", "value": 0}]},
        changed={"description": None, "categories": [{"name": "bad", "value": 0}]},
    ),
    Kind(
        name="review_queue",
        body={**_IN_PROJECT, "kind": "pairwise", "instructions": "Which is better?", "questions": [], "tags": ["a"],
              "reviewers": None, "reviewers_per_item": 2, "blind": True, "lock_minutes": 5, "spread": 0.5},
        change={"description": None, "tags": ["b"], "reviewers_per_item": 3, "instructions": None},
        changed={"description": None, "tags": ["b"], "reviewers_per_item": 3, "instructions": None, "blind": True},
    ),
    Kind(
        name="project_tag",
        body={**_IN_PROJECT, "color": "#123456"},
        change={"color": None},
        changed={"color": None, "description": "first"},
    ),
    Kind(
        name="project_automation",
        body={**_IN_PROJECT, "config": _RETENTION},
        change={"config": {**_RETENTION, "retention_days": 7}},
        changed={"config": {**_RETENTION, "retention_days": 7}},
    ),
    Kind(name="org_automation", body={"description": "first", "config": _RETENTION}, **_CLEARED),
    Kind(name="agent", body={**_IN_PROJECT, **_METADATA, "kind": "support"}, **_MERGED),
    Kind(name="span_iframe", body={**_IN_PROJECT, "url": "https://x.example/{{id}}"}, **_CLEARED),
    Kind(name="mcp_server", body={**_IN_PROJECT, "url": "https://tools.example/mcp"}, **_CLEARED),
    Kind(
        name="view",
        body={"object_type": "project", "object_id": "$project", "view_type": "logs", "options": {"a": 1},
              "view_data": {"search": {"filter": ["x"]}}},
        change={"options": {"b": 2}},
        changed={"options": {"b": 2}, "view_data": {"search": {"filter": ["x"]}}},
        listed="object_type=project&object_id=$project",
    ),
    Kind(
        name="env_var",
        body={"object_type": "project", "object_id": "$project", "value": "hush", **_METADATA},
        change={"metadata": {"a": {"y": 2}, "b": None}},
        changed={"metadata": {"a": {"x": 1, "y": 2}, "b": None}},
        listed="object_type=project&object_id=$project",
        hidden=frozenset({"value"}),
    ),
    Kind(
        name="ai_secret",
        body={"type": "openai", "secret": "hush", **_METADATA},
        change={"metadata": {"a": {"y": 2}, "b": None}},
        changed={"metadata": {"a": {"x": 1, "y": 2}, "b": None}},
        hidden=frozenset({"secret"}),
    ),
    Kind(
        name="role",
        body={"description": "first", "member_permissions": [{"permission": "read", "restrict_object_type": None}]},
        **_CLEARED,
    ),
    Kind(name="group", body={"description": "first"}, **_CLEARED),
    Kind(
        name="project_group",
        body={"description": "first", "member_projects": ["$project"]},
        change={"description": None, "remove_member_projects": ["$project"]},
        changed={"description": None, "member_projects": []},
    ),
)  # fmt: skip
