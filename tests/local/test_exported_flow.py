"""Exported DAGs really run: order, parallelism and what a failure does, in both query languages."""

import pytest
from airflow.sdk import DAG, TaskGroup, task_group

from airstep.operators import BatchJobOperator, ParallelBranches
from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import Batch
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws, batch: Batch) -> Exporter:
    return Exporter(machines=StateMachines(local_aws), batch=batch, language=request.param)


def test_a_diamond_runs_in_order_and_its_middle_side_by_side(exporter: Exporter) -> None:
    with DAG("diamond") as dag:
        middle = [exporter.job("left", "sleep 1"), exporter.job("right", "sleep 1")]
        exporter.job("top") >> middle >> exporter.job("bottom")
    run = exporter.run(dag)
    assert run.execution.output == {}
    assert run.statuses == {name: ["SUCCEEDED"] for name in ("bottom", "left", "right", "top")}
    assert run.one_after_the_other("top", "left")
    assert run.one_after_the_other("right", "bottom")
    assert run.side_by_side("left", "right")


def test_a_failure_in_a_chain_fails_the_execution_with_the_jobs_error(exporter: Exporter) -> None:
    with DAG("chain") as dag:
        exporter.job("first", "exit 3") >> exporter.job("second")
    run = exporter.run(dag)
    assert run.statuses == {"first": ["FAILED"]}
    assert run.execution.status == "FAILED"
    assert run.execution.error == "States.TaskFailed"
    assert '"ExitCode":3' in run.execution.cause.replace(" ", "")


def test_a_failing_branch_lets_the_others_finish_and_stops_what_follows(exporter: Exporter) -> None:
    with DAG("branches") as dag:
        exporter.job("bad", "exit 3") >> exporter.job("after_bad")
        exporter.job("good", "sleep 2") >> exporter.job("after_good")
        [dag.get_task("after_bad"), dag.get_task("after_good")] >> exporter.job("end")
    run = exporter.run(dag)
    assert run.statuses == {"after_good": ["SUCCEEDED"], "bad": ["FAILED"], "good": ["SUCCEEDED"]}
    assert run.execution.error == "States.TaskFailed"
    assert '"ExitCode":3' in run.execution.cause.replace(" ", "")


def test_an_inner_failure_reaches_the_end_after_all_others_have_finished(exporter: Exporter) -> None:
    with DAG("nested") as dag:
        start = exporter.job("start")
        inner = [exporter.job("bad", "exit 4"), exporter.job("beside", "sleep 1")]
        start >> inner >> exporter.job("joined")
        exporter.job("outer", "sleep 3") >> exporter.job("after_outer")
    run = exporter.run(dag)
    assert run.statuses == {
        "after_outer": ["SUCCEEDED"],
        "bad": ["FAILED"],
        "beside": ["SUCCEEDED"],
        "outer": ["SUCCEEDED"],
        "start": ["SUCCEEDED"],
    }
    assert '"ExitCode":4' in run.execution.cause.replace(" ", "")


def test_a_good_run_of_nested_branches_succeeds(exporter: Exporter) -> None:
    with DAG("good") as dag:
        exporter.job("start") >> [exporter.job("one"), exporter.job("two")] >> exporter.job("joined")
        exporter.job("outer")
    run = exporter.run(dag)
    assert run.execution.output == {}
    assert run.statuses == {name: ["SUCCEEDED"] for name in ("joined", "one", "outer", "start", "two")}


def test_a_fail_fast_group_stops_its_own_tasks_and_lets_those_beside_finish(exporter: Exporter) -> None:
    with DAG("fast") as dag:
        with ParallelBranches("group"):
            exporter.job("bad", "exit 5")
            exporter.job("slow", "sleep 30") >> exporter.job("after_slow")
        exporter.job("beside", "sleep 3")
    run = exporter.run(dag)
    assert run.statuses == {"bad": ["FAILED"], "beside": ["SUCCEEDED"], "slow": ["FAILED"]}
    assert '"ExitCode":5' in run.execution.cause.replace(" ", "")


def test_a_task_is_retried_as_often_as_the_dag_says(exporter: Exporter) -> None:
    with DAG("retries") as dag:
        exporter.job("bad", "exit 1", retries=2, retry_delay=1)
    run = exporter.run(dag)
    assert run.statuses == {"bad": ["FAILED"] * 3}
    assert run.execution.status == "FAILED"


def test_all_items_of_a_map_run_and_a_failed_one_fails_the_execution_at_the_end(exporter: Exporter) -> None:
    with DAG("mapped") as dag:
        mapped = BatchJobOperator.partial(task_id="each", **exporter.where).expand(
            command=[["sh", "-c", f"sleep {number}; exit {number}"] for number in (1, 0, 0)]
        )
        mapped >> exporter.job("after")
    run = exporter.run(dag)
    assert run.statuses == {"each": ["FAILED", "SUCCEEDED", "SUCCEEDED"]}
    assert '"ExitCode":1' in run.execution.cause.replace(" ", "")


def test_items_may_differ_in_the_size_of_a_list_and_in_what_they_set(exporter: Exporter) -> None:
    rules = {"attempts": 2, "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}]}
    items = [
        {"environment": {"A": "1"}, "retry_strategy": {"attempts": 1}},
        {"environment": {"A": "1", "B": "2"}, "retry_strategy": rules, "parameters": {"Codec": "h264"}},
        {"tags": {"Team": "video"}, "retry_strategy": {"attempts": 3}},
    ]
    with DAG("mapped") as dag:
        BatchJobOperator.partial(task_id="each", **exporter.where).expand_kwargs(
            [{"command": ["true"], **item} for item in items]
        )
    run = exporter.run(dag)
    assert run.execution.output == {}
    one, two, three = sorted(run.jobs["each"], key=lambda job: int(job["retryStrategy"]["attempts"]))
    environments = [{item["name"] for item in job["container"]["environment"]} for job in (one, two, three)]
    assert [sorted(names & {"A", "B"}) for names in environments] == [["A"], ["A", "B"], []]
    assert two["retryStrategy"] == rules
    assert [job["parameters"] for job in (one, two, three)] == [{}, {"Codec": "h264"}, {}]
    assert [job["tags"].get("Team") for job in (one, two, three)] == [None, None, "video"]


def test_each_item_of_a_mapped_group_goes_through_its_own_chain(exporter: Exporter) -> None:
    with DAG("group") as dag:

        @task_group
        def chain(number: int) -> None:
            first = exporter.job("first", "exit $NUMBER", environment={"NUMBER": number})
            first >> exporter.job("second", "true", environment={"NUMBER": number})

        chain.expand(number=[0, 1])
    run = exporter.run(dag)
    assert run.statuses == {"first": ["FAILED", "SUCCEEDED"], "second": ["SUCCEEDED"]}


def test_a_group_is_waited_for_as_a_whole(exporter: Exporter) -> None:
    with DAG("groups") as dag:
        with TaskGroup("one") as one:
            exporter.job("a", "sleep 1")
            exporter.job("b")
        with TaskGroup("two") as two:
            exporter.job("c")
            exporter.job("d")
        one >> two
    run = exporter.run(dag)
    assert run.one_after_the_other("a", "c")
    assert run.one_after_the_other("a", "d")
    assert run.execution.output == {}


def test_a_job_id_reaches_the_job_that_depends_on_it(exporter: Exporter) -> None:
    with DAG("ids") as dag:
        first = exporter.job("first", "sleep 1", wait_for_completion=False)
        exporter.job("second", depends_on=[first.output])
    run = exporter.run(dag)
    assert run.jobs["second"][0]["dependsOn"][0]["jobId"] == run.jobs["first"][0]["jobId"]
    assert run.one_after_the_other("first", "second")


@pytest.mark.slow
def test_many_branches_with_failures_stay_within_the_state_data(exporter: Exporter) -> None:
    with DAG("many") as dag:
        for number in range(35):
            exporter.job(f"job_{number}", "exit 3" if number in (5, 9) else "true")
    run = exporter.run(dag)
    assert sorted(status for found in run.statuses.values() for status in found) == ["FAILED"] * 2 + ["SUCCEEDED"] * 33
    assert run.execution.error == "States.TaskFailed"
    assert run.execution.cause
