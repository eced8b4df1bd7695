"""The six routes every kind of object has, made from a description; each stays a route of its own in openapi.json.

`POST` creates or finds, `PUT` creates or replaces, `GET` lists or reads, `PATCH` changes, `DELETE` removes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, create_model
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import Wire, found_existing
from assay_server.http.pagination import PageQuery


class ObjectStore(Protocol):
    """What the routes ask of whoever keeps a kind of object; `values` are the fields of a body."""

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """`(object, found)`; one that is there is returned as it is, or with `replace` set to the values."""
        ...

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """A page of live objects, newest first."""
        ...

    def get(self, actor: Actor, kind: str, object_id: str, **choice: Any) -> Record:
        """One object by id; `choice` are the fields of `ObjectRoutes.choice`. Raises NotFound."""
        ...

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change the fields that were sent."""
        ...

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """Remove an object and return it."""
        ...


class OrgFields(Wire):
    """Which organization is meant; it must be the caller's."""

    org_name: str | None = None
    org_id: str | None = None


class Filters(OrgFields):
    """Query parameters of a list. A field that is no column of the kind says so in `columns`."""

    ids: list[str] | None = None
    name: str | None = None

    def columns(self, kind: str) -> dict[str, Any]:
        """Column → value or values wanted; `<kind>_name` is another word for `name`."""
        fields = self.model_dump(exclude={"ids", "org_name", "org_id", f"{kind}_name"})
        name = getattr(self, f"{kind}_name", None) or self.name
        return {
            column: value if value is False else value or None
            for column, value in {**fields, "name": name}.items()
        }


class ProjectFilters(Filters):
    """Query parameters of a list of objects in projects."""

    project_id: str | None = None
    project_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRoutes:
    """How one kind of object looks over HTTP.

    `one` is the answer, `create` and `patch` are the bodies. `filters` is extended by `<kind>_name`. `store`
    finds the keeper among the services; unless told it is the object service. `path` is `/v1/<kind>` unless
    told. `choice` are query parameters of reading one, such as its version.
    """

    kind: str
    one: type[BaseModel]
    create: type[Wire]
    patch: type[Wire]
    filters: type[Filters] = ProjectFilters
    store: Callable[[Any], ObjectStore] = lambda services: services.objects
    choice: type[Wire] | None = None
    path: str = ""
    plural: str = ""

    @property
    def noun(self) -> str:
        """What people call one."""
        return self.kind.replace("_", " ")

    @property
    def nouns(self) -> str:
        """What people call several."""
        return self.plural or f"{self.noun}s"

    @property
    def address(self) -> str:
        """Where the list is."""
        return self.path or f"/v1/{self.kind}"


def object_router(tag: str, *described: ObjectRoutes) -> APIRouter:
    """A router with the routes of some kinds."""
    router = APIRouter(tags=[tag], route_class=ObjectRoute)
    for routes in described:
        add_object_routes(router, routes)
    return router


def add_object_routes(router: APIRouter, routes: ObjectRoutes) -> None:
    """Add the six routes of one kind to a router."""
    noun, nouns = routes.noun, routes.nouns
    page = create_model(
        f"{routes.one.__name__}List",
        __doc__=f"A page of {nouns}, newest first.",
        objects=(list[routes.one], ...),  # pyright: ignore[reportInvalidTypeForm]
    )
    _add(
        router, routes, "POST", _create(routes), f"Create a {noun}, or return the one of that name unchanged."
    )
    _add(
        router,
        routes,
        "PUT",
        _replace(routes),
        f"Create a {noun}, or set every field of the one of that name.",
    )
    _add(router, routes, "GET", _list(routes), f"The {nouns} the caller may read, newest first.", page=page)
    _add(router, routes, "GET", _get(routes), f"One {noun} by id.", single=True)
    changed = f"Change the fields of a {noun} that are sent; null clears, objects merge key by key."
    _add(router, routes, "PATCH", _change(routes), changed, single=True)
    _add(router, routes, "DELETE", _delete(routes), f"Delete a {noun}; its name is free again.", single=True)


def _add(
    router: APIRouter,
    routes: ObjectRoutes,
    method: str,
    handler: Callable[..., Any],
    text: str,
    *,
    page: type[BaseModel] | None = None,
    single: bool = False,
) -> None:
    name = f"{handler.__name__}_{routes.nouns.replace(' ', '_') if page else routes.kind}"
    router.add_api_route(
        f"{routes.address}/{{{routes.kind}_id}}" if single else routes.address,
        handler,
        methods=[method],
        name=name,
        operation_id=name,
        summary=name.replace("_", " ").capitalize(),
        description=text,
        response_model=page or routes.one,
    )


def _create(routes: ObjectRoutes) -> Callable[..., Any]:
    def create(request: Request, response: Response, actor: CurrentActor, body: Any) -> Any:
        row, found = _store(request, routes).create(actor, routes.kind, _values(actor, body))
        return found_existing(response, row, found)

    return _typed(create, body=routes.create)


def _replace(routes: ObjectRoutes) -> Callable[..., Any]:
    def replace(request: Request, response: Response, actor: CurrentActor, body: Any) -> Any:
        row, found = _store(request, routes).create(actor, routes.kind, _values(actor, body), replace=True)
        return found_existing(response, row, found)

    return _typed(replace, body=routes.create)


def _list(routes: ObjectRoutes) -> Callable[..., Any]:
    def list_(request: Request, actor: CurrentActor, page: PageQuery, filters: Any) -> Any:
        check_org(actor, filters.org_name, filters.org_id)
        wanted = filters.columns(routes.kind)
        rows = _store(request, routes).list(actor, routes.kind, page, filters=wanted, ids=filters.ids)
        return {"objects": rows}

    list_.__name__ = "list"
    named: Any = {f"{routes.kind}_name": (str | None, None)}
    model = create_model(f"{routes.one.__name__}Filters", __base__=routes.filters, **named)
    return _typed(list_, filters=Annotated[model, Query()])


def _get(routes: ObjectRoutes) -> Callable[..., Any]:
    def get(request: Request, actor: CurrentActor, object_id: str) -> Any:
        return _store(request, routes).get(actor, routes.kind, object_id)

    def get_chosen(request: Request, actor: CurrentActor, object_id: str, choice: Any) -> Any:
        return _store(request, routes).get(actor, routes.kind, object_id, **choice.model_dump())

    if routes.choice is None:
        return _typed(get, object_id=_id(routes))
    get_chosen.__name__ = "get"
    return _typed(get_chosen, object_id=_id(routes), choice=Annotated[routes.choice, Query()])


def _change(routes: ObjectRoutes) -> Callable[..., Any]:
    def change(request: Request, actor: CurrentActor, object_id: str, body: Any) -> Any:
        return _store(request, routes).update(actor, routes.kind, object_id, body.changes())

    return _typed(change, object_id=_id(routes), body=routes.patch)


def _delete(routes: ObjectRoutes) -> Callable[..., Any]:
    def delete(request: Request, actor: CurrentActor, object_id: str) -> Any:
        return _store(request, routes).delete(actor, routes.kind, object_id)

    return _typed(delete, object_id=_id(routes))


def _typed(handler: Callable[..., Any], **types: Any) -> Callable[..., Any]:
    """Give parameters the types that differ by kind; the framework reads them from the annotations."""
    handler.__annotations__ |= types
    return handler


def _id(routes: ObjectRoutes) -> Any:
    return Annotated[str, Path(alias=f"{routes.kind}_id")]


def _store(request: Request, routes: ObjectRoutes) -> ObjectStore:
    return routes.store(request.app.state.services)


def _values(actor: Actor, body: Wire) -> dict[str, Any]:
    """The fields of a body, after checking that it selects no foreign organization."""
    values = body.model_dump()
    check_org(actor, values.pop("org_name", None), values.pop("org_id", None))
    return values
