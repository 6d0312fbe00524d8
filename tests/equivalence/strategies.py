"""Random plans: small first, so that what Hypothesis shrinks to is a small DAG."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.equivalence.features import ON, Feature
from tests.equivalence.plans import (
    ALL_SUCCESS,
    ALWAYS,
    Branch,
    Choice,
    Group,
    GroupKind,
    Job,
    Join,
    Member,
    Plan,
    Read,
    Region,
    replaced,
    walk,
)

MOST_TASKS = 12
RULES = (
    ALL_SUCCESS,
    "all_done",
    "none_failed",
    "none_failed_min_one_success",
    "one_success",
    "one_failed",
    "all_failed",
    "one_done",
    "all_skipped",
    "none_skipped",
    "all_done_min_one_success",
    "always",
)
_KINDS = {
    GroupKind.PLAIN: Feature.GROUPS,
    GroupKind.BRANCHES: Feature.BRANCHES,
    GroupKind.FAIL_FAST: Feature.FAIL_FAST,
    GroupKind.MAPPED: Feature.MAPPED_GROUPS,
    GroupKind.JOB_GRAPH: Feature.JOB_GRAPHS,
}
_CLOSED = frozenset({GroupKind.FAIL_FAST, GroupKind.MAPPED, GroupKind.JOB_GRAPH})
"""Groups whose edges come from and go to the whole group."""


def plans(features: Collection[Feature] = ON, most_tasks: int = MOST_TASKS) -> st.SearchStrategy[Plan]:
    """Plans of up to so many tasks with these features."""
    return _plan(frozenset(features), most_tasks)


@st.composite
def _plan(draw: st.DrawFn, on: frozenset[Feature], most_tasks: int) -> Plan:
    count = draw(st.integers(1, most_tasks))
    region = draw(_Regions(on).region(count, ()))
    plan = Plan(region=region, links=draw(_links(region)) if Feature.LINKS in on else ())
    plan = replace(plan, conf=(("n", draw(st.integers(0, 3))),)) if on & {Feature.CHOICES} else plan
    return _without_doubles(draw(_behaviour(plan, on)))


class _Regions:
    """Shapes: members, groups and edges, whose jobs do nothing yet."""

    def __init__(self, on: frozenset[Feature]) -> None:
        self._on = on
        self._numbers = itertools.count(1)

    @st.composite
    def region(draw: st.DrawFn, self: _Regions, count: int, around: tuple[GroupKind, ...]) -> Region:  # noqa: N805
        members: list[Member] = []
        while count > 0:
            member, tasks = draw(self.member(count, around))
            members.append(member)
            count -= tasks
        edges = draw(_edges([member.name for member in members], crossing=Feature.CROSSING in self._on))
        return Region(members=tuple(draw(_choices(members, edges, self._on))), edges=tuple(edges))

    @st.composite
    def member(draw: st.DrawFn, self: _Regions, count: int, around: tuple[GroupKind, ...]) -> tuple[Member, int]:  # noqa: N805
        """A member and how many of the tasks it uses up."""
        makers = ["job", "job", "job"]
        in_graph = GroupKind.JOB_GRAPH in around
        if Feature.JOINS in self._on and not in_graph:
            makers.append("join")
        if self._on & {Feature.CHOICES, Feature.RESULT_CHOICES} and not in_graph:
            makers.append("choice")
        if Feature.MAPS in self._on and not {GroupKind.MAPPED, GroupKind.JOB_GRAPH} & set(around):
            makers.append("map")
        kinds = [kind for kind in _KINDS if _KINDS[kind] in self._on and _fits(kind, around)]
        if count > 1 and len(around) < 3 and kinds:
            makers += ["group", "group"]
        number = next(self._numbers)
        match draw(st.sampled_from(makers)):
            case "join":
                return Join(name=f"j{number}"), 1
            case "choice":
                return Choice(name=f"c{number}"), 1
            case "map":
                items = draw(_items)
                return Job(name=f"m{number}", items=items, fails=(0,) * len(items)), 1
            case "group":
                kind = draw(st.sampled_from(kinds))
                size = draw(st.integers(1, count))
                items = draw(_items) if kind is GroupKind.MAPPED else ()
                region = draw(self.region(size, (*around, kind)))
                return Group(name=f"g{number}", kind=kind, region=region, items=items), size
            case _:
                return Job(name=f"t{number}"), 1


_items = st.integers(1, 3).map(lambda count: tuple("abc"[:count]))


def _fits(kind: GroupKind, around: tuple[GroupKind, ...]) -> bool:
    """Airflow has no mapped group in a mapped group; a job graph holds jobs only."""
    if GroupKind.JOB_GRAPH in around:
        return False
    return not (kind is GroupKind.MAPPED and GroupKind.MAPPED in around)


@st.composite
def _edges(draw: st.DrawFn, names: list[str], *, crossing: bool) -> list[tuple[str, str]]:
    """Edges from earlier to later names: up to three into each; without crossing, one at most."""
    found = []
    for place, name in enumerate(names):
        most = min(place, 3 if crossing else 1)
        before = draw(st.sets(st.integers(0, place - 1), max_size=most)) if place else set()
        found += [(names[index], name) for index in sorted(before)]
    return found


@st.composite
def _choices(draw: st.DrawFn, members: list[Member], edges: list[tuple[str, str]], on: frozenset[Feature]) -> Any:
    """The members, the choices among them with branches to what is directly downstream of them."""
    filled: list[Member] = []
    for member in members:
        after = [below for above, below in edges if above == member.name]
        if not isinstance(member, Choice):
            filled.append(member)
        elif not after:
            filled.append(Join(name=member.name))
        else:
            follow = st.sets(st.sampled_from(after), min_size=1).map(lambda names: tuple(sorted(names)))
            subject = st.just("n") if Feature.CHOICES in on else st.nothing()
            branch = st.builds(Branch, subject=subject, of_result=st.just(False), over=st.integers(0, 3), follow=follow)
            branches = draw(st.lists(branch, min_size=1, max_size=2))
            filled.append(replace(member, branches=tuple(branches), default=draw(st.none() | follow)))
    return filled


@st.composite
def _links(draw: st.DrawFn, region: Region) -> tuple[tuple[str, str], ...]:
    """A few edges between tasks of different groups, from an earlier one to a later one."""
    ends = [
        (member.name, groups[-1].name if groups else "")
        for member, groups in walk(region)
        if isinstance(member, Job) and not any(group.kind in _CLOSED for group in groups)
    ]
    pairs = [(one[0], two[0]) for one, two in itertools.combinations(ends, 2) if one[1] != two[1]]
    if not pairs:
        return ()
    return tuple(sorted(draw(st.sets(st.sampled_from(pairs), max_size=2))))


@st.composite
def _behaviour(draw: st.DrawFn, plan: Plan, on: frozenset[Feature]) -> Plan:
    """The plan with what its jobs do."""
    change: dict[str, Member] = {}
    givers: list[str] = []
    for member, groups in list(walk(plan.region)):
        mapped = next((group for group in groups if group.kind is GroupKind.MAPPED), None)
        in_graph = any(group.kind is GroupKind.JOB_GRAPH for group in groups)
        match member:
            case Job():
                job = draw(_job(member, mapped, on, givers=() if in_graph else tuple(givers), in_graph=in_graph))
                if job.result is not None and not mapped:
                    givers.append(job.name)
                change[job.name] = job
            case Join() if Feature.RULES in on:
                change[member.name] = replace(member, rule=draw(_rules))
    return replace(plan, region=replaced(plan.region, change))


_rules = st.just(ALL_SUCCESS) | st.sampled_from(RULES)


@st.composite
def _job(
    draw: st.DrawFn, job: Job, mapped: Group | None, on: frozenset[Feature], *, givers: tuple[str, ...], in_graph: bool
) -> Job:
    """A job with failures, retries, a rule, a result, and values that it reads from `givers`."""
    if givers and job.items and Feature.RESULT_MAPS in on and draw(st.booleans()):
        job = replace(job, items=(), items_from=draw(st.sampled_from(givers)))
    items = mapped.items if mapped else job.items
    if Feature.FAILURES in on:
        kinds = [0] * 5 + [ALWAYS] + ([1, 2] if Feature.RETRIES in on and not in_graph else [])
        job = replace(job, fails=tuple(draw(st.sampled_from(kinds)) for _ in items or (None,)))
    if any(0 < fails < ALWAYS for fails in job.fails):
        job = replace(job, retries=draw(st.integers(0, 2)))
    if Feature.RULES in on and not in_graph:
        job = replace(job, rule=draw(_rules))
    if Feature.RESULTS in on and not job.items and not mapped and not job.items_from and draw(st.booleans()):
        document = {"n": draw(st.integers(0, 3)), "items": [{"ITEM": item} for item in draw(_items)]}
        job = replace(job, result=document)
    if givers and not job.items and not job.items_from and job.rule == ALL_SUCCESS:
        chosen = draw(st.sets(st.sampled_from(givers), max_size=2))
        job = replace(job, reads=tuple(Read(task=name, key="n") for name in sorted(chosen)))
    return job


def _without_doubles(plan: Plan) -> Plan:
    """No edge twice: Airflow warns of one."""
    edges = {edge for member, _ in walk(plan.region) if isinstance(member, Group) for edge in member.region.edges}
    edges |= set(plan.region.edges)
    return replace(plan, links=tuple(link for link in plan.links if link not in edges))
