"""States in series, Parallel, Map, Choice, Catch and loops, nested."""

import pytest

from tests.asl_order.machines import catch, choice, parallel, per_item, scope, task
from tests.asl_order.order import Order, order_of

BRANCHED = scope(
    "first",
    first=task("wide"),
    wide=parallel(
        "last",
        scope("left", left=task("after_left"), after_left=task()),
        scope(
            "inner",
            inner=parallel("after_inner", scope("deep_1", deep_1=task()), scope("deep_2", deep_2=task())),
            after_inner=task(),
        ),
    ),
    last=task(),
)
CHOOSING = scope(
    "choose",
    choose=choice("other", "some", "none"),
    some=task("after_some"),
    after_some=task("join"),
    other=parallel("join", scope("in_other", in_other=task())),
    none=task("join"),
    join=task(),
)
CATCHING = scope(
    "risky",
    risky=task("good", **catch("handle")),
    good=task("clean"),
    handle=task("clean"),
    clean=parallel("end", scope("inside", inside=task()), **catch("give_up")),
    give_up=task("end"),
    end=task(),
)
MAPPED = scope(
    "outer",
    outer=per_item(
        "after",
        scope("prepare", prepare=task("inner"), inner=per_item(None, scope("run", run=task("check"), check=task()))),
    ),
    after=task(),
)
LOOPING = scope(
    "start",
    start=task("again"),
    again=parallel("enough", scope("poll", poll=task("look"), look=task())),
    enough=choice("end", "again"),
    end=task(),
)


@pytest.mark.parametrize(
    ("definition", "first", "second"),
    [
        (BRANCHED, "first", "left"),
        (BRANCHED, "left", "after_left"),
        (BRANCHED, "first", "deep_2"),
        (BRANCHED, "deep_1", "after_inner"),
        (BRANCHED, "deep_1", "last"),
        (CHOOSING, "some", "join"),
        (CHOOSING, "in_other", "join"),
        (CATCHING, "risky", "handle"),
        (CATCHING, "handle", "inside"),
        (CATCHING, "inside", "give_up"),
        (MAPPED, "prepare", "check"),
        (MAPPED, "run", "check"),
        (MAPPED, "check", "after"),
        (LOOPING, "start", "look"),
        (LOOPING, "poll", "end"),
    ],
)
def test_what_comes_later_on_every_way_is_after(definition: dict[str, object], first: str, second: str) -> None:
    order = order_of(definition)
    assert order.before(first, second)
    assert not order.before(second, first)
    assert order.together(first, second)


@pytest.mark.parametrize(
    ("definition", "first", "second"),
    [
        (BRANCHED, "left", "deep_1"),
        (BRANCHED, "after_left", "after_inner"),
        (BRANCHED, "deep_1", "deep_2"),
        (LOOPING, "poll", "look"),
        (BRANCHED, "left", "left"),
    ],
)
def test_branches_and_turns_of_a_loop_are_not_ordered(definition: dict[str, object], first: str, second: str) -> None:
    assert _relations(order_of(definition), first, second) == (False, False, True)


@pytest.mark.parametrize(
    ("definition", "first", "second"),
    [
        (CHOOSING, "some", "in_other"),
        (CHOOSING, "after_some", "none"),
        (CATCHING, "good", "handle"),
    ],
)
def test_alternatives_never_run_together(definition: dict[str, object], first: str, second: str) -> None:
    assert _relations(order_of(definition), first, second) == (False, False, False)


def test_maps_tell_within_whose_items_an_order_holds() -> None:
    order = order_of(MAPPED)
    assert order.maps("run", "check") == ("outer", "inner")
    assert order.maps("prepare", "check") == ("outer",)
    assert order.maps("check", "after") == ()


def test_what_nothing_leads_to_never_runs() -> None:
    order = order_of(scope("a", a=task(), lost=parallel(None, scope("b", b=task()))))
    assert not order.runs("b")
    assert not order.together("a", "b")


def test_two_states_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two states are named 'a'"):
        order_of(scope("a", a=parallel(None, scope("a", a=task()))))


def test_a_way_to_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="no state is named 'b' beside 'a'"):
        order_of(scope("a", a=task("b")))


def test_a_long_and_deep_machine_needs_no_stack() -> None:
    names = [f"s{number}" for number in range(2000)]
    series = scope("s0", **{name: task(below) for name, below in zip(names, [*names[1:], None], strict=True)})
    deep = series
    for number in range(1000):
        deep = scope(f"p{number}", **{f"p{number}": parallel(None, deep)})
    assert order_of(deep).before("s0", "s1999")


def _relations(order: Order, first: str, second: str) -> tuple[bool, bool, bool]:
    return order.before(first, second), order.before(second, first), order.together(first, second)
