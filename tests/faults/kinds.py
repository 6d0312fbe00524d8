"""What faults come to: single jobs, groups that are submitted at their start, and maps; as DAGs, and in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TASKS = 4
"""Tasks, or items, of a run that has many of one kind."""

RETRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the tasks of one DAG are.

    :param name: of the DAG.
    :param words: what its task is called in the report.
    :param deferred: whether it waits in the triggerer, rather than in its own process.
    :param submitting: the tasks whose processes submit.
    :param waiting: the tasks that have a job to wait for once all are submitted, and nothing has ended.
    :param work: which task has seen to each thing that is to be done.
    :param jobs: how many are submitted for that.
    :param again: how many are submitted for `waiting` if those end.
    """

    name: str
    words: str
    deferred: bool
    submitting: tuple[str, ...]
    waiting: tuple[str, ...]
    work: Mapping[str, str]
    jobs: int
    again: int

    @property
    def tasks(self) -> int:
        """How many things are to be done."""
        return len(self.work)


def _single(name: str, *, deferred: bool) -> Kind:
    work = {str(number): f"task[{number}]" for number in range(TASKS)}
    tasks = tuple(work.values())
    return Kind(
        name=name,
        words=f"{name} task",
        deferred=deferred,
        submitting=tasks,
        waiting=tasks,
        work=work,
        jobs=TASKS,
        again=TASKS,
    )


def _group(name: str, words: str, *, deferred: bool) -> Kind:
    """In it b comes after a, and c beside them."""
    work = {task: f"group.{task}" for task in ("a", "b", "c")}
    return Kind(
        name=name,
        words=words,
        deferred=deferred,
        submitting=("group.submit",),
        waiting=("group.a", "group.c"),
        work=work,
        jobs=len(work),
        again=2,
    )


def _map(name: str, words: str, *, deferred: bool, jobs: int) -> Kind:
    work = {str(number): "task" for number in range(TASKS)}
    return Kind(
        name=name,
        words=words,
        deferred=deferred,
        submitting=("task",),
        waiting=("task",),
        work=work,
        jobs=jobs,
        again=jobs,
    )


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _single("waiting", deferred=False),
        _single("deferred", deferred=True),
        _group("graph", "waiting task of a BatchJobGraph", deferred=False),
        _group("ahead", "deferred task of branches submitted ahead", deferred=True),
        _map("arrays", "waiting map by array jobs", deferred=False, jobs=1),
        _map("jobs", "deferred map by jobs", deferred=True, jobs=TASKS),
    )
}

DAGS = """
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobGraph, BatchJobOperator, BatchMapOperator, ParallelBranches, item

job = {{
    "job_queue": "{name}-queue",
    "job_definition": "{name}-definition",
    "job_name": "{{{{ params.name }}}}",
    "command": ["sh", "-c", "until test -e {folder}/{{{{ params.name }}}}; do sleep 0.2; done"],
    "poll_interval": 2,
}}
map = {{
    **job,
    "items": [str(number) for number in range({tasks})],
    "environment": {{"ITEM": item}},
    "results": "s3://{bucket}/{{{{ params.name }}}}",
}}
dag = {{
    "schedule": None,
    "max_active_tasks": 64,
    "params": {{"name": "job"}},
    "default_args": {{"retries": {retries}, "retry_delay": timedelta(0)}},
}}

for deferrable in (False, True):
    with DAG("deferred" if deferrable else "waiting", **dag):
        environments = [{{"ITEM": str(number)}} for number in range({tasks})]
        BatchJobOperator.partial(task_id="task", deferrable=deferrable, **job).expand(environment=environments)
    with DAG("ahead" if deferrable else "graph", **dag):
        with ParallelBranches("group", submit_ahead=True) if deferrable else BatchJobGraph("group"):
            a, b, c = (
                BatchJobOperator(task_id=name, environment={{"ITEM": name}}, deferrable=deferrable, **job)
                for name in ("a", "b", "c")
            )
            a >> b

with DAG("arrays", **dag):
    BatchMapOperator(task_id="task", **{{**map, "job_definition": "{name}-definition-items"}})
with DAG("jobs", **dag):
    BatchMapOperator(task_id="task", strategy="jobs", deferrable=True, **map)
"""
