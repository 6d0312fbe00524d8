"""Jobs that are submitted without waiting: ordered by their dependencies, not by their states."""

import json
import re
from typing import Any

import pytest

from tests.asl_order.machines import catch, choice, depends, parallel, per_item, scope, submit, task
from tests.asl_order.order import order_of

# a → c, a → d, b → d, c → e: all submitted in a row, then both last ones are waited for
GRAPH = scope(
    "a",
    a=submit("a", "b"),
    b=submit("b", "c"),
    c=submit("c", "ends", "a"),
    ends=parallel(
        "after",
        scope("d", d=task(Arguments=depends("a", "b"))),
        scope("e", e=task(Arguments=depends("c"))),
    ),
    after=task(),
)


def jsonpath(definition: dict[str, Any]) -> dict[str, Any]:
    """The same machine with JSONPath's ways to write the same references."""
    text = re.sub(r'"JobId": "\{% (\$\w+) %\}"', r'"JobId.$": "\1"', json.dumps(definition))
    text = re.sub(r'"(job_\w+)": "\{% \$states\.result\.JobId %\}"', r'"\1.$": "$.JobId"', text)
    changed: dict[str, Any] = json.loads(text.replace('"Arguments"', '"Parameters"'))
    return changed


@pytest.mark.parametrize("definition", [GRAPH, jsonpath(GRAPH)], ids=["jsonata", "jsonpath"])
@pytest.mark.parametrize("pair", ["ac", "ad", "bd", "ce", "ae"])
def test_a_job_is_before_those_that_depend_on_it(definition: dict[str, object], pair: str) -> None:
    order = order_of(definition)
    assert order.before(pair[0], pair[1])
    assert not order.before(pair[1], pair[0])


@pytest.mark.parametrize("definition", [GRAPH, jsonpath(GRAPH)], ids=["jsonata", "jsonpath"])
@pytest.mark.parametrize("pair", ["ab", "bc", "be", "cd", "de"])
def test_jobs_submitted_one_after_another_run_side_by_side(definition: dict[str, object], pair: str) -> None:
    order = order_of(definition)
    assert not order.before(pair[0], pair[1])
    assert not order.before(pair[1], pair[0])
    assert order.together(pair[0], pair[1])


def test_the_states_that_submit_are_ordered_all_the_same() -> None:
    assert order_of(GRAPH).state_before("a", "b")


@pytest.mark.parametrize("job", ["a", "b", "c", "d", "e"])
def test_all_have_ended_once_the_last_ones_have(job: str) -> None:
    assert order_of(GRAPH).before(job, "after")


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(scope("a", a=submit("a", "w"), w=task()), id="nobody waits"),
        pytest.param(
            scope("a", a=submit("a", "c"), c=choice("w", "b"), b=task("w", Arguments=depends("a")), w=task()),
            id="the waiting one may be passed by",
        ),
        pytest.param(
            scope(
                "a",
                a=submit("a", "m"),
                m=per_item("w", scope("b", b=task(Arguments=depends("a")))),
                w=task(),
            ),
            id="a map may have no items",
        ),
        pytest.param(
            scope(
                "a",
                a=submit("a", "p"),
                p=parallel(None, scope("b", b=task(Arguments=depends("a"))), scope("w", w=task())),
            ),
            id="the waiting one is beside",
        ),
        pytest.param(
            scope(
                "p",
                p=parallel("w", scope("a", a=submit("a", "c"), c=choice("d", "b"), b=task(), d=task())),
                w=task(),
            ),
            id="the branch ends before",
        ),
        pytest.param(
            scope("a", a=submit("a", "b"), b=submit("b", "w", "a"), w=task()),
            id="what depends on it isn't waited for either",
        ),
    ],
)
def test_a_submitted_job_may_run_on(definition: dict[str, object]) -> None:
    assert not order_of(definition).before("a", "w")


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(
            scope(
                "p",
                p=parallel("w", scope("a", a=submit("a", "b"), b=task(Arguments=depends("a")))),
                w=task(),
            ),
            id="in the branch of the job",
        ),
        pytest.param(
            scope(
                "a",
                a=submit("a", "p"),
                p=parallel(None, scope("b", b=task("w", Arguments=depends("a")), w=task())),
            ),
            id="in the branch of the follower",
        ),
        pytest.param(
            scope(
                "a",
                a=submit("a", "b"),
                b=task("w", Arguments=depends("a"), **catch("w2")),
                w2=task(),
                w=submit("w", "z"),
                z=task(Arguments=depends("w")),
            ),
            id="in the same scope",
        ),
    ],
)
def test_who_waits_for_a_dependent_job_waits_for_the_job(definition: dict[str, object]) -> None:
    assert order_of(definition).before("a", "w")


def test_an_order_goes_on_through_the_job_that_another_depends_on() -> None:
    definition = scope(
        "s", s=submit("s", "t"), t=task("u", Arguments=depends("s")), u=submit("u", "v"), v=task(Arguments=depends("u"))
    )
    assert order_of(definition).before("s", "v")


def test_children_that_wait_for_children_order_no_jobs() -> None:
    arguments = {"DependsOn": [{"JobId": "{% $job_a %}", "Type": "N_TO_N"}]}
    assert not order_of(scope("a", a=submit("a", "b"), b=task(Arguments=arguments))).before("a", "b")


def test_a_variable_may_hand_on_another() -> None:
    definition = scope(
        "a",
        a=submit("a", "k"),
        k={"Type": "Pass", "Assign": {"job_k": "{% $job_a %}"}, "Next": "b"},
        b=task(Arguments=depends("k")),
    )
    assert order_of(definition).before("a", "b")


def test_either_alternative_may_have_set_a_variable() -> None:
    either = {"Assign": {"job_x": "{% $states.result.JobId %}"}}
    definition = scope(
        "c",
        c=choice("b", "a"),
        a={**submit("a", "d"), **either},
        b={**submit("b", "d"), **either},
        d=task(Arguments=depends("x")),
    )
    order = order_of(definition)
    assert (order.before("a", "d"), order.before("b", "d")) == (True, True)


def test_a_variable_that_is_set_anew_says_nothing() -> None:
    again = {**submit("b", "d"), "Assign": {"job_a": "{% $states.result.JobId %}"}}
    order = order_of(scope("a", a=submit("a", "b"), b=again, d=task(Arguments=depends("a"))))
    assert not order.before("a", "d")


@pytest.mark.parametrize("text", ["{% $states.input.job %}", "{% $c ? $job_a : 'x' %}", "0123-id", "{% $unset %}"])
def test_an_id_from_elsewhere_orders_nothing(text: str) -> None:
    definition = scope("a", a=submit("a", "b"), b=task(Arguments={"DependsOn": [{"JobId": text}]}))
    assert not order_of(definition).before("a", "b")
