"""The compiler's benchmark measures what it says: the workflows it names, and growth beside n log n."""

import ast
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from asl_export.pipeline import load_dag
from benchmarks.compiler.dag_file import dag_file
from benchmarks.compiler.export_time import Measurement
from benchmarks.compiler.growth import growths
from benchmarks.compiler.metaflow import flow_file
from benchmarks.compiler.promises import broken_promises
from benchmarks.compiler.workflows import SHAPES, linear_fan


def measured(tasks: int, seconds: float, *, shape: str = "chain", size: int = 1) -> Measurement:
    return Measurement(
        shape=shape,
        tasks=tasks,
        parse_seconds=0.1,
        seconds=seconds,
        processor_seconds=seconds,
        bytes=size,
        jsonpath_bytes=size,
    )


def series(time: Callable[[int], float]) -> list[Measurement]:
    return [measured(tasks, time(tasks)) for tasks in (100, 300, 1_000, 3_000, 5_000)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [7, 50])
def test_a_dag_file_holds_the_tasks_and_edges_of_its_workflow(shape: str, count: int, tmp_path: Path) -> None:
    workflow = SHAPES[shape](count)
    file = tmp_path / "dag.py"
    file.write_text(dag_file(workflow))
    dag = load_dag(workflow.name, file)
    assert [task.task_id for task in dag.tasks] == [".".join((*each.groups, each.name)) for each in workflow.tasks]
    edges = {(task.label, below.rsplit(".", 1)[-1]) for task in dag.tasks for below in task.downstream_task_ids}
    assert edges == set(workflow.edges)
    assert len(workflow.tasks) == count


def test_a_flow_has_a_step_for_each_task_and_joins_take_their_inputs() -> None:
    flow = next(node for node in ast.parse(flow_file(linear_fan(30))).body if isinstance(node, ast.ClassDef))
    steps = {
        step.name: [part.arg for part in step.args.args] for step in flow.body if isinstance(step, ast.FunctionDef)
    }
    assert list(steps) == [task.name for task in linear_fan(30).tasks]
    assert [name for name, arguments in steps.items() if arguments == ["self", "inputs"]] == ["join"]


def test_growth_like_n_log_n_is_kept() -> None:
    (growth,) = growths(series(lambda tasks: tasks * math.log(tasks) / 1e5))
    assert growth.steps == (1.0, 1.0, 1.0, 1.0)
    assert growth.power == growth.allowed
    assert growth.is_kept


def test_growth_like_the_square_is_not_kept() -> None:
    (growth,) = growths(series(lambda tasks: tasks**2 / 1e7))
    assert growth.power == 2.0
    assert not growth.is_kept


def test_each_broken_promise_is_said() -> None:
    slow, large = measured(1_000, 3.5), measured(100, 0.1, shape="wide", size=60_000)
    steep = growths(series(lambda tasks: tasks**2 / 1e8))
    assert broken_promises([slow, large], steep) == [
        "chain, 1,000 tasks: 3.50 s, not under 3",
        "wide, 100 tasks: 60,000 bytes, not under 60,000",
        "chain grows as n^2.00, faster than n log n (n^1.14)",
    ]


def test_what_keeps_its_promises_says_nothing() -> None:
    assert broken_promises([measured(100, 0.29, size=59_999), measured(1_000, 2.9, size=10**6)], []) == []
