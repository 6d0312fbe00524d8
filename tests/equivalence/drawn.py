"""What is drawn of a plan, each member for itself so that Hypothesis can leave any of them out; and the plan of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tests.equivalence.plans import (
    ALL_SUCCESS,
    MAP_INDEX,
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
    Strategy,
    replaced,
    walk,
)

CLOSED = frozenset({GroupKind.FAIL_FAST, GroupKind.MAPPED, GroupKind.JOB_GRAPH, GroupKind.AHEAD})
"""Groups whose edges come from and go to the whole group."""


NUMBER = "n"
"""The key of a number in a job's result."""


class TaskKind(StrEnum):
    """What a drawn task is."""

    JOB = "t"
    MAP = "m"
    BATCH_MAP = "b"
    JOIN = "j"
    CHOICE = "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBranch:
    """A choice's branch; `picks` are places among what is directly downstream."""

    over: int
    picks: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A member: what refers to others says how far back they are, from 1; who is too far back isn't there.

    `back`: members of the same region, upstream. `links`: tasks, wherever they are. `reads`: jobs with results.
    `result`: a document with a number, or a list to map over.
    """

    kind: TaskKind | GroupKind
    back: frozenset[int] = frozenset()
    links: frozenset[int] = frozenset()
    reads: frozenset[int] = frozenset()
    fails: tuple[int, ...] = (0,)
    retries: int = 0
    rule: str = ALL_SUCCESS
    items: tuple[str, ...] = ()
    strategy: Strategy | None = None
    tolerated: int = 0
    over_result: bool = False
    result: dict[str, int] | list[str] | None = None
    branches: tuple[DrawnBranch, ...] = ()
    by_index: bool = False
    default: frozenset[int] | None = None
    setup: bool = False
    teardown: bool = False
    children: tuple[Drawn, ...] = ()


def built(members: Sequence[Drawn], *, param: int, most_tasks: int) -> Plan:
    """The plan: members named and joined, without those that are too many."""
    builder = _Builder(left=most_tasks)
    region = _lawful(builder.region(members, (), ()))
    edges = {edge for inside in _regions(region) for edge in inside.edges}
    links = tuple(link for link in dict.fromkeys(builder.links) if link not in edges)
    has_param = any(isinstance(member, Choice) for member, _ in walk(region))
    return Plan(region=region, links=links, conf=(("n", param),) if has_param else ())


def _lawful(region: Region) -> Region:
    """Airflow wants the default rule directly behind a setup task: with a setup task, no task has another."""
    tasks = [member for member, _ in walk(region) if not isinstance(member, Group)]
    if not any(isinstance(task, Job) and task.setup for task in tasks):
        return region
    return replaced(region, {task.name: replace(task, rule=ALL_SUCCESS) for task in tasks})


def _regions(region: Region) -> Iterator[Region]:
    yield region
    for member in region.members:
        if isinstance(member, Group):
            yield from _regions(member.region)


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Names members in order. A *cell* is the closed groups around a task: what crosses its border is refused."""

    left: int
    number: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)
    tasks: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    givers: list[tuple[Read, tuple[str, ...]]] = field(default_factory=list)
    lists: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def region(self, members: Sequence[Drawn], groups: tuple[str, ...], cell: tuple[str, ...]) -> Region:
        """A region of those members for which there is room."""
        made: list[Member] = []
        edges: list[tuple[str, str]] = []
        drawn_choices: dict[str, Drawn] = {}
        for drawn in members:
            if self.left == 0:
                break
            self.number += 1
            member = self.member(drawn, groups, cell)
            if isinstance(member, Choice):
                drawn_choices[member.name] = drawn
            edges += [(made[-far].name, member.name) for far in sorted(drawn.back, reverse=True) if far <= len(made)]
            made.append(member)
        filled = [_with_branches(member, drawn_choices.get(member.name), edges) for member in made]
        return Region(members=tuple(filled), edges=tuple(edges))

    def member(self, drawn: Drawn, groups: tuple[str, ...], cell: tuple[str, ...]) -> Member:
        """A member, its branches to come."""
        if isinstance(drawn.kind, GroupKind):
            name = f"g{self.number}"
            inner = (*cell, name) if drawn.kind in CLOSED else cell
            over = self.lister(drawn, cell)
            region = self.region(drawn.children, (*groups, name), inner)
            return Group(name=name, kind=drawn.kind, region=region, items=drawn.items, items_from=over)
        self.left -= 1
        name = f"{drawn.kind}{self.number}"
        self.link(name, drawn, groups, cell)
        givers = [read for read, around in self.givers if around == cell]
        match drawn.kind:
            case TaskKind.JOIN:
                return Join(name=name, rule=drawn.rule)
            case TaskKind.CHOICE:
                # The nearest, as there are few such jobs; in a mapped group Airflow pulls the results of all items.
                read = [read.task for read in givers if read.key == NUMBER][-1:] if drawn.reads and not cell else []
                self.links += [(giver, name) for giver in read]
                compared = MAP_INDEX if drawn.by_index else read[0] if read else "n"
                subject = Branch(subject=compared, of_result=bool(read), over=0, follow=())
                return Choice(name=name, branches=(subject,), rule=drawn.rule)
        plain = (not drawn.items or drawn.strategy) and drawn.rule == ALL_SUCCESS and not drawn.teardown
        job = Job(
            name=name,
            fails=drawn.fails,
            retries=drawn.retries,
            rule=drawn.rule,
            items=drawn.items,
            strategy=drawn.strategy,
            items_from=self.lister(drawn, cell) if drawn.rule == ALL_SUCCESS else None,
            tolerated=drawn.tolerated,
            result=drawn.result,
            reads=tuple(givers[-far] for far in sorted(drawn.reads) if far <= len(givers)) if plain else (),
            setup=drawn.setup,
            teardown=drawn.teardown,
        )
        if isinstance(job.result, list):
            self.lists.append((name, cell, tuple(job.result)))
        elif job.result is not None:
            self.givers.append((Read(task=name, key=NUMBER), cell))
        elif job.strategy is Strategy.ARRAY:
            self.givers.append((Read(task=name, key="failed"), cell))
        return job

    def lister(self, drawn: Drawn, cell: tuple[str, ...]) -> str | None:
        """The latest job whose result is the member's items, if it is to map over one."""
        lists = [giver for giver, around, items in self.lists if around == cell and items == drawn.items]
        return lists[-1] if lists and drawn.over_result else None

    def link(self, name: str, drawn: Drawn, groups: tuple[str, ...], cell: tuple[str, ...]) -> None:
        """Edges from earlier tasks of other groups."""
        others = [task for task, theirs, around in self.tasks if around == cell and theirs != groups]
        self.links += [(others[-far], name) for far in sorted(drawn.links) if far <= len(others)]
        self.tasks.append((name, groups, cell))


def _with_branches(member: Member, drawn: Drawn | None, edges: Iterable[tuple[str, str]]) -> Member:
    """A choice with branches to what is directly downstream of it; without any, it does nothing."""
    if not isinstance(member, Choice) or drawn is None:
        return member
    after = [below for above, below in edges if above == member.name]
    if not after:
        return Join(name=member.name, rule=member.rule)
    subject = member.branches[0]

    def follow(picks: frozenset[int]) -> tuple[str, ...]:
        return tuple(after[place] for place in sorted({pick % len(after) for pick in picks}))

    branches = tuple(
        Branch(subject=subject.subject, of_result=subject.of_result, over=branch.over, follow=follow(branch.picks))
        for branch in drawn.branches
    )
    default = None if drawn.default is None else follow(drawn.default)
    return Choice(name=member.name, branches=branches, default=default, rule=member.rule)
