"""Building blocks of request and response bodies."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
)
from starlette.responses import Response

from assay_server.engines.ingest.rows import EARLIEST, LATEST
from assay_server.engines.records import Record

T = TypeVar("T")

MAX_NAME = 512
MAX_DEPTH = 100  # levels of lists and objects in a body; answers hold it a few levels deeper
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Wire(BaseModel):
    """Base of bodies: fields we do not know are ignored."""

    model_config = ConfigDict(extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _check_sent(cls, value: Any) -> Any:
        _check_storable(value)
        return value

    def changes(self) -> dict[str, Any]:
        """The fields the client sent, null ones included; a null name changes nothing, as all have one."""
        sent = self.model_dump(include=self.model_fields_set)
        return {field: value for field, value in sent.items() if field != "name" or value is not None}


def found_existing(response: Response, row: Record, found: bool) -> Record:
    """`row` as it is; the response says in a header that it was there before."""
    if found:
        response.headers["x-bt-found-existing"] = "true"
    return row


def _check_name(name: str) -> str:
    if not name.strip():
        raise ValueError("must not be blank")
    if _CONTROL.search(name):
        raise ValueError("must not hold control characters such as line breaks or NUL")
    return name


def _check_storable(value: Any) -> None:
    """Refuse text that is not Unicode, which no database takes, and nesting that no answer could carry back."""
    level = [value]
    for _ in range(MAX_DEPTH):
        for text in (one for one in level if isinstance(one, str)):
            if not text.isascii():
                _check_unicode(text)
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise ValueError(f"is nested deeper than {MAX_DEPTH} levels; flatten it")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair; send valid Unicode text") from None


def _check_json(value: T) -> T:
    """Refuse what JSON cannot carry back: NaN and infinities."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"is not JSON that can be stored ({error})") from None
    return value


def _number_to_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _to_stored_time(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
        utc = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 time, such as 2026-11-21T06:15:01Z") from None
    if not EARLIEST <= utc < LATEST:
        raise ValueError("must be between 1900 and 2200")
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _in_future(time: datetime) -> datetime:
    if time <= datetime.now(UTC):
        raise ValueError("must lie in the future")
    return time


Name = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(_check_name)]
"""Name of an object: not blank, no control characters, at most 512 characters; slashes are fine."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_check_json)]
"""A JSON object."""

Created = Annotated[str, AfterValidator(_to_stored_time)]
"""When an object was made, for one that comes from another server; ISO 8601, UTC unless it has a zone."""

Future = Annotated[AwareDatetime, AfterValidator(_in_future)]
"""A time with its zone that lies ahead."""

Version = Annotated[str, BeforeValidator(_number_to_text)]
"""A version as decimal text or 16 hex digits; a number becomes its text."""
