"""What ChoiceOperator says about its arguments, and which choice it takes."""

import re
from typing import Any

import pytest
from airflow.sdk import DAG, TaskGroup
from airflow.sdk.exceptions import AirflowFailException

from airstep.operators import BatchJobOperator, ChoiceOperator


class Instance:
    """A task instance that keeps what is pushed."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}
        self.map_index = -1

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value


def job(task_id: str, **more: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=task_id, job_definition="d", job_queue="q", **more)


def choice(*conditions: Any, follows: list[Any], default: Any = None) -> ChoiceOperator:
    """A choice before the tasks a, b and the group g of c and d; `z` is further down."""
    with DAG("d", schedule=None):
        made = ChoiceOperator(task_id="choice", choices=list(zip(conditions, follows, strict=True)), default=default)
        a = job("a")
        with TaskGroup("g") as group:
            [job("c"), job("d")]
        made >> [a, job("b"), group]
        a >> job("z")
    return made


def choose(operator: ChoiceOperator, params: dict[str, Any] | None = None) -> Any:
    task: Any = operator.prepare_for_execution()
    context: Any = {"task": task, "ti": Instance(), "params": params or {}}
    task.render_template_fields(context)
    return task.choose_branch(context)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"choices": []}, "choices is empty; give at least one (condition, follow) pair"),
        ({"choices": "a"}, "choices must be a list of (condition, follow) pairs, not str: 'a'"),
        ({"choices": {"a": "b"}}, "choices must be a list of (condition, follow) pairs, not dict"),
        ({"choices": [("a",)]}, "choices[0] must be a (condition, follow) pair, not ('a',)"),
        ({"choices": [(True, "a"), "ab"]}, "choices[1] must be a (condition, follow) pair, not 'ab'"),
        ({"choices": [(1, "a")]}, "choices[0] condition must be a template or a boolean, not int: 1"),
        ({"choices": [("params.x", "a")]}, "choices[0] condition 'params.x' is no template; write an expression"),
        ({"choices": [(True, "")]}, "choices[0] follow is empty; give the id of a task or task group"),
        ({"choices": [(True, [])]}, "choices[0] follow is empty"),
        ({"choices": [(True, None)]}, "choices[0] follow must be a task id, a task-group id or a list of them"),
        ({"choices": [(True, ["a", 1])]}, "choices[0] follow must hold ids as text, not 1"),
        ({"choices": [(True, "a")], "default": []}, "default is empty; give the id of a task or task group"),
        ({"choices": [(True, "a")], "default": 3}, "default must be a task id, a task-group id or a list of them"),
    ],
)
def test_a_wrong_argument_is_named_while_the_dag_is_parsed(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"ChoiceOperator 'choice': {sentence}")):
        ChoiceOperator(task_id="choice", **arguments)


def test_every_wrong_argument_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="choices") as error:
        ChoiceOperator(task_id="choice", choices=[(3, "")], default=[])
    assert len(str(error.value).splitlines()) == 3


def test_its_attributes_are_pairs_with_tuples_of_ids() -> None:
    made = ChoiceOperator(task_id="c", choices=[["{{ params.x }}", "a"], (True, ["b", "g"])], default="z")  # type: ignore[list-item]
    assert made.choices == [("{{ params.x }}", ("a",)), (True, ("b", "g"))]
    assert made.default == ("z",)
    assert ChoiceOperator(task_id="c", choices=[(True, "a")]).default == ()


@pytest.mark.parametrize(
    ("n", "followed"), [(11, "a"), (10, ["b", "g"]), (1, ["b", "g"]), (0, "g")], ids=["first", "second", "low", "none"]
)
def test_the_first_true_condition_wins_and_none_is_the_default(n: int, followed: Any) -> None:
    made = choice("{{ params.n > 10 }}", "{{ params.n > 0 }}", follows=["a", ["b", "g"]], default="g")
    assert choose(made, {"n": n}) == followed


def test_no_true_condition_and_no_default_follows_nothing() -> None:
    assert choose(choice(False, follows=["a"])) is None


@pytest.mark.parametrize("text", ["True", "true", " TRUE ", "\ttrue\n"])
def test_the_text_of_a_boolean_is_one_whatever_its_case_and_blanks(text: str) -> None:
    assert choose(choice("{{ params.text }}", follows=["a"]), {"text": text}) == "a"


@pytest.mark.parametrize(("value", "shown"), [("yes", "'yes'"), ("", "''"), (1, "'1'"), (None, "'None'")])
def test_a_condition_that_is_no_boolean_fails_with_its_number_template_and_text(value: Any, shown: str) -> None:
    made = choice(False, "{{ params.value }}", follows=["a", "b"])
    with pytest.raises(AirflowFailException) as error:
        choose(made, {"value": value})
    assert str(error.value).startswith(
        "ChoiceOperator 'choice': condition 2 of 2 must render to True or False, but {{ params.value }} "
        f"gave {shown}; write one comparison"
    )


def test_conditions_behind_the_first_true_one_are_not_looked_at() -> None:
    assert choose(choice(True, "{{ params.value }}", follows=["a", "b"]), {"value": "neither"}) == "a"


@pytest.mark.parametrize("follow", ["z", "nobody", "d", ["a", "z"]])
def test_what_is_not_directly_downstream_is_refused_whichever_choice_is_taken(follow: Any) -> None:
    made = choice(True, False, follows=["a", follow])
    with pytest.raises(AirflowFailException) as error:
        choose(made)
    assert "which is not directly downstream of it (there: 'a', 'b', 'g.c', 'g.d')." in str(error.value)


def test_the_return_value_is_pushed_although_airflow_leaves_it_out_when_it_skips() -> None:
    task: Any = choice(True, follows=["a"])
    context: Any = {"task": task, "ti": Instance()}
    task.choose_branch(context)
    assert context["ti"].pushed == {"return_value": "a"}


def test_the_result_of_another_task_is_a_condition_and_makes_an_edge() -> None:
    with DAG("d", schedule=None):
        made = ChoiceOperator(task_id="choice", choices=[(job("first").output["ok"], "a")])
    assert made.upstream_task_ids == {"first"}
