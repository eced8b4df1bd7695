"""Experiments: one run of an evaluation, compared with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from assay.client.git import RepoInfo, ancestor_commits, collect_repo_info
from assay.client.rows import PAGE_ROWS, fetch_rows
from assay.client.state import configured_state
from assay.client.targets import Project, RegisteredTarget
from assay.core.errors import ApiError, ConfigError
from assay.core.refs import SpanRef, encode_ref
from assay.tracing.attachments import with_attachments
from assay.tracing.container import SpanContainer
from assay.tracing.context import current_experiment, set_current_experiment

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.datasets import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """One score over all cases: its mean, and against the base the difference and how many cases went up or
    down.
    """

    name: str
    score: float
    diff: float | None = None
    improvements: int = 0
    regressions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric, averaged over cases; `unit` is "s", "tok", "$" or empty."""

    name: str
    metric: float
    unit: str = ""
    diff: float | None = None
    improvements: int = 0
    regressions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSummary:
    """The outcome of an experiment next to its base."""

    project_name: str
    experiment_name: str
    project_url: str
    experiment_url: str
    experiment_id: str | None = None
    comparison_experiment_name: str | None = None
    scores: dict[str, ScoreSummary] = field(default_factory=dict[str, ScoreSummary])
    metrics: dict[str, MetricSummary] = field(default_factory=dict[str, MetricSummary])


class ReadonlyExperiment:
    """An existing experiment, opened to read its rows."""

    def __init__(self, state: State, data: Mapping[str, Any]) -> None:
        self.state = state
        self.data = dict(data)

    @property
    def id(self) -> str:
        """The experiment's id."""
        return str(self.data["id"])

    @property
    def name(self) -> str:
        """The experiment's name."""
        return str(self.data["name"])

    def fetch(self, batch_size: int = PAGE_ROWS) -> Iterator[dict[str, Any]]:
        """Stream all its span rows, newest first."""
        rows = fetch_rows(self.state, "experiment", self.id, page=batch_size)
        return (with_attachments(self.state, row) for row in rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.fetch()

    def as_dataset(self, batch_size: int = PAGE_ROWS) -> Iterator[dict[str, Any]]:
        """Its cases as dataset rows: `input`, and as `expected` what was expected or else put out."""
        for row in self.fetch(batch_size):
            if row.get("is_root"):
                expected = row.get("expected")
                yield {
                    "input": row.get("input"),
                    "expected": row.get("output") if expected is None else expected,
                    "tags": row.get("tags"),
                    "metadata": row.get("metadata"),
                }


class Experiment(SpanContainer):
    """An experiment that rows are written to. It is registered when the first row leaves or its id is asked
    for.
    """

    root_type = "eval"

    def __init__(self, state: State, target: RegisteredTarget, *, dataset: Dataset | None = None) -> None:
        super().__init__(state, target)
        self.dataset = dataset
        self._registered = target

    @property
    def data(self) -> dict[str, Any]:
        """The experiment object as the server describes it; registers it (raises Unreachable or ApiError)."""
        return self._registered.data(self.state.transport)

    @property
    def id(self) -> str:
        """The experiment's id; registers it when needed."""
        return str(self.data["id"])

    @property
    def name(self) -> str:
        """The name the server gave it, which `ensure_new` may have extended."""
        return str(self.data["name"])

    @property
    def project(self) -> Project:
        """The project it belongs to."""
        return self._registered.registered_project

    def log(
        self,
        input: Any = None,
        output: Any = None,
        expected: Any = None,
        error: str | None = None,
        tags: list[str] | None = None,
        scores: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Any] | None = None,
        **event: Any,
    ) -> str:
        """Log one finished case; returns its row id."""
        given = {"error": error, "tags": tags, "scores": scores, "metadata": metadata, "metrics": metrics}
        event.update({key: value for key, value in given.items() if value is not None})
        span = self.start_span("root", input=input, output=output, expected=expected, **event)
        span.end()
        return span.id

    def fetch(self, batch_size: int = PAGE_ROWS) -> Iterator[dict[str, Any]]:
        """Stream all its span rows, newest first; rows logged before the call are included."""
        rows = fetch_rows(self.state, "experiment", self.id, page=batch_size)
        return (with_attachments(self.state, row) for row in rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.fetch()

    def fetch_base_experiment(self) -> ReadonlyExperiment | None:
        """The experiment this one is compared with by default, or None."""
        base_id = self.data.get("base_exp_id")
        if base_id is None:
            try:
                base_id = self.state.transport.post("/api/base_experiment/get_id", {"id": self.id}).get(
                    "base_exp_id"
                )
            except ApiError as error:
                if error.status != 400:  # 400 is how the server says there is none
                    raise
        if not base_id:
            return None
        return ReadonlyExperiment(self.state, self.state.transport.get(f"/v1/experiment/{base_id}"))

    def summarize(
        self, summarize_scores: bool = True, comparison_experiment_id: str | None = None
    ) -> ExperimentSummary:
        """Means and differences to the base (or to the experiment given), after flushing.

        Raises Unreachable or ApiError.
        """
        self.flush()
        answer = self.state.transport.get(
            f"/v1/experiment/{self.id}/summarize",
            summarize_scores=summarize_scores,
            comparison_experiment_id=comparison_experiment_id,
        )
        return read_summary(answer, experiment_id=self.id)

    def export(self) -> str:
        """Text for `parent=` that makes spans of other processes cases of this experiment."""
        return encode_ref(SpanRef(object_type="experiment", object_id=self.id))

    def close(self) -> str:
        """Flush; returns the id."""
        self.flush()
        return self.id

    def __enter__(self) -> Experiment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()


def read_summary(answer: Mapping[str, Any], *, experiment_id: str | None = None) -> ExperimentSummary:
    """The server's summary as dataclasses; keys it adds later are ignored."""
    scores = cast("dict[str, dict[str, Any]]", answer.get("scores") or {})
    metrics = cast("dict[str, dict[str, Any]]", answer.get("metrics") or {})
    changes = ("diff", "improvements", "regressions")
    return ExperimentSummary(
        project_name=answer["project_name"],
        experiment_name=answer["experiment_name"],
        project_url=answer["project_url"],
        experiment_url=answer["experiment_url"],
        experiment_id=experiment_id,
        comparison_experiment_name=answer.get("comparison_experiment_name"),
        scores={
            name: ScoreSummary(**{key: item[key] for key in ("name", "score", *changes) if key in item})
            for name, item in scores.items()
        },
        metrics={
            name: MetricSummary(
                **{key: item[key] for key in ("name", "metric", "unit", *changes) if key in item}
            )
            for name, item in metrics.items()
        },
    )


def open_experiment(state: State, project: Project, name: str) -> ReadonlyExperiment:
    """An existing experiment by name.

    Raises ConfigError when there is none of that name, Unreachable or ApiError.
    """
    found = state.transport.get("/v1/experiment", experiment_name=name, **project.args())["objects"]
    if not found:
        raise ConfigError(
            f"no experiment {name!r} in {project.args()}: check the name, or open it without open=True"
        )
    return ReadonlyExperiment(state, found[0])


@overload
def init(
    project: str | None = None,
    experiment: str | None = None,
    description: str | None = None,
    dataset: Dataset | None = None,
    open: Literal[False] = False,
    base_experiment: str | None = None,
    is_public: bool = False,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    git_metadata_settings: bool = True,
    set_current: bool = True,
    update: bool | None = None,
    project_id: str | None = None,
    base_experiment_id: str | None = None,
    repo_info: RepoInfo | None = None,
    tags: list[str] | None = None,
    state: State | None = None,
) -> Experiment: ...


@overload
def init(
    project: str | None = None,
    experiment: str | None = None,
    *,
    open: Literal[True],
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    project_id: str | None = None,
    state: State | None = None,
) -> ReadonlyExperiment: ...


def init(
    project: str | None = None,
    experiment: str | None = None,
    description: str | None = None,
    dataset: Dataset | None = None,
    open: bool = False,
    base_experiment: str | None = None,
    is_public: bool = False,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    git_metadata_settings: bool = True,
    set_current: bool = True,
    update: bool | None = None,
    project_id: str | None = None,
    base_experiment_id: str | None = None,
    repo_info: RepoInfo | None = None,
    tags: list[str] | None = None,
    state: State | None = None,
) -> Experiment | ReadonlyExperiment:
    """Start an experiment, or with `open=True` read an existing one.

    A new experiment whose name is taken gets a suffix, unless `update=True` continues the existing one.
    Without a name the server makes one up. Git metadata of the working directory is kept with it unless
    `git_metadata_settings=False`; ancestors of the commit help to find the base experiment. `base_experiment`
    (name) or `base_experiment_id` names the base outright. The server is contacted when the first row leaves.
    """
    found = state or configured_state(api_key=api_key, app_url=app_url, org_name=org_name)
    where = found.project(name=project, id=project_id)
    if open:
        if not experiment:
            raise ConfigError("open=True needs the name of an experiment")
        return open_experiment(found, where, experiment)
    if base_experiment and not base_experiment_id:
        base_experiment_id = open_experiment(found, where, base_experiment).id
    request: dict[str, Any] = {
        "name": experiment,
        "description": description,
        "ensure_new": not update,
        "base_exp_id": base_experiment_id,
        "public": is_public or None,
        "metadata": metadata,
        "tags": tags,
    }
    if git_metadata_settings or repo_info:
        repo = repo_info or collect_repo_info()
        request["repo_info"] = repo.as_json() if repo else None
        request["ancestor_commits"] = (
            ancestor_commits() if repo and not base_experiment_id else None
        ) or None
    if dataset is not None:
        request["dataset_id"] = dataset.id
        request["dataset_version"] = dataset.version
    target = RegisteredTarget("experiment", where, {k: v for k, v in request.items() if v is not None})
    made = Experiment(found, target, dataset=dataset)
    if set_current:
        set_current_experiment(made)
    return made


init_experiment = init


def log(**event: Any) -> str:
    """Log one finished case to the current experiment; returns its row id.

    Raises ConfigError without a current experiment.
    """
    experiment = current_experiment()
    if experiment is None:
        raise ConfigError(
            "no experiment is current: call assay.init(project=…) first, or log to a logger or span"
        )
    return experiment.log(**event)


def summarize(
    summarize_scores: bool = True, comparison_experiment_id: str | None = None
) -> ExperimentSummary:
    """Summarize the current experiment.

    Raises ConfigError without one.
    """
    experiment = current_experiment()
    if experiment is None:
        raise ConfigError("no experiment is current: call assay.init(project=…) first")
    return experiment.summarize(summarize_scores, comparison_experiment_id)
