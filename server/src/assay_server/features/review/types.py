"""Bodies of the review routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from assay_server.http.models import JsonObject, Name, Wire
from assay_server.http.objects import OrgFields, ProjectFilters

QueueKind = Literal["single", "pairwise"]
Status = Literal["pending", "done", "needs_adjudication", "adjudicated", "skipped"]
Preference = Literal["left", "right", "tie"]
Text = Annotated[str, Field(max_length=100_000)]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Names = Annotated[list[Name], Field(max_length=100)]
Reviewers = Annotated[int, Field(ge=1, le=50)]
Minutes = Annotated[int, Field(ge=1, le=10_080)]
Spread = Annotated[float, Field(ge=0, le=1)]


class QueueQuestion(Wire):
    """A question of the project that a queue asks, and whether an item is reviewed without an answer to it."""

    project_score_id: str
    required: bool = True


Questions = Annotated[list[QueueQuestion], Field(max_length=50)]


class QueueFields(Wire):
    """What a queue says to those who review."""

    description: str | None = None
    instructions: Text | None = None
    tags: Names | None = None
    reviewers: Annotated[list[str], Field(max_length=500)] | None = None


class QueueCreate(QueueFields, OrgFields):
    """A queue to create, or to find by its name in the project.

    `instructions` are Markdown. `tags` are those a reviewer may give (none: any). `reviewers` are ids of users;
    without them everyone who may change the project reviews. `spread` is how far sliders may lie apart before
    somebody has to decide.
    """

    project_id: str
    name: Name
    kind: QueueKind = "single"
    questions: Questions = Field(default_factory=list)
    reviewers_per_item: Reviewers = 1
    blind: bool = False
    lock_minutes: Minutes = 15
    spread: Spread = 0.25


class QueuePatch(QueueFields):
    """Fields to change; null clears, lists are replaced."""

    name: Name | None = None
    questions: Questions | None = None
    reviewers_per_item: Reviewers | None = None
    blind: bool | None = None
    lock_minutes: Minutes | None = None
    spread: Spread | None = None


class QueueFilters(ProjectFilters):
    """Query parameters of a list of queues."""

    kind: QueueKind | None = None


class Progress(BaseModel):
    """How many items there are, by state; `in_review` are those of the pending ones that somebody holds.

    `mine` is what the caller answered, `mine_open` what they could be given now.
    """

    total: int
    pending: int
    in_review: int
    done: int
    needs_adjudication: int
    adjudicated: int
    skipped: int
    mine: int
    mine_open: int


class ReviewQueue(BaseModel):
    """Rows for people to judge, and by what rules."""

    id: str
    project_id: str
    user_id: str | None = None
    created: str
    name: str
    description: str | None = None
    instructions: str | None = None
    kind: QueueKind
    questions: list[QueueQuestion]
    tags: list[str] | None = None
    reviewers_per_item: int
    reviewers: list[str] | None = None
    blind: bool
    lock_minutes: int
    spread: float
    deleted_at: str | None = None
    progress: Progress


# -- items -------------------------------------------------------------------------------------------------


class Source(Wire):
    """A row to review. `system` is what made it, for pairs; the name of the experiment unless told."""

    object_type: Literal["project_logs", "experiment", "dataset"]
    object_id: str
    row_id: Annotated[str, Field(min_length=1, max_length=1024)]
    system: Name | None = None


class NewItem(Wire):
    """One row, or two outputs for the same case."""

    source: Source | None = None
    pair: Annotated[list[Source], Field(min_length=2, max_length=2)] | None = None


class From(Wire):
    """Rows of an object: roots of traces (rows of a dataset) for which `where`, a SQL predicate, holds.

    `sample` takes that many by chance; the same `seed` takes the same of the same rows.
    """

    object_type: Literal["project_logs", "experiment", "dataset"]
    object_id: str
    where: Annotated[str, Field(max_length=20_000)] | None = None
    sample: Annotated[int, Field(ge=1, le=10_000)] | None = None
    seed: int = 0


class Pairs(Wire):
    """Every pair of two to eight experiments, for each case they have in common (same input, trials in order)."""

    experiments: Annotated[list[str], Field(min_length=2, max_length=8)]
    sample: Annotated[int, Field(ge=1, le=10_000)] | None = None
    seed: int = 0


class ItemsCreate(Wire):
    """Rows to put into a queue: some by their ids, or those of an object, or pairs of experiments."""

    items: Annotated[list[NewItem], Field(max_length=10_000)] | None = None
    rows: From | None = Field(None, alias="from")
    pairs: Pairs | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.items, self.rows, self.pairs)) != 1:
            raise ValueError("takes one of items, from and pairs")
        return self


class Refused(BaseModel):
    """An item that was not added: its position in `items` and why."""

    item: int
    code: str
    message: str


class ItemsAdded(BaseModel):
    """What came of adding: `found` were there before."""

    added: int
    found: int
    refused: list[Refused]


class Review(BaseModel):
    """What one reviewer said of an item."""

    user_id: str
    state: Literal["leased", "answered", "skipped"]
    until: str | None = None
    answers: dict[str, Any] | None = None
    preference: Preference | None = None
    strength: float | None = None
    tags: list[str] | None = None
    comment: str | None = None
    submitted: str | None = None


class Decision(BaseModel):
    """What counts for an item: what the reviewers agree on, or what somebody decided."""

    answers: dict[str, Any] = {}
    preference: Preference | None = None
    strength: float | None = None
    tags: list[str] = []


class Item(BaseModel):
    """Something to review. `sources` and the reviews of others are hidden while a blind queue waits for reviews.

    Left and right of a pair are those of the caller: each reviewer sees them in an order of their own.
    """

    id: str
    position: int
    status: Status
    created: str
    sources: list[Source] | None = None
    disagree: list[str] = []
    decision: Decision | None = None
    decided_by: str | None = None
    decided: str | None = None
    reviews: list[Review]


class Content(BaseModel):
    """What a row holds; null when it was deleted."""

    id: str | None = None
    input: Any = None
    output: Any = None
    expected: Any = None
    error: Any = None
    metadata: Any = None


class ItemView(BaseModel):
    """An item with the rows it is about, one or left and right."""

    item: Item
    content: list[Content | None]


class Turn(BaseModel):
    """What to review next. Without an item `waiting` says why.

    `empty`: nothing was put into the queue; `locked`: others hold what is left, the first lock ends at `until`;
    `others`: the caller answered everything that is left; `finished`: nothing is left for anybody.
    """

    item: Item | None = None
    content: list[Content | None] = []
    until: str | None = None
    waiting: Literal["empty", "locked", "others", "finished"] | None = None
    progress: Progress


class ItemList(BaseModel):
    """A page of items in their order."""

    objects: list[Item]


class Judgement(Wire):
    """Answers to the questions by `project_score_id`: a number, the name of a choice (a list of them where several
    may be chosen), a text. Of a pair the side that is better, and how much: 1 slightly, 2 clearly, 3 by far."""

    answers: JsonObject = Field(default_factory=dict)
    preference: Preference | None = None
    strength: Annotated[int, Field(ge=1, le=3)] | None = None
    tags: Names = Field(default_factory=list)


class Answer(Judgement):
    """What a reviewer says of an item."""

    comment: Comment | None = None


# -- results -----------------------------------------------------------------------------------------------


class Coefficient(BaseModel):
    """A measure of agreement; no value where the answers do not vary, no interval of few items or when all agree."""

    measure: Literal["cohen_kappa", "fleiss_kappa", "alpha_nominal", "alpha_ordinal", "alpha_interval"]
    value: float | None
    interval: tuple[float, float] | None
    items: int


class QuestionAgreement(BaseModel):
    """Agreement about one question; `project_score_id` is null for the preference of pairs."""

    project_score_id: str | None
    name: str
    items: int
    equal: float | None
    coefficients: list[Coefficient]


class ReviewerProgress(BaseModel):
    """What one reviewer did, and how long an answer took them (median, seconds)."""

    user_id: str
    name: str
    answered: int
    skipped: int
    seconds: float | None


class SystemStanding(BaseModel):
    """How often a system was preferred; `strength` is Bradley-Terry's, of three systems and more."""

    system: str
    wins: int
    losses: int
    ties: int
    rate: float | None
    interval: tuple[float, float] | None
    strength: float | None = None


class PairStanding(BaseModel):
    """Two systems against each other, as the first of them sees it."""

    system: str
    against: str
    wins: int
    losses: int
    ties: int
    rate: float | None
    interval: tuple[float, float] | None


class Results(BaseModel):
    """What came of a queue. Agreement and standings are of items that have all their reviews."""

    progress: Progress
    may_review: bool
    may_manage: bool
    reviewers: list[ReviewerProgress]
    agreement: list[QuestionAgreement]
    systems: list[SystemStanding]
    pairs: list[PairStanding]
