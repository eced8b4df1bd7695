"""What the working tree looked like when an experiment ran."""

from __future__ import annotations

import os
import subprocess
from dataclasses import asdict, dataclass
from typing import Any

MAX_DIFF_BYTES = 64 << 10
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoInfo:
    """The commit an experiment ran on; any field may be unknown. `git_diff` is what was not committed."""

    commit: str | None = None
    branch: str | None = None
    tag: str | None = None
    dirty: bool | None = None
    author_name: str | None = None
    author_email: str | None = None
    commit_message: str | None = None
    commit_time: str | None = None
    git_diff: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The known fields."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def collect_repo_info(directory: str | None = None) -> RepoInfo | None:
    """Git metadata of a directory (default: the current one); None outside of a repository or without git."""
    shown = _git(
        directory, "log", "-1", f"--format=%H{_SEPARATOR}%an{_SEPARATOR}%ae{_SEPARATOR}%cI{_SEPARATOR}%B"
    )
    if not shown:
        return None
    commit, author, email, when, message = shown.split(_SEPARATOR, 4)
    status = _git(directory, "status", "--porcelain", "--untracked-files=no")
    dirty = None if status is None else bool(status)
    diff = _git(directory, "diff", "--no-ext-diff", "HEAD") if dirty else None
    return RepoInfo(
        commit=commit,
        branch=_git(directory, "rev-parse", "--abbrev-ref", "HEAD"),
        tag=_git(directory, "describe", "--tags", "--exact-match") or None,
        dirty=dirty,
        author_name=author,
        author_email=email,
        commit_message=message.strip(),
        commit_time=when,
        git_diff=diff[:MAX_DIFF_BYTES] if diff else None,
    )


def ancestor_commits(directory: str | None = None, *, limit: int = 100) -> list[str]:
    """Commits below HEAD, newest first, HEAD itself left out: where a base experiment is looked for."""
    shown = _git(directory, "rev-list", f"--max-count={limit + 1}", "HEAD")
    return shown.split("\n")[1:] if shown else []


def file_at(commit: str, path: str, directory: str | None = None) -> str | None:
    """A file as it was at a commit, `path` relative to the directory; None when it or the commit is not there."""
    if not commit.isalnum():
        return None  # what is no hash could be an option
    shown = _git(directory, "show", f"{commit}:./{path}")
    return None if shown is None else shown + "\n"


def _git(directory: str | None, *arguments: str) -> str | None:
    """Output of one git command, or None when it fails. Never waits for locks, prompts or pagers."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *(["-C", directory] if directory else []), *arguments],
            capture_output=True, check=True, timeout=5, env=environment,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()
