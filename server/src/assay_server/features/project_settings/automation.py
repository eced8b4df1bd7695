"""What an automation may be configured to do. Configurations are checked and stored; only retention is carried out yet.

Fields that are not named here are kept as they were sent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from assay_server.engines.query.parse import parse
from assay_server.errors import QueryError

Seconds = Annotated[int | float, Field(ge=0)]
Rate = Annotated[int | float, Field(ge=0, le=1)]


def _check_filter(text: str) -> str:
    try:
        parse(f"select: * | from: project_logs('x') | filter: {text}") if text.strip() else None
    except QueryError as error:
        raise ValueError(f"is not a filter: {error.message}") from None
    return text


Filter = Annotated[str, AfterValidator(_check_filter)]
"""A BTQL expression that keeps rows, or nothing for all of them."""


class Part(BaseModel):
    """Base of the parts of a configuration: it is stored as it was sent, without defaults."""

    model_config = ConfigDict(extra="allow")

    @model_serializer(mode="wrap")
    def _as_sent(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if name in self.model_fields_set}


class FunctionRef(Part):
    """A stored function."""

    type: Literal["function"]
    id: str
    version: str | None = None


class GlobalRef(Part):
    """A function that comes with the product."""

    type: Literal["global"]
    name: str
    function_type: str | None = None


SavedFunction = Annotated[FunctionRef | GlobalRef, Field(discriminator="type")]


class SpanScope(Part):
    """Runs once for each span."""

    type: Literal["span"]


class TraceScope(Part):
    """Runs once for each trace that has been idle for a while."""

    type: Literal["trace"]
    idle_seconds: Seconds | None = None


class GroupScope(Part):
    """Runs once for each group of traces."""

    type: Literal["group"]
    group_by: str


Scope = Annotated[SpanScope | TraceScope | GroupScope, Field(discriminator="type")]


class Webhook(Part):
    """Posts to an address."""

    type: Literal["webhook"]
    url: Annotated[str, Field(pattern=r"^https?://")]


class Slack(Part):
    """Writes into a Slack channel."""

    type: Literal["slack"]
    workspace_id: str
    channel: str
    message_template: str | None = None


class PagerDuty(Part):
    """Opens an incident; the routing key is kept as a secret of that name."""

    type: Literal["pagerduty"]
    routing_key_secret_name: str
    severity: Literal["critical", "error", "warning", "info"]


Action = Annotated[Webhook | Slack | PagerDuty, Field(discriminator="type")]


class Automation(Part):
    """What every automation has."""

    status: Literal["active", "paused"] | None = None


class LogAlert(Automation):
    """Acts on log rows that pass a filter, at most once in an interval."""

    event_type: Literal["logs"]
    btql_filter: Filter
    interval_seconds: Seconds
    action: Action


class EnvironmentUpdate(Automation):
    """Acts when an environment starts to use another version."""

    event_type: Literal["environment_update"]
    environment_filter: list[str] | None = None
    action: Action


class IntervalSchedule(Part):
    """Every so many seconds."""

    type: Literal["interval"]
    evaluation_interval_seconds: Annotated[int, Field(ge=1)]


class CronSchedule(Part):
    """At the times of a cron expression of five fields."""

    type: Literal["cron"]
    cron_expression: Annotated[str, Field(pattern=r"^\s*\S+(\s+\S+){4}\s*$")]
    timezone: str | None = None


class Window(Part):
    """Which stretch of time is looked at, and when."""

    window_seconds: Annotated[int, Field(ge=1)]
    evaluation_delay_seconds: Annotated[int, Field(ge=0)]
    schedule: Annotated[IntervalSchedule | CronSchedule, Field(discriminator="type")]


class ScalarOutput(Part):
    """The column of the only row of a result."""

    type: Literal["scalar"]
    value_column: str


class Calculation(Part):
    """A query whose answer is one number."""

    type: Literal["btql"]
    btql_query: str
    output: ScalarOutput


class ThresholdCondition(Part):
    """How the number compares when there is something to report."""

    type: Literal["threshold"]
    operator: Literal["lt", "lte", "gt", "gte", "eq", "neq"]
    threshold: int | float


class Policy(Part):
    """When a breach is reported, and when it is over."""

    condition: ThresholdCondition
    no_data_behavior: Literal["keep_last", "resolve", "alert"]
    pending_seconds: Annotated[int, Field(ge=0)]
    notify_on_recovery: bool | None = None
    renotify_interval_seconds: int | None = None


class Threshold(Part):
    """A number that is watched."""

    calculation: Calculation
    policy: Policy


class Windowed(Automation):
    """Looks at a window of time again and again."""

    event_type: Literal["windowed"]
    window: Window
    threshold: Threshold | None = None
    loop: dict[str, Any] | None = None
    actions: list[Action] | None = None


class ExportDefinition(Part):
    """What is exported: whole traces, spans, or the rows of a query."""

    type: Literal["log_traces", "log_spans", "btql_query"]
    btql_query: str | None = None


class AwsRole(Part):
    """A role to assume for writing to S3."""

    type: Literal["aws_iam"]
    role_arn: str
    external_id: str


class GcpServiceAccount(Part):
    """A service account to act as for writing to Cloud Storage."""

    type: Literal["gcp_service_account"]
    service_account_email: str


class Export(Automation):
    """Writes rows to object storage, interval by interval."""

    event_type: Literal["btql_export"]
    export_definition: ExportDefinition
    export_path: Annotated[str, Field(pattern=r"^(s3|gs)://")]
    format: Literal["jsonl", "parquet"]
    interval_seconds: Seconds
    credentials: Annotated[AwsRole | GcpServiceAccount, Field(discriminator="type")]
    batch_size: Annotated[int, Field(ge=1)] | None = None


class AsyncQuery(Automation):
    """A query that is answered in the background."""

    event_type: Literal["async_query"]
    query: str
    format: Literal["jsonl"]
    object_type: Literal["project_logs", "experiment", "dataset", "playground_logs"]
    object_id: str
    created_by_user_id: str


class Retention(Automation):
    """Deletes rows of a certain age; carried out by `features/retention`. 0 days are no rule."""

    event_type: Literal["retention"]
    object_type: Literal["project_logs", "experiment", "dataset"]
    retention_days: Annotated[int, Field(ge=0)]


class TopicMap(Part):
    """A function that sorts facets into topics, and the rows it looks at."""

    function: SavedFunction
    btql_filter: Filter | None = None


class Topic(Automation):
    """Describes traces by facets and sorts those into topics."""

    event_type: Literal["topic"]
    sampling_rate: Rate
    facet_functions: list[SavedFunction]
    topic_map_functions: list[TopicMap]
    scope: Scope | None = None
    btql_filter: Filter | None = None
    rerun_seconds: Seconds | None = None
    relabel_overlap_seconds: Seconds | None = None
    facet_model: Literal["brain-facet-latest", "brain-facet-1", "brain-facet-2"] | None = None


class TopicDigest(Automation):
    """Reports on topics once a day."""

    event_type: Literal["topic_digest"]


AutomationConfig = Annotated[
    LogAlert | EnvironmentUpdate | Windowed | Export | AsyncQuery | Retention | Topic | TopicDigest,
    Field(discriminator="event_type"),
]
"""The configuration of an automation; `event_type` says which."""
