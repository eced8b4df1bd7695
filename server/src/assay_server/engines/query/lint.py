"""What is right but likely slow: said in the warnings of an answer, and in strict mode refused of large projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from assay_server.errors import QueryError

_BOUNDS = frozenset({"created", "_xact_id", "_pagination_key"})
_POINTS = frozenset({"root_span_id", "id"})
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.Between)
_UNBOUNDED = {
    "code": "unbounded_logs",
    "stage": "planner",
    "message": "The query reads every log of the project. To read less, filter by a range of created, _xact_id or "
    "_pagination_key, or by root_span_id or id.",
}


class LintBlocked(QueryError):
    """Strict mode refuses a query. Clients show what stands behind `Message`, up to its end."""

    code = "lint_strict"

    def __init__(self, warnings: Sequence[dict[str, str]], spans: int) -> None:
        listed = "\n".join(f"- [{one['code']}] {one['message']}" for one in warnings)
        super().__init__(
            f"Query blocked by strict lint mode due to reading more than {spans:,} spans:\n{listed}",
            warnings=list(warnings),
        )

    def body(self, request_id: str | None = None) -> dict[str, Any]:
        """The body of every error, with the message once more where strict clients look for it."""
        return {**super().body(request_id), "Message": self.message}


def lint(tree: exp.Query) -> list[dict[str, str]]:
    """Warnings of `code`, `stage` and `message`."""
    return [_UNBOUNDED] if any(_reads_all_logs(select) for select in tree.find_all(exp.Select)) else []


def _reads_all_logs(select: exp.Select) -> bool:
    """Whether a SELECT must look at all logs of a project: its newest rows come without doing so."""
    source = select.args.get("from_")
    call = source.this.this if source is not None and isinstance(source.this, exp.Table) else None
    if not isinstance(call, exp.Anonymous) or call.name.lower() != "project_logs":
        return False
    newest = not any(select.args.get(part) for part in ("where", "group", "order", "distinct"))
    return not (newest and not _is_total(select)) and not _is_bounded(select.args.get("where"))


def _is_total(select: exp.Select) -> bool:
    return any(isinstance(item.unalias(), exp.Anonymous) for item in select.expressions)


def _is_bounded(where: exp.Expr | None) -> bool:
    """Whether one of the conditions that all rows meet bounds them."""
    if where is None:
        return False
    tree = where.this.unnest()
    return any(_bounds(part.unnest()) for part in (tree.flatten() if isinstance(tree, exp.And) else (tree,)))


def _bounds(condition: exp.Expr) -> bool:
    names = {column.name.lower() for column in condition.find_all(exp.Column)}
    if isinstance(condition, _RANGES):
        return bool(names & _BOUNDS) or (isinstance(condition, exp.EQ) and bool(names & _POINTS))
    return isinstance(condition, exp.In) and bool(names & _POINTS)
