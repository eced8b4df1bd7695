"""The options of `Eval` and `EvalAsync`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from assay.client.git import RepoInfo
    from assay.client.limits import RateLimit, RateLimiter
    from assay.evals.attempts import Retries
    from assay.evals.reporters import Reporter
    from assay.evals.runner import ErrorScoreHandler
    from assay.evals.stopping import StopRule


class EvalOptions(TypedDict, total=False):
    """The options of `Eval` and `EvalAsync`."""

    experiment_name: str | None
    """The experiment's name; when it is taken the server appends a suffix. None: the server makes one up."""
    trial_count: int
    """How often each case runs."""
    metadata: Mapping[str, Any] | None
    """A JSON object kept with the experiment."""
    tags: Sequence[str] | None
    """Labels of the experiment."""
    max_concurrency: int | None
    """How many cases run at once; None means DEFAULT_CONCURRENCY."""
    timeout: float | None
    """Seconds a case may take, its scorers included, before it is given up as an error."""
    no_send_logs: bool
    """Run without a server: nothing is recorded, the summary is computed here."""
    base_experiment_name: str | None
    """The experiment to compare with, by name."""
    base_experiment_id: str | None
    """The experiment to compare with, by id."""
    error_score_handler: ErrorScoreHandler | None
    """Scores for cases whose task failed; `default_error_score_handler` gives zeros. None: no scores."""
    description: str | None
    """A sentence about the experiment."""
    project_id: str | None
    """The project by id; `name` is then only a label."""
    update: bool
    """Add to the experiment of that name instead of starting a new one."""
    is_public: bool
    """Whether people without an account may look at the experiment."""
    git_metadata_settings: bool
    """Whether to record commit, branch and diff; they also find the experiment to compare with."""
    repo_info: RepoInfo | None
    """Git metadata to record instead of what the working directory says."""
    parameters: Mapping[str, Any]
    """Values the task reads from `hooks.parameters`; recorded in the experiment's metadata."""
    reporter: Reporter | None
    """Who is told of the result; None means a table on stderr."""
    stream: Callable[[Any], None] | None
    """Gets what tasks pass to `hooks.report_progress`."""
    summarize_scores: bool
    """Whether to ask the server for the comparison at the end; False leaves means computed here."""
    keep_results: bool
    """Whether to return every result. False keeps memory flat however many cases there are."""
    cache: bool
    """Whether answers and scores that earlier runs made from the same content are used instead of made again."""
    fresh: bool
    """With `cache`: look nothing up, but keep what this run makes."""
    cache_key: str | None
    """The version of the task, in place of the hash of its code."""
    resume: bool
    """Finish the newest experiment of this evaluation instead of starting one; without one, start it."""
    max_cost: float | None
    """Dollars the experiment may cost; no case starts that would pass it."""
    stop_early: StopRule
    """End the run once every score is won, lost or out of reach against the baseline: True, or targets by score."""
    rate_limits: Mapping[str, RateLimit | RateLimiter] | None
    """What providers allow, by name (`openai`, `gateway` for judges, `*`); see `set_rate_limits`."""
    retry: Retries | Mapping[type[BaseException] | str, int] | None
    """How often a task is tried again, by the class of what it raised."""
