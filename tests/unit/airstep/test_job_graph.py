"""BatchJobGraph as a task group: the task it adds, and what can't be in it."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TaskGroup, task_group
from airflow.serialization.serialized_objects import DagSerialization

from airstep.operators import BatchJobGraph, BatchJobOperator, ParallelBranches
from airstep.operators.job_graph_checks import entry_problems
from airstep.operators.submit import SubmitJobGraph, submitting_group


def job(task_id: str, **more: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=task_id, job_definition="d", job_queue="q", **more)


@pytest.fixture
def dag() -> Iterator[DAG]:
    with DAG("d", schedule=None) as dag:
        yield dag


def diamond() -> BatchJobGraph:
    """before >> g.a >> [g.b, g.inner.c] >> g.d >> after"""
    before = job("before")
    with BatchJobGraph("g") as graph:
        a = job("a", environment={"X": before.output})
        with TaskGroup("inner"):
            c = job("c")
        a >> [job("b"), c] >> job("d")
    graph >> job("after")
    return graph


def test_the_task_submit_comes_before_all_others_of_the_group(dag: DAG) -> None:
    graph = diamond()
    assert isinstance(graph.submit, SubmitJobGraph)
    assert (graph.submit.task_id, graph.submit.label) == ("g.submit", "submit")
    assert graph.submit.downstream_task_ids == {"g.a"}
    assert [task.task_id for task in graph.roots] == ["g.submit"]


def test_it_comes_after_what_any_of_them_depends_on(dag: DAG) -> None:
    assert diamond().submit.upstream_task_ids == {"before"}  # type: ignore[union-attr]


def test_what_depends_on_the_group_depends_on_its_last_tasks(dag: DAG) -> None:
    diamond()
    assert dag.get_task("after").upstream_task_ids == {"g.d"}


def test_its_jobs_are_in_an_order_in_which_they_can_be_submitted(dag: DAG) -> None:
    graph = diamond()
    assert list(graph.jobs()) == ["g.a", "g.b", "g.inner.c", "g.d"]
    assert submitting_group(dag.get_task("g.inner.c")).group_id == "g"  # type: ignore[union-attr]
    assert submitting_group(dag.get_task("after")) is None


def test_it_survives_copies_and_subsets(dag: DAG) -> None:
    diamond()
    subset = dag.partial_subset("g.d", include_upstream=True)
    group: Any = subset.task_group.children["g"]
    assert isinstance(group, BatchJobGraph)
    assert list(group.jobs()) == ["g.a", "g.b", "g.inner.c", "g.d"]
    assert isinstance(copy.deepcopy(dag).task_group.children["g"], BatchJobGraph)


def test_its_dag_serialises(dag: DAG) -> None:
    diamond()
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert set(again.task_group_dict) == {"g", "g.inner"}
    assert again.get_task("g.submit").downstream_task_ids == {"g.a"}


def test_submit_runs_when_all_before_it_succeeded_whatever_the_default_is(dag: DAG) -> None:
    with BatchJobGraph("g", default_args={"trigger_rule": "all_done", "retries": 4}) as graph:
        job("a", trigger_rule="all_success")
    assert (graph.submit.trigger_rule, graph.submit.retries) == ("all_success", 4)  # type: ignore[union-attr]


def test_an_empty_group_submits_nothing(dag: DAG) -> None:
    with BatchJobGraph("g") as graph:
        pass
    assert (graph.jobs(), [task.task_id for task in graph.leaves]) == ({}, ["g.submit"])


def test_a_block_entered_again_gets_no_second_submit(dag: DAG) -> None:
    with BatchJobGraph("g") as graph:
        job("a")
    with graph:
        job("b")
    assert graph.submit.downstream_task_ids == {"g.a", "g.b"}  # type: ignore[union-attr]


def test_an_error_in_the_block_is_not_hidden_by_the_checks(dag: DAG) -> None:
    with pytest.raises(KeyError, match="nobody"), BatchJobGraph("g"):
        EmptyOperator(task_id="a").set_upstream({}["nobody"])
    assert job("b").task_id == "b"


def test_it_can_be_in_a_mapped_task_group(dag: DAG) -> None:
    @task_group
    def items(n: Any) -> None:
        with BatchJobGraph("g"):
            job("a", environment={"N": n}) >> job("b")

    items.expand(n=[1, 2])
    assert dag.get_task("items.g.submit").downstream_task_ids == {"items.g.a"}


def mapped() -> None:
    BatchJobOperator.partial(task_id="x", job_definition="d", job_queue="q").expand(command=[["a"], ["b"]])


def result_by_xcom() -> None:
    job("x", environment={"ID": job("a").output})


def result_by_template() -> None:
    job("a") >> job("x", command=["echo", "{{ ti.xcom_pull(task_ids=\"g.a\", key='job') }}"])


def dependency_by_result() -> None:
    job("x", depends_on=[job("a").output])


def many_dependencies() -> None:
    [job(f"a{number}") for number in range(20)] >> job("x", depends_on=["y"])


def inner_branches() -> None:
    with ParallelBranches("x"):
        job("a")


def inner_graph() -> None:
    with BatchJobGraph("x"):
        job("a")


def other_connection() -> None:
    job("a") >> job("x", region_name="eu-west-1", aws_conn_id="other")


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        (
            lambda: EmptyOperator(task_id="x"),
            "task 'g.x' is of type EmptyOperator; a job graph holds BatchJobOperator tasks",
        ),
        (mapped, "task 'g.x' is mapped; use a task for each item, an array job (array_properties), or a plain"),
        (lambda: job("x", trigger_rule="all_done"), "task 'g.x' has the trigger rule 'all_done'; AWS Batch starts"),
        (lambda: job("x").as_setup(), "task 'g.x' is a setup or teardown task; put it before or after the group"),
        (
            lambda: job("x", wait_for_completion=False),
            "task 'g.x' does not wait for its job; leave wait_for_completion",
        ),
        (lambda: job("x", wait_for_completion="{{ params.x }}"), "task 'g.x' does not wait for its job"),
        (
            result_by_xcom,
            "task 'g.x' uses a result of 'g.a', but all jobs of the group are submitted before any has run",
        ),
        (result_by_template, "task 'g.x' uses a result of 'g.a'"),
        (dependency_by_result, "task 'g.x' uses a result of 'g.a', but all jobs of the group are submitted before any"),
        (many_dependencies, "task 'g.x' depends on 21 jobs; AWS Batch allows 20: put a job between"),
        (inner_branches, "group 'g.x' is of type ParallelBranches; only plain TaskGroups can be inside"),
        (inner_graph, "group 'g.x' is of type BatchJobGraph; only plain TaskGroups can be inside"),
        (other_connection, "task 'g.x' reaches AWS another way than 'g.a': aws_conn_id, region_name; jobs that depend"),
        (lambda: job("submit"), "task 'g.submit' has the name of the task that the group adds to itself: rename it"),
    ],
)
def test_what_can_not_be_in_the_group_is_named_at_its_end(dag: DAG, inside: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"BatchJobGraph 'g': {sentence}")), BatchJobGraph("g"):
        inside()


def test_a_way_out_of_the_group_and_back_is_refused(dag: DAG) -> None:
    outside = job("outside")
    with pytest.raises(ValueError, match=r"task 'g\.b' depends on 'outside' outside the group"), BatchJobGraph("g"):
        job("a") >> outside >> job("b")


def test_all_findings_are_named_at_once(dag: DAG) -> None:
    with pytest.raises(ValueError, match="BatchJobGraph") as error, BatchJobGraph("g"):
        job("x", trigger_rule="all_done", wait_for_completion=False) >> EmptyOperator(task_id="y")
    assert len(str(error.value).splitlines()) == 3


def test_edges_and_tasks_that_came_after_the_block_are_found_when_it_runs(dag: DAG) -> None:
    graph = diamond()
    job("late") >> dag.get_task("g.d")
    job("alone", task_group=graph)
    found = [": ".join(each) for each in entry_problems(graph, graph.submit, list(graph.jobs().values()))]
    assert found == [
        "BatchJobGraph 'g': task 'g.alone' was added after the group's `with` block, and does not follow 'g.submit': "
        "move it into the block",
        "BatchJobGraph 'g': task 'g.d' depends on 'late', but its job is submitted before that has run: "
        "let the group depend on it, or write the edge inside the group's `with` block",
    ]
