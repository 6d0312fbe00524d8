"""What `compare` notices, and what it lets pass."""

from collections.abc import Mapping, Sequence

import pytest

from tests.asl_order.comparison import Dag, compare
from tests.asl_order.machines import choice, depends, parallel, per_item, scope, submit, task
from tests.asl_order.order import order_of

CHAIN = scope("a", a=task("b"), b=task())
BESIDE = scope("p", p=parallel(None, scope("a", a=task()), scope("b", b=task())))
EITHER = scope("x", x=task("c"), c=choice("b", "a"), a=task(), b=task())
ONE_MAP = scope("m", m=per_item(None, scope("a", a=task("b"), b=task())))
TWO_MAPS = scope("m", m=per_item("n", scope("a", a=task())), n=per_item(None, scope("b", b=task())))


def dag(names: str, *edges: str, empty: str = "", maps: Mapping[str, Sequence[str]] | None = None) -> Dag:
    """A DAG of tasks with one letter."""
    return Dag(
        states={name: [name] if name not in empty else [] for name in names},
        edges=[(edge[0], edge[1]) for edge in edges],
        maps=maps or {},
    )


@pytest.mark.parametrize(
    ("definition", "asked", "said"),
    [
        (CHAIN, dag("ab", "ab"), []),
        (CHAIN, dag("aeb", "ae", "eb", empty="e"), []),
        (CHAIN, dag("ab"), ["b waits for a, and needn't"]),
        (CHAIN, dag("ab", "ba"), ["a doesn't wait for b"]),
        (BESIDE, dag("ab"), []),
        (BESIDE, dag("ab", "ab"), ["b doesn't wait for a"]),
        (EITHER, dag("xab", "xa", "xb"), ["a and b never run both"]),
        (scope("a", a=task(), b=task()), dag("ab", "ab"), ["nothing leads to b", "a and b never run both"]),
        (ONE_MAP, dag("ab", "ab", maps={"a": ["g"], "b": ["g"]}), []),
        (TWO_MAPS, dag("ab", "ab", maps={"a": ["a"], "b": ["b"]}), []),
        (
            ONE_MAP,
            dag("ab", "ab", maps={"a": ["a"], "b": ["b"]}),
            ["a and b are in other maps together than in the DAG"],
        ),
        (
            TWO_MAPS,
            dag("ab", "ab", maps={"a": ["g"], "b": ["g"]}),
            ["a and b are in other maps together than in the DAG"],
        ),
        (
            ONE_MAP,
            dag("ab", "ab"),
            [
                "a and a are in other maps together than in the DAG",
                "b and b are in other maps together than in the DAG",
                "a and b are in other maps together than in the DAG",
            ],
        ),
    ],
)
def test_each_difference_is_said(definition: dict[str, object], asked: Dag, said: list[str]) -> None:
    assert [str(difference) for difference in compare(order_of(definition), asked)] == said


def test_tasks_after_one_that_decides_may_be_alternatives() -> None:
    asked = Dag(states={"x": ["x"], "a": ["a"], "b": ["b"]}, edges=[("x", "a"), ("x", "b")], maps={}, deciding=["x"])
    assert compare(order_of(EITHER), asked) == ()


def test_a_barrier_that_was_warned_of_may_make_others_wait() -> None:
    definition = scope("a", a=task("b"), b=task("c"), c=task())
    assert compare(order_of(definition), dag("abc", "bc"), {("a", "b")}) == ()


def test_a_warning_must_be_true() -> None:
    found = compare(order_of(BESIDE), dag("ab"), {("a", "b")})
    assert [str(difference) for difference in found] == ["b doesn't wait for a, as was warned"]


def test_jobs_of_a_graph_are_compared_as_jobs() -> None:
    definition = scope("a", a=submit("a", "b"), b=submit("b", "c"), c=task(Arguments=depends("a")))
    assert compare(order_of(definition), dag("abc", "ac")) == ()


def test_a_task_that_only_submits_is_done_with_its_state() -> None:
    definition = scope("a", a=submit("a", "b"), b=task())
    asked = Dag(states={"a": ["a"], "b": ["b"]}, edges=[("a", "b")], maps={}, submitting=["a"])
    assert compare(order_of(definition), asked) == ()


def test_a_task_may_have_several_states() -> None:
    definition = scope("plan", plan=task("m"), m=per_item("b", scope("run", run=task())), b=task())
    asked = Dag(states={"a": ["plan", "run"], "b": ["b"]}, edges=[("a", "b")], maps={"a": ["a"]})
    assert compare(order_of(definition), asked) == ()
