"""`can`, which guards one object, and `reach`, which is the predicate of lists and queries, never disagree."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from assay_server.engines.authz import ACL_TYPES, ACTIONS, ROLES, Actor, Grant, ObjectRef, can, reach

IN_PROJECTS = ("project", "project_logs", "experiment", "dataset", "prompt", "function")
OUTSIDE = ("group", "role", "project_group", "environment")
KINDS = (*IN_PROJECTS, *OUTSIDE)
ORGS = ("o1", "o2")


def _objects() -> list[ObjectRef]:
    """Two objects of every kind in each of two organizations and of two projects."""
    found: list[ObjectRef] = []
    for org in ORGS:
        for at in ("p1", "p2"):
            project = f"{org}-{at}"
            for kind in IN_PROJECTS:
                own = project if kind in ("project", "project_logs") else f"{project}-{kind}"
                found.append(ObjectRef(project, kind, own, own, org))
            found += [ObjectRef("", kind, f"{project}-{kind}", "n", org) for kind in OUTSIDE]
    return found


OBJECTS = _objects()
TYPES = sorted({ACL_TYPES.get(kind, kind) for kind in KINDS} | {"organization", "org_project"})
IDS = sorted({one.object_id for one in OBJECTS} | set(ORGS))
GRANTS = st.frozensets(
    st.builds(
        Grant,
        permission=st.sampled_from(ACTIONS),
        object_type=st.sampled_from(TYPES),
        object_id=st.sampled_from(IDS),
        restrict_object_type=st.sampled_from([None, None, *TYPES]),
    ),
    max_size=6,
)
ACTORS = st.builds(
    Actor,
    user_id=st.just("u"),
    org_id=st.sampled_from(ORGS),
    org_name=st.just("org"),
    kind=st.just("api_key"),
    role=st.sampled_from([*ROLES, "guest", "guest"]),
    grants=GRANTS,
)


@given(actor=ACTORS, action=st.sampled_from(ACTIONS), kind=st.sampled_from(KINDS))
@settings(max_examples=600, deadline=None)
def test_a_list_holds_exactly_what_may_be_read_one_by_one(actor: Actor, action: str, kind: str) -> None:
    within = reach(actor, action, kind, in_projects=kind in IN_PROJECTS)  # type: ignore[arg-type]
    for one in OBJECTS:
        if one.object_type == kind:
            listed = one.org_id == actor.org_id and (
                within.everywhere
                or one.object_id in within.objects
                or (kind in IN_PROJECTS and one.project_id in within.projects)
            )
            assert listed == can(actor, action, one), one  # type: ignore[arg-type]


@given(actor=ACTORS, action=st.sampled_from(ACTIONS), more=GRANTS)
@settings(max_examples=200, deadline=None)
def test_rules_only_add_and_never_cross_organizations(
    actor: Actor, action: str, more: frozenset[Grant]
) -> None:
    wider = replace(actor, grants=actor.grants | more)
    for one in OBJECTS:
        before, after = can(actor, action, one), can(wider, action, one)  # type: ignore[arg-type]
        assert after or not before
        assert not (after and one.org_id != actor.org_id)
