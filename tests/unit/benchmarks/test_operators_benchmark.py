"""The benchmark of operators measures what it says, and says what it didn't get."""

from pathlib import Path

import pytest

from asl_export.pipeline import load_dag
from benchmarks.operators import many_jobs, ten_jobs
from benchmarks.operators.many_jobs import MAPPED, OPERATORS, STOCK, Measurement, fastest, why_not
from benchmarks.operators.plot import draw
from benchmarks.operators.report import operator_promises, shortfalls
from benchmarks.operators.waiting import Waiting, measure_waiting
from benchmarks.promises import Promise
from tests.airflow_run import Run

DAG_FILE = Path(many_jobs.__file__).parents[1] / "dags/many_jobs.py"
WAITING = Waiting(jobs=5_000, looks=10, calls_a_look=50, processor_ms_a_look=300)


def measured(
    operator: str, seconds: float, *, jobs: int = 100, done: int | None = None, submits: int = 1
) -> Measurement:
    return Measurement(
        operator=operator,
        jobs=jobs,
        seconds=seconds,
        state="success" if done is None else "running",
        done=jobs if done is None else done,
        reason=None if done is None else "it was ended",
        submit_jobs=submits,
        describe_jobs=10,
        all_calls=10 + submits,
    )


def ten(operator: str, seconds: float) -> ten_jobs.Measurement:
    return ten_jobs.Measurement(
        workflow="map", operator=operator, seconds=seconds, submit_jobs=10, describe_jobs=10, all_calls=20
    )


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_has_a_dag_of_as_many_items_as_the_environment_says(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHMARK_JOBS", "7")
    (task,) = load_dag(operator, DAG_FILE).tasks
    items = task.items if operator.startswith("map_") else task.expand_input.value["container_overrides"]
    assert len(items) == 7


def test_what_was_done_in_full_is_better_than_what_was_quicker_for_less() -> None:
    found = [
        measured("stock_waiting", 100),
        measured("stock_deferred", 50, done=99),
        measured("airstep_waiting", 30),
        measured("airstep_deferred", 20),
    ]
    assert (fastest(found, STOCK), fastest(found, MAPPED)) == ("stock_waiting", "airstep_deferred")


def test_of_what_was_not_done_in_full_the_most_is_best() -> None:
    found = [measured("stock_waiting", 100, done=5), measured("stock_deferred", 100, done=6)]
    assert fastest(found, STOCK) == "stock_deferred"


def test_a_run_that_is_not_complete_says_how_its_tasks_stand_and_who_failed_them() -> None:
    states = {"item[0]": "success", "item[1]": "failed", "item[2]": None, "item[3]": "success"}
    run = Run(state="failed", durations={}, tasks=states, tries={}, xcoms={})
    log = "Executor LocalExecutor(parallelism=8) reported that the task instance <TaskInstance: d.item> finished with"
    assert why_not(12, run, "") == "the run failed; its tasks: 1 failed, 1 none, 2 success"
    assert why_not(12, run, log).endswith("Airflow took the end of 1 deferring processes for that of resumed tasks")


def test_a_run_at_its_limit_says_so() -> None:
    run = Run(state="running", durations={}, tasks={"item[0]": "deferred"}, tries={}, xcoms={})
    assert why_not(900.4, run, "") == "the run was ended after 900 s; its tasks: 1 deferred"


def test_what_was_not_done_is_told() -> None:
    found = [measured("stock_waiting", 900, jobs=1_000, done=432), measured("map_jobs", 20)]
    assert list(shortfalls(found)) == ["stock, mapped, 1,000 jobs: 432 done: it was ended"]


def test_the_ratio_is_the_stock_operators_seconds_by_ours() -> None:
    assert ten_jobs.ratio([ten("stock", 154.2), ten("airstep", 8.4)], "map") == 18.4


def test_each_promise_that_is_broken_is_said() -> None:
    many = [
        measured("map_array", 10, submits=2),
        measured("map_jobs", 900, done=0),
        measured("stock_waiting", 900, done=5),
    ]
    slow = Waiting(jobs=5_000, looks=10, calls_a_look=51, processor_ms_a_look=1001)
    promises = operator_promises({"map": 9.9}, many, slow)
    assert [str(each) for each in promises if not each.is_kept] == [
        "BROKEN: times faster than stock, map of 10: 9.9, promised at least 10",
        "BROKEN: BatchMapOperator, array: SubmitJob calls for 100: 2, promised at most 1",
        "BROKEN: BatchMapOperator, jobs: jobs done of 100: 0, promised at least 100",
        "BROKEN: DescribeJobs calls for a look at 5,000 deferred jobs: 51, promised at most 50",
        "BROKEN: milliseconds of the processor for a look at 5,000 deferred jobs: 1,001, promised at most 1,000",
    ]


def test_what_keeps_its_promises_is_not_broken() -> None:
    many = [measured("map_array", 10), measured("map_jobs", 20), measured("stock_waiting", 900, done=5)]
    assert all(each.is_kept for each in operator_promises({"map": 10.0, "video": 20.0}, many, WAITING))


def test_a_promise_of_nothing_may_be_made() -> None:
    assert str(Promise(what="jobs lost", measured=1, most=0)) == "BROKEN: jobs lost: 1, promised at most 0"


def test_all_deferred_jobs_are_in_every_look() -> None:
    found = measure_waiting(250, looks=4)
    assert (found.calls_a_look, found.looks) == (3, 4)
    assert found.processor_ms_a_look > 0


def test_the_picture_says_what_was_not_done(tmp_path: Path) -> None:
    draw([measured("stock_waiting", 900, done=43), measured("map_array", 12)], tmp_path / "a.svg")
    draw([measured("stock_waiting", 900, done=43), measured("map_array", 12)], tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert "900, 43 done" in text
