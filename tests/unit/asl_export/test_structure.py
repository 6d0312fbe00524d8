"""The blocks of any graph keep its order, and add no waiting where the graph is series-parallel."""

from functools import cache
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_export.structure.decompose import Shape, decompose
from asl_export.structure.order import Order, members, order_of
from asl_export.structure.parts import Split


def graphs(most: int = 9) -> st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]:
    """Acyclic graphs: edges from earlier to later nodes."""

    def edges(ids: list[str]) -> st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]:
        pairs = list(combinations(ids, 2))
        chosen = st.lists(st.sampled_from(pairs), unique=True, max_size=14) if pairs else st.just([])
        return chosen.map(lambda found: (ids, found))

    return st.integers(1, most).map(lambda count: [f"t{number}" for number in range(count)]).flatmap(edges)


def demanded(shape: Shape) -> set[tuple[int, int]]:
    """The pairs of nodes of which a shape runs one after the other."""
    pairs = {pair for part in shape.parts for pair in demanded(part)}
    if shape.split is Split.SERIES:
        for first, then in combinations(shape.parts, 2):
            pairs |= {(a, b) for a in members(first.nodes) for b in members(then.nodes)}
    return pairs


def ordered(order: Order) -> set[tuple[int, int]]:
    return {(other, number) for number in range(len(order.ids)) for other in members(order.before[number])}


@given(graphs())
def test_blocks_keep_every_order_and_each_task_once(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    order = order_of(*graph)
    shape = decompose(order).shape
    assert ordered(order) <= demanded(shape)
    assert sorted(members(shape.nodes)) == list(range(len(graph[0])))


@given(graphs())
def test_without_a_barrier_nothing_waits_for_more_than_it_must(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    order = order_of(*graph)
    found = decompose(order)
    added = demanded(found.shape) - ordered(order)
    assert bool(added) == bool(found.barriers)


def series_parallel(depth: int = 4) -> st.SearchStrategy[object]:
    """Nested lists: tuples in series, lists in parallel, None a task."""
    return st.recursive(
        st.none(),
        lambda inner: st.lists(inner, min_size=2, max_size=3) | st.lists(inner, min_size=2, max_size=3).map(tuple),
        max_leaves=12,
    )


@given(series_parallel())
def test_a_series_parallel_graph_never_needs_a_barrier(nested: object) -> None:
    ids: list[str] = []
    edges: list[tuple[str, str]] = []

    def build(part: object) -> tuple[list[str], list[str]]:
        """The first and the last tasks of a part."""
        if part is None:
            ids.append(f"t{len(ids)}")
            return [ids[-1]], [ids[-1]]
        ends = [build(inner) for inner in part]  # type: ignore[attr-defined]  # a list or a tuple
        if isinstance(part, list):
            return [task for first, _ in ends for task in first], [task for _, last in ends for task in last]
        for (_, above), (below, _) in pairwise(ends):
            edges.extend((one, two) for one in above for two in below)
        return ends[0][0], ends[-1][1]

    build(nested)
    assert decompose(order_of(ids, edges)).barriers == ()


def test_the_smallest_crossing_takes_one_barrier_that_adds_one_wait() -> None:
    order = order_of(["a", "b", "c", "d"], [("a", "c"), ("a", "d"), ("b", "d")])
    found = decompose(order)
    assert len(found.barriers) == 1
    assert len(demanded(found.shape) - ordered(order)) == 1


def test_a_large_crossing_graph_keeps_its_order_and_adds_no_more_than_its_barriers() -> None:
    ids = [f"t{number}" for number in range(400)]
    edges = [(ids[one], ids[one + step]) for one in range(396) for step in (1, 3) if (one * step) % 5]
    order = order_of(ids, edges)
    found = decompose(order)
    cut = {(a, b) for each in found.barriers for a in members(each.first) for b in members(each.then)}
    assert any(barrier.first.bit_count() + barrier.then.bit_count() > 120 for barrier in found.barriers)
    assert ordered(order) <= demanded(found.shape)
    assert demanded(found.shape) - ordered(order) == cut - ordered(order)


Graph = tuple[list[str], list[tuple[str, str]]]


def twins() -> Graph:
    """Workers that all load and join; beside them a light task that only joins."""
    workers, parts = [f"w{number}" for number in range(4)], [f"p{number}" for number in range(6)]
    edges = [(worker, below) for worker in workers for below in ("load", "join")]
    edges += [*(("load", part) for part in parts), ("light", "join")]
    return [*workers, "load", *parts, "light", "join"], edges


def audited() -> Graph:
    """Extracts before a chain of steps; an audit of the extracts and of a manual task."""
    extracts, steps = [f"e{number}" for number in range(5)], [f"s{number}" for number in range(6)]
    edges = [(extract, below) for extract in extracts for below in ("s0", "audit")]
    return [*extracts, *steps, "manual", "audit"], [*edges, *pairwise(steps), ("manual", "audit")]


def lattice(wide: int, long: int) -> Graph:
    """Stages of which each task waits for its own task of the stage before and for a neighbour's."""
    stages = [[f"t{stage}_{place}" for place in range(wide)] for stage in range(long)]
    edges = [
        (above[place], below[other % wide])
        for above, below in pairwise(stages)
        for place in range(wide)
        for other in (place, place + 1)
    ]
    return [task for stage in stages for task in stage], edges


def set_up(count: int) -> Graph:
    """Groups of a setup, eight jobs and a teardown; the last task waits for the jobs alone."""
    ids, edges = ["last"], []
    for group in range(count):
        jobs = [f"g{group}.{number}" for number in range(8)]
        ids += [f"g{group}.up", *jobs, f"g{group}.down"]
        edges += [(f"g{group}.up", job) for job in jobs]
        edges += [(job, below) for job in jobs for below in (f"g{group}.down", "last")]
    return ids, edges


@pytest.mark.parametrize(
    ("graph", "pairs", "longest"),
    [
        pytest.param(twins(), 4, 3, id="twins are parted by no barrier"),
        pytest.param(audited(), 5, 7, id="a cut at all extracts instead of one after each"),
        pytest.param(lattice(4, 4), 32, 4, id="a small lattice goes by levels"),
        pytest.param(lattice(8, 5), 400, 5, id="a wide lattice goes by levels"),
        pytest.param(lattice(8, 20), 2912, 20, id="a long lattice goes by levels"),
        pytest.param(set_up(11), 11, 4, id="the last of 111 tasks waits for the teardowns"),
        pytest.param(set_up(12), 12, 4, id="so does that of 121"),
        pytest.param(set_up(30), 30, 4, id="so does that of 301"),
    ],
)
def test_few_pairs_wait_and_chains_stay_short(graph: Graph, pairs: int, longest: int) -> None:
    order = order_of(*graph)
    found = decompose(order)
    assert found.cost == (pairs, longest)
    assert len(demanded(found.shape) - ordered(order)) == pairs


def fewest_pairs(order: Order, nodes: int) -> int:
    """How many pairs must wait at least, by trying every cut."""

    @cache
    def least(nodes: int) -> int:
        numbers = list(members(nodes))
        if all(order.before[one] >> two & 1 == 0 for two, one in combinations(numbers, 2)):
            return 0
        costs: list[int] = []
        for first in closed(nodes):
            then = nodes & ~first
            added = sum((then & ~order.after[number]).bit_count() for number in members(first))
            links = sum((then & order.after[number]).bit_count() for number in members(first))
            costs.append((added if links else 0) + least(first) + least(then))  # without a link they are parallel
        return min(costs)

    def closed(nodes: int) -> list[int]:
        sets = [0]
        for number in members(nodes):
            sets += [each | 1 << number for each in sets if order.before[number] & nodes & ~each == 0]
        return [each for each in sets if each and each != nodes]

    return least(nodes)


def test_of_a_few_tasks_no_more_wait_than_must() -> None:
    chance = Random(7)
    for _ in range(100):
        ids = [f"t{number}" for number in range(9)]
        order = order_of(ids, [pair for pair in combinations(ids, 2) if chance.random() < 0.25])
        assert decompose(order).cost[0] == fewest_pairs(order, (1 << len(ids)) - 1)


@given(graphs())
def test_a_barrier_says_how_many_pairs_wait_for_it(graph: Graph) -> None:
    order = order_of(*graph)
    found = decompose(order)
    assert len(demanded(found.shape) - ordered(order)) == found.cost[0]
