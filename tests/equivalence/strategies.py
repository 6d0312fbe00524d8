"""Random plans: small first, so that what Hypothesis shrinks to is a small DAG."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st

from tests.equivalence.drawn import Drawn, DrawnBranch, TaskKind, built
from tests.equivalence.features import ON, Feature
from tests.equivalence.plans import ALL_SUCCESS, ALWAYS, GroupKind, Plan, Strategy

MOST_TASKS = 12
_DEEPEST = 3
_RULES = (
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
_STRICT = ("none_failed", "none_failed_min_one_success")
"""What isn't refused within a fail-fast group: a failure ends it as a whole."""
_GROUPS = {
    GroupKind.PLAIN: Feature.GROUPS,
    GroupKind.BRANCHES: Feature.BRANCHES,
    GroupKind.FAIL_FAST: Feature.FAIL_FAST,
    GroupKind.MAPPED: Feature.MAPPED_GROUPS,
    GroupKind.JOB_GRAPH: Feature.JOB_GRAPHS,
    GroupKind.AHEAD: Feature.AHEAD,
}
_AHEAD = frozenset({GroupKind.JOB_GRAPH, GroupKind.AHEAD})
"""Groups whose jobs are submitted before any has run."""
_ITEMS = st.integers(1, 3).map(lambda count: tuple("abc"[:count]))
_NUMBERS = st.builds(lambda number: {"n": number}, st.integers(0, 3))
_LISTS = _ITEMS.map(list)
_PICKS = st.frozensets(st.integers(0, 3), min_size=1, max_size=3)
_BRANCHES = st.lists(st.builds(DrawnBranch, over=st.integers(0, 3), picks=_PICKS), min_size=1, max_size=2)


def plans(features: Collection[Feature] = ON, most_tasks: int = MOST_TASKS) -> st.SearchStrategy[Plan]:
    """Plans of up to so many tasks with these features."""
    return _plan(frozenset(features), most_tasks)


@st.composite
def _plan(draw: st.DrawFn, on: frozenset[Feature], most_tasks: int) -> Plan:
    """A plan built of what is drawn."""
    member = _member(on, (), ())
    few = st.lists(member, min_size=1, max_size=most_tasks)
    many = st.lists(member, min_size=min(5, most_tasks), max_size=most_tasks)  # without it most plans are tiny
    return built(draw(few | many), param=draw(st.integers(0, 3)), most_tasks=most_tasks)


@st.composite
def _member(
    draw: st.DrawFn, on: frozenset[Feature], around: tuple[GroupKind, ...], mapped_items: tuple[str, ...]
) -> Drawn:
    """A member of a region in these groups, of which one may be mapped over items."""
    kind = draw(st.sampled_from(_kinds(on, around)))
    back = draw(st.frozensets(st.integers(1, 4), max_size=3 if Feature.CROSSING in on else 1))
    if isinstance(kind, GroupKind):
        items = draw(_ITEMS) if kind is GroupKind.MAPPED else ()
        inner = _member(on, (*around, kind), items or mapped_items)
        children = tuple(draw(st.lists(inner, min_size=1, max_size=4)))
        over_result = bool(items) and Feature.RESULT_MAPS in on and draw(st.booleans())
        return Drawn(kind=kind, back=back, items=items, over_result=over_result, children=children)
    in_graph = not _AHEAD.isdisjoint(around)
    rules = _STRICT if GroupKind.FAIL_FAST in around else _RULES
    rule = draw(st.just(ALL_SUCCESS) | st.sampled_from(rules)) if Feature.RULES in on and not in_graph else ALL_SUCCESS
    if rule == "always" and GroupKind.MAPPED in around:
        rule = "all_done"  # Airflow refuses the other there
    links = draw(_rarely(1)) if Feature.LINKS in on and not in_graph else frozenset[int]()
    match kind:
        case TaskKind.JOIN:
            return Drawn(kind=kind, back=back, links=links, rule=rule)
        case TaskKind.CHOICE:
            reads = frozenset({1} if Feature.RESULT_CHOICES in on else ())
            default = draw(st.none() | _PICKS)
            by_index = bool(mapped_items) and Feature.INDEX_CHOICES in on and draw(st.booleans())
            return Drawn(
                kind=kind,
                back=back,
                links=links,
                reads=reads,
                branches=tuple(draw(_BRANCHES)),
                by_index=by_index,
                default=default,
            )
    if kind is TaskKind.BATCH_MAP:
        return draw(_batch_map(on, back, links, rule))
    return draw(_job(on, kind, back, links, rule, mapped_items, around))


@st.composite
def _batch_map(
    draw: st.DrawFn, on: frozenset[Feature], back: frozenset[int], links: frozenset[int], rule: str
) -> Drawn:
    """A map by either strategy; its items fail, and so many may."""
    strategy = draw(st.sampled_from(Strategy))
    items = draw(_ITEMS)
    # Retries of an array job's items aren't exported.
    flaky = strategy is Strategy.JOBS and Feature.RETRIES in on and draw(st.booleans())
    attempts = [0] * 5 + ([ALWAYS] * 2 if Feature.FAILURES in on else []) + ([1, 2] if flaky else [])
    fails = tuple(draw(st.sampled_from(attempts)) for _ in items)
    return Drawn(
        kind=TaskKind.BATCH_MAP,
        back=back,
        links=links,
        reads=draw(_rarely(2)) if Feature.RESULTS in on else frozenset(),
        fails=fails,
        retries=draw(st.integers(0, 2)) if any(0 < count < ALWAYS for count in fails) else 0,
        rule=rule,
        items=items,
        strategy=strategy,
        tolerated=draw(st.integers(0, len(items))),
        over_result=Feature.RESULT_MAPS in on and draw(st.booleans()),
    )


@st.composite
def _job(
    draw: st.DrawFn,
    on: frozenset[Feature],
    kind: TaskKind,
    back: frozenset[int],
    links: frozenset[int],
    rule: str,
    mapped_items: tuple[str, ...],
    around: tuple[GroupKind, ...],
) -> Drawn:
    """A job, or a job for each item: how often it fails, what it writes, and what it reads."""
    in_graph = not _AHEAD.isdisjoint(around)
    items = draw(_ITEMS) if kind is TaskKind.MAP else ()
    attempts = [0] * 5
    attempts += [ALWAYS] if Feature.FAILURES in on else []
    attempts += [1, 2] if Feature.RETRIES in on and GroupKind.JOB_GRAPH not in around else []
    fails = tuple(draw(st.sampled_from(attempts)) for _ in items or mapped_items or (None,))
    flaky = any(0 < count < ALWAYS for count in fails)
    result = None
    if Feature.RESULTS in on and not items and draw(st.booleans()):
        result = draw(_NUMBERS | _LISTS if Feature.RESULT_MAPS in on else _NUMBERS)
    # In a fail-fast group a teardown is refused, and one behind it for a setup in it.
    in_scope = Feature.TEARDOWNS in on and not items and not in_graph and GroupKind.FAIL_FAST not in around
    teardown = in_scope and draw(st.integers(0, 9)) == 9
    return Drawn(
        kind=kind,
        back=back,
        links=links,
        reads=draw(_rarely(2)) if Feature.RESULTS in on and not in_graph else frozenset(),
        fails=fails,
        retries=draw(st.integers(0, 2)) if flaky else 0,
        rule=ALL_SUCCESS if teardown else rule,
        items=items,
        result=result,
        setup=in_scope and not teardown and draw(st.integers(0, 9)) == 9,
        teardown=teardown,
    )


def _rarely(most: int) -> st.SearchStrategy[frozenset[int]]:
    """How far back up to so many others are; mostly none."""
    none = st.just(frozenset[int]())
    return none | none | st.frozensets(st.integers(1, 6), min_size=1, max_size=most)


def _kinds(on: frozenset[Feature], around: tuple[GroupKind, ...]) -> list[TaskKind | GroupKind]:
    """What a member may be within these groups; a plain job first, and most often."""
    kinds: list[TaskKind | GroupKind] = [TaskKind.JOB] * 4
    if GroupKind.JOB_GRAPH in around:
        return kinds  # it holds nothing else
    if GroupKind.AHEAD in around:
        inside = (GroupKind.PLAIN, GroupKind.BRANCHES, GroupKind.AHEAD) if len(around) < _DEEPEST else ()
        return [*kinds, *(kind for kind in inside if _GROUPS[kind] in on)]
    if Feature.JOINS in on:
        kinds.append(TaskKind.JOIN)
    if Feature.CHOICES in on:
        kinds.append(TaskKind.CHOICE)
    mapped = GroupKind.MAPPED in around  # Airflow has no map in a mapped group
    if Feature.MAPS in on and not mapped:
        kinds.append(TaskKind.MAP)
    if Feature.BATCH_MAPS in on and not mapped:
        kinds.append(TaskKind.BATCH_MAP)
    if len(around) < _DEEPEST:
        kinds += [kind for kind in _GROUPS if _GROUPS[kind] in on and kind not in _barred(around)]
    return kinds


def _barred(around: tuple[GroupKind, ...]) -> set[GroupKind]:
    """The groups that can't be within these."""
    barred = {GroupKind.MAPPED} if GroupKind.MAPPED in around else set()
    return barred | ({GroupKind.JOB_GRAPH} if GroupKind.FAIL_FAST in around else set())
