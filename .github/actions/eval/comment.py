"""Keep one comment on a pull request with the result of an evaluation: write it, or bring it up to date.

Reads the environment that the action sets. A comment that cannot be written is a warning and no failure: the
token of a pull request from a fork may only read, and the verdict must not depend on that.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MOST_PAGES = 30
"""Pages of a hundred comments that are searched for the earlier one."""

ACTIONS_LOGIN = "github-actions[bot]"
"""Who writes with the token of a workflow, which may not ask who it is."""

SAID = {
    "0": "",
    "1": "A case or an evaluation failed, or a gate could not be judged.",
    "2": "The command line or a condition is wrong.",
    "3": "There is no server, or no access to it.",
    "4": "A gate failed.",
    "5": "A budget ended the evaluations before their cases did.",
}


def main() -> int:
    """Write the comment; 0 in any case."""
    number = pull_request()
    if number is None:
        print("no pull request: no comment")
        return 0
    try:
        print(f"comment {put(number, body())}")
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        text = f"the comment could not be written: {error}"
        print("::warning title=Assay::" + text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))
    return 0


def marker() -> str:
    """What tells this comment from others; nobody sees it."""
    return f"<!-- assay: {re.sub(r'[^A-Za-z0-9 ._-]', '-', os.environ.get('NAME', ''))} -->"


def body() -> str:
    """The comment: the summary when there is one, and why the job fails when it does."""
    path, code = Path(os.environ.get("MARKDOWN") or "/nonexistent"), os.environ.get("EXIT_CODE", "")
    parts = [marker()]
    if code != "0":
        parts.append(
            f"{SAID.get(code, 'The evaluation did not finish.')} ([log]({run_url()}), exit code {code})"
        )
    if path.is_file():
        parts.append(path.read_text(encoding="utf-8"))
    return "\n\n".join(parts)


def run_url() -> str:
    """The page of this run."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{os.environ.get('GITHUB_RUN_ID', '')}"


def pull_request() -> int | None:
    """The number given, else that of the event that started the workflow."""
    given = os.environ.get("PULL_REQUEST", "").strip()
    if given:
        return int(given)
    event = Path(os.environ.get("GITHUB_EVENT_PATH") or "/nonexistent")
    if not event.is_file():
        return None
    found = json.loads(event.read_text(encoding="utf-8")).get("pull_request") or {}
    return found.get("number")


def put(number: int, text: str) -> str:
    """Update the comment of an earlier run, or write the first one; what was done."""
    repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}"
    earlier = find(f"{repository}/issues/{number}/comments")
    if earlier is not None:
        call("PATCH", f"{repository}/issues/comments/{earlier}", {"body": text})
        return "updated"
    call("POST", f"{repository}/issues/{number}/comments", {"body": text})
    return "written"


def find(path: str) -> int | None:
    """The id of our own comment. Others may have copied the marker: theirs is not ours to change."""
    me = login()
    for page in range(1, MOST_PAGES + 1):
        comments = call("GET", f"{path}?per_page=100&page={page}")
        for comment in comments:
            if comment["body"].startswith(marker()) and (comment.get("user") or {}).get("login") == me:
                return int(comment["id"])
        if len(comments) < 100:
            return None
    return None


def login() -> str:
    """Who the token belongs to."""
    try:
        return str(call("GET", "/user")["login"])
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            return ACTIONS_LOGIN
        raise


def call(method: str, path: str, content: Any = None) -> Any:
    """One request to GitHub's API; the answer's JSON."""
    request = urllib.request.Request(
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "User-Agent": "assay-action",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    sys.exit(main())
