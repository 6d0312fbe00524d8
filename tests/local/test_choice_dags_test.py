"""ChoiceOperator under the real `airflow dags test`: one run."""

import os

import pytest

from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home

pytestmark = pytest.mark.slow

DAG = """
from datetime import timedelta
from airflow.sdk import DAG, TaskGroup, task, task_group
from airflow.providers.standard.operators.empty import EmptyOperator
from airstep.operators import ChoiceOperator

def end(task_id, **more):
    return EmptyOperator(task_id=task_id, **more)

with DAG("d", schedule=None, params={"frames": 50}):
    size = ChoiceOperator(
        task_id="size",
        choices=[("{{ params.frames > 100 }}", "many"), ("{{ params.frames > 10 }}", ["some", "group"])],
        default="few",
    )
    with TaskGroup("group") as group:
        [end("a") >> end("b"), end("c")]
    join = end("join", trigger_rule="none_failed_min_one_success")
    size >> [end("many"), end("some"), end("few"), group] >> join
    size >> join

    nothing = ChoiceOperator(task_id="nothing", choices=[("{{ params.frames == 0 }}", "x")])
    nothing >> [end("x"), end("y")]

    wrong = ChoiceOperator(
        task_id="wrong", choices=[("{{ params.frames }}", "w")], retries=3, retry_delay=timedelta(0)
    )
    wrong >> end("w")
    far = ChoiceOperator(task_id="far", choices=[(True, "beyond")], retries=3, retry_delay=timedelta(0))
    far >> end("near") >> end("beyond")

    @task_group
    def each(n):
        parity = ChoiceOperator(
            task_id="parity", choices=[("{{ ti.map_index % 2 == 0 }}", "each.even")], default="each.odd"
        )
        parity >> [end("even"), end("odd")]

    each.expand(n=[0, 1, 2])

    @task
    def items():
        return [0, 1]

    @task_group
    def late(n):
        first = ChoiceOperator(
            task_id="first", choices=[("{{ ti.map_index % 2 == 0 }}", "late.even")], default="late.odd"
        )
        even = ChoiceOperator(task_id="even", choices=[(True, "late.after")])
        odd = ChoiceOperator(task_id="odd", choices=[(True, "late.after")])
        first >> [even, odd] >> end("after", trigger_rule="none_failed_min_one_success")

    late.expand(n=items())
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> DagsTest:
    home = airflow_home(tmp_path_factory.mktemp("airflow"), dags={"d.py": DAG}, environment=os.environ)
    return airflow_dags_test(home, "d")


def states(done: DagsTest, *tasks: str) -> list[str | None]:
    return [done.run.tasks[task] for task in tasks]


def test_what_is_followed_runs_and_the_rest_is_skipped(done: DagsTest) -> None:
    assert states(done, "size", "many", "some", "few") == ["success", "skipped", "success", "skipped"], done.output
    assert states(done, "group.a", "group.b", "group.c", "join") == ["success"] * 4
    assert done.run.xcoms["size", "return_value"] == ["some", "group"]


def test_without_a_true_condition_and_a_default_everything_is_skipped(done: DagsTest) -> None:
    assert states(done, "nothing", "x", "y") == ["success", "skipped", "skipped"]
    assert ("nothing", "return_value") not in done.run.xcoms


def test_a_condition_that_is_no_boolean_fails_without_a_retry(done: DagsTest) -> None:
    assert (done.run.tasks["wrong"], done.run.tries["wrong"], done.run.tasks["w"]) == ("failed", 1, "upstream_failed")
    assert "condition 1 of 1 must render to True or False, but {{ params.frames }} gave '50'" in done.output


def test_an_id_that_is_not_directly_downstream_fails_without_a_retry(done: DagsTest) -> None:
    assert (done.run.tasks["far"], done.run.tries["far"], done.run.tasks["beyond"]) == ("failed", 1, "upstream_failed")
    assert "may follow 'beyond', which is not directly downstream of it (there: 'near')" in done.output


def test_each_item_of_a_mapped_task_group_chooses_for_itself(done: DagsTest) -> None:
    chosen = [states(done, f"each.even[{index}]", f"each.odd[{index}]") for index in range(3)]
    assert chosen == [["success", "skipped"], ["skipped", "success"], ["success", "skipped"]]
    assert done.run.xcoms["each.parity[1]", "return_value"] == "each.odd"


def test_items_known_at_run_time_only_choose_for_themselves_as_well(done: DagsTest) -> None:
    chosen = [states(done, f"late.even[{index}]", f"late.odd[{index}]") for index in range(2)]
    assert chosen == [["success", "skipped"], ["skipped", "success"]]
    assert states(done, "late.after[0]", "late.after[1]") == ["success", "success"]
