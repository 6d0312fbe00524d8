"""The blocks of any graph keep its order, and add no waiting where the graph is series-parallel."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from asl_export.structure.decompose import Shape, Split, decompose
from asl_export.structure.order import Order, members, order_of


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
