"""What a run is estimated to cost: the numbers that the design promises, and where the machine has more states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, BatchMapOperator, ChoiceOperator, S3Objects, item
from airstep.operators.batch_map import MapStrategy
from asl_export.diagnostics import ExportError
from asl_export.estimate.items import GivenItems, maps_of_dag
from asl_export.estimate.limits import MOST_EVENTS
from asl_export.estimate.polling import own_describes, stock_describes
from asl_export.estimate.report import notes
from asl_export.estimate.walk import REST
from asl_export.estimate.ways import Cost, Estimate, Runner, estimate
from asl_export.pipeline import export_dag, load_dag

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(file.parent.name for file in GOLDEN.glob("*/dag.py"))
WHERE = {"job_queue": "queue", "job_definition": "definition"}
ARRAY, JOBS = MapStrategy.ARRAY, MapStrategy.JOBS


def convert(task_id: str = "convert", **arguments: Any) -> BatchMapOperator:
    given = {"items": S3Objects("media"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}
    return BatchMapOperator(task_id=task_id, **{**given, **arguments})


def one_map(**arguments: Any) -> DAG:
    with DAG("archive") as dag:
        convert(**arguments)
    return dag


def cost(found: Estimate, runner: Runner, strategy: MapStrategy | None = None) -> Cost:
    (way,) = (way for way in found.ways if (way.runner, way.strategy) == (runner, strategy))
    return way.whole


@pytest.mark.parametrize(
    ("items", "submits", "seconds", "transitions"),
    [
        (1_000, 1, 0.02, 2_001),
        (100_000, 10, 0.2, 200_001),
        (1_000_000, 100, 2, 2_000_001),
        (3_000_000, 300, 6, 6_000_001),
    ],
)
def test_scale_costs_what_the_arithmetic_on_the_limits_says(
    items: int, submits: int, seconds: float, transitions: int
) -> None:
    found = estimate(one_map(), GivenItems(by_map={}, others=items))
    direct, by_jobs = cost(found, Runner.AIRFLOW, ARRAY), cost(found, Runner.STEP_FUNCTIONS, JOBS)
    assert (direct.submits, direct.submit_seconds, direct.transitions) == (submits, seconds, 0)
    assert (by_jobs.transitions, by_jobs.submits, by_jobs.submit_seconds) == (transitions, items, items / 50)
    assert by_jobs.dollars == pytest.approx(transitions * 0.000025)
    assert cost(found, Runner.STOCK).submits == cost(found, Runner.AIRFLOW, JOBS).submits == items


def test_three_million_items_by_exported_array_jobs_are_300_children_and_three_states() -> None:
    found = cost(estimate(one_map(), GivenItems(by_map={}, others=3_000_000)), Runner.STEP_FUNCTIONS, ARRAY)
    # 602 are the Map and the planner, and for each array job its child and its Task. Beside them is the job that tells
    # what became of all, and in each child the Choice between an array job and, for a rest of one item, a plain job.
    assert found.transitions == 602 + 1 + 300
    assert found.submits == 300 + 2
    assert found.dollars == pytest.approx(0.0226, abs=1e-4)


def test_packing_and_the_limit_of_concurrency_make_the_array_jobs() -> None:
    items = GivenItems(by_map={}, others=100_000)
    assert cost(estimate(one_map(items_per_child=10), items), Runner.AIRFLOW, ARRAY).submits == 1
    assert cost(estimate(one_map(max_concurrency=400), items), Runner.AIRFLOW, ARRAY).submits == 1_000


def test_parts_are_told_apart() -> None:
    with DAG("parts") as dag:
        BatchJobOperator(task_id="first", **WHERE) >> convert("one") >> convert("other")
    found = estimate(dag, GivenItems(by_map={"one": 10}, others=20))
    way = next(way for way in found.ways if (way.runner, way.strategy) == (Runner.AIRFLOW, JOBS))
    assert {part: each.submits for part, each in way.parts.items()} == {REST: 1, "one": 10, "other": 20}
    assert found.items == {"one": 10, "other": 20}


def test_maps_of_both_strategies_are_also_counted_as_written() -> None:
    with DAG("mixed") as dag:
        convert("one", strategy="jobs") >> convert("other", planner_job_definition="planner")
    found = estimate(dag, GivenItems(by_map={}, others=500))
    assert [cost(found, Runner.AIRFLOW, each).submits for each in (None, JOBS, ARRAY)] == [501, 1_000, 2]
    assert cost(found, Runner.STEP_FUNCTIONS).submits == 503


def test_a_mapped_task_is_a_job_an_item_in_every_way() -> None:
    found = estimate(
        load_dag("map_dynamic_group", GOLDEN / "map_dynamic_group" / "dag.py"), GivenItems(by_map={}, others=10)
    )
    assert {way.whole.submits for way in found.ways} == {21}
    assert [way.strategy for way in found.ways] == [None, None, None]


def test_a_strategy_that_has_no_machine_is_told_with_its_reason() -> None:
    dag = one_map(strategy="jobs", retries=2)
    found = estimate(dag, GivenItems(by_map={}, others=10))
    assert [way.strategy for way in found.ways if way.runner is Runner.STEP_FUNCTIONS] == [JOBS]
    assert cost(found, Runner.AIRFLOW, ARRAY).submits == 1
    assert "No machine with strategy='array': retries of a map by array jobs can't be exported (convert)." in notes(
        found
    )


def test_the_dag_is_left_as_it_was() -> None:
    dag = one_map()
    estimate(dag, GivenItems(by_map={}, others=10))
    (task,) = dag.tasks
    assert isinstance(task, BatchMapOperator)
    assert (task.strategy, task.planner_job_definition) == ("array", None)


def test_a_dag_without_any_machine_is_refused_with_all_reasons() -> None:
    with DAG("none") as dag:
        convert(execution_timeout=None, region_name="eu-west-1")
    with pytest.raises(ExportError, match="region_name"):
        estimate(dag, GivenItems(by_map={}, others=10))


def test_where_a_machine_chooses_the_costliest_way_is_counted() -> None:
    with DAG("chosen") as dag:
        choice = ChoiceOperator(task_id="choice", choices=[("{{ run_id == 'x' }}", "short")], default="long")
        long = BatchJobOperator(task_id="long", **WHERE)
        choice >> [BatchJobOperator(task_id="short", **WHERE), long]
        long >> BatchJobOperator(task_id="longer", **WHERE)
    found = estimate(dag, GivenItems(by_map={}))
    assert not found.exact
    assert cost(found, Runner.STEP_FUNCTIONS).submits == 2


def test_too_long_a_history_is_told() -> None:
    with DAG("long") as dag:
        numbers = BatchJobOperator(task_id="numbers", result="s3://results", **WHERE)
        BatchJobOperator.partial(task_id="each", **WHERE).expand(command=numbers.output)
    found = estimate(dag, GivenItems(by_map={}, others=5_000))
    events = cost(found, Runner.STEP_FUNCTIONS).events
    assert events > MOST_EVENTS
    assert f"Step Functions: an execution would have {events:,} events, and is ended after 25,000." in notes(found)


@pytest.mark.parametrize(("seconds", "stock", "own"), [(0, 4, 1), (300, 14, 66), (3_600, 124, 176)])
def test_waiting_for_a_job_asks_so_often(seconds: int, stock: int, own: int) -> None:
    assert (stock_describes(1, seconds), own_describes(1, seconds)) == (stock, own)
    assert (stock_describes(1_000, seconds), own_describes(1_000, seconds)) == (1_000 * stock, 10 * own)


@pytest.mark.parametrize("case", CASES)
def test_every_machine_can_be_walked(case: str) -> None:
    dag = load_dag(case, GOLDEN / case / "dag.py")
    unknown = [mapped.id for mapped in maps_of_dag(export_dag(dag).graph) if mapped.count is None]
    found = estimate(dag, GivenItems(by_map=dict.fromkeys(unknown, 5)))
    machines = [way.whole for way in found.ways if way.runner is Runner.STEP_FUNCTIONS]
    assert machines
    assert min(each.transitions for each in machines) > 0
