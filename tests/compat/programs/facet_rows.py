"""Publishes two facets, twice, and uploads ground truth made from logged facet calls (JSON rows on standard input)."""

import json
import sys

import braintrust
from braintrust.logger import api_conn, app_conn

PROJECT = "Facet optimizer"

braintrust.login()
project_id = app_conn().post_json("api/project/register", {"project_name": PROJECT})["project"]["id"]
published = [
    api_conn().post_json(
        "insert-functions",
        {
            "functions": [
                {
                    "project_id": project_id,
                    "name": f"{facet} facet",
                    "slug": f"facet-optimizer-{facet}",
                    "function_type": "facet",
                    "function_data": {
                        "type": "facet",
                        "prompt": f"Extract the {facet} facet, {attempt}.",
                        "model": "brain-facet-1",
                        "no_match_pattern": "^NONE",
                    },
                    "if_exists": "replace",
                    "metadata": {"facet_name": facet},
                    "tags": ["facet-optimizer", facet],
                }
                for facet in ("issues", "sentiment")
            ]
        },
    )
    for attempt in ("first try", "second try")
]
dataset = braintrust.init_dataset(project=PROJECT, name="Facet groundtruth", use_output=False)
for row in json.load(sys.stdin):
    dataset.insert(**row)
dataset.flush()
print(json.dumps({"project_id": project_id, "published": published, "rows": [row["id"] for row in dataset]}))
