"""The order that a DAG demands of its jobs, and whether a run kept it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airstep.items import FIELD
from asl_export.verify.jobs import Job, plain_name

_STARTS_EARLY = frozenset({"one_success", "one_failed", "one_done", "always"})
"""Trigger rules under which a task may start before all its upstream tasks have ended."""

_WAITS_FOR_ALL = frozenset({"all_done", "all_done_setup_success"})
"""Trigger rules under which a task ends after all its upstream tasks, however they end; others may decide earlier."""

_TEMPLATE = re.compile(rf"\{{\{{.*?\}}\}}|\{{%.*?%\}}|{FIELD.pattern}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask:
    """A task that submits jobs, and how to know its jobs by their name."""

    task_id: str
    literal: bool
    pattern: re.Pattern[str]

    def submitted(self, job: Job) -> bool:
        """Whether the job may be this task's."""
        return self.pattern.fullmatch(job.name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """`upstream`'s jobs have ended before `downstream`'s start; `per_item`: within one item of a mapped group only."""

    upstream: JobTask
    downstream: JobTask
    per_item: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """What the edges say of one run: how many were checked, which were broken, and which could not be checked."""

    checked: int
    broken: tuple[str, ...]
    unknown: tuple[str, ...]


def dag_edges(dag: Any) -> tuple[Edge, ...]:
    """Every pair of job tasks of an Airflow DAG that only other tasks, or none, stand between; in the DAG's order.

    Without those within a mapped group whose second job may run where the first didn't: of which item a job is can't
    be seen.
    """
    tasks = job_tasks(dag)
    pairs = [
        (task, dag.get_task(after), sure)
        for task in dag.tasks
        if task.task_id in tasks
        for after, sure in _next_job_tasks(dag, task, tasks.keys()).items()
    ]
    return tuple(
        Edge(upstream=tasks[task.task_id], downstream=tasks[after.task_id], per_item=_shared_map(task, after))
        for task, after, sure in pairs
        if sure or not _shared_map(task, after)
    )


def job_tasks(dag: Any) -> dict[str, JobTask]:
    """The tasks of an Airflow DAG that submit jobs, by id, in the DAG's order."""
    return {task.task_id: _job_task(task) for task in dag.tasks if _submits(task)}


def check_order(
    edges: Sequence[Edge],
    jobs: Sequence[Job],
    *,
    others: Sequence[JobTask] = (),
    stopped: Callable[[Job], bool] = lambda _: False,
) -> OrderCheck:
    """Whether each edge held in a run: compared by the times that Batch keeps, in milliseconds.

    :param others: the DAG's tasks without an edge: a job of theirs may have a name that a template could give too.
    :param stopped: jobs whose end nobody waits for, as a failure beside them, or a time limit, has stopped them.
    """
    ordered = [task for edge in edges for task in (edge.upstream, edge.downstream)]
    tasks = {task.task_id: task for task in (*others, *ordered)}
    owned_by = {job.id: owners(job, tuple(tasks.values())) for job in jobs}
    checked = 0
    broken: list[str] = []
    unknown: list[str] = []
    for edge in edges:
        ends = (edge.upstream.task_id, edge.downstream.task_id)
        shared = next((job.name for job in jobs if len(owned_by[job.id]) > 1 and owned_by[job.id] & set(ends)), None)
        if shared is not None:
            unknown.append(f"{ends[0]} >> {ends[1]}: more than one task has a job named {shared}")
            continue
        upstream, downstream = ([job for job in jobs if end in owned_by[job.id]] for end in ends)
        checked += 1
        broken += _broken(edge, [job for job in upstream if not stopped(job)], downstream)
    return OrderCheck(checked=checked, broken=tuple(broken), unknown=tuple(unknown))


def _broken(edge: Edge, upstream: Sequence[Job], downstream: Sequence[Job]) -> Iterator[str]:
    started = sorted((job for job in downstream if job.started is not None), key=lambda job: job.started or 0)
    for position, job in enumerate(started, start=1):
        before = sum(other.stopped is not None and other.stopped <= (job.started or 0) for other in upstream)
        # Which item a job belongs to can't be seen in a mapped group: the k-th start needs at least k ends before it.
        # What starts after a failure may be the same item's next try.
        again = sum(other.status == "FAILED" and (other.stopped or 0) <= (job.started or 0) for other in started)
        needed = min(position - again, len(upstream)) if edge.per_item else len(upstream)
        if before < needed:
            yield f"{job.name} ({edge.downstream.task_id}) started before {edge.upstream.task_id} had ended"


def owners(job: Job, tasks: Sequence[JobTask]) -> set[str]:
    """The ids of the tasks whose job it may be; a name written out goes before one with a template."""
    found = [task for task in tasks if task.submitted(job)]
    return {task.task_id for task in found if task.literal} or {task.task_id for task in found}


def _submits(task: Any) -> bool:
    settings = getattr(task, "partial_kwargs", None)
    return "job_queue" in settings if settings is not None else hasattr(task, "job_queue")


def _job_task(task: Any) -> JobTask:
    settings = getattr(task, "partial_kwargs", None)
    if settings is None:
        name = getattr(task, "job_name", None)
    else:
        name = "{{ item }}" if "job_name" in _expanded(task) else settings.get("job_name")
    name = name if isinstance(name, str) else task.task_id.rpartition(".")[2]
    literal = [re.escape(text) for text in _TEMPLATE.sub("\0", name).split("\0")]
    if len(literal) == 1:
        literal = [re.escape(plain_name(name))]
    return JobTask(task_id=task.task_id, literal=len(literal) == 1, pattern=re.compile(".*".join(literal)))


def _expanded(task: Any) -> set[str]:
    """Names of the arguments that a mapped task takes from its items; all of them where only the run knows."""
    match task.expand_input.value:
        case dict() as arguments:
            return set(arguments)
        case list() as items:
            return {name for item in items if isinstance(item, dict) for name in item}
        case _:
            return {"job_name"}


def _next_job_tasks(dag: Any, task: Any, job_tasks: Any) -> dict[str, bool]:
    """The job tasks that start after one has ended, and whether each starts only when that one has succeeded.

    A task between may be upstream_failed or skipped before the first has ended: `ended` says that it can't.
    """
    found: dict[str, bool] = {}
    seen: set[tuple[str, bool, bool]] = set()
    waiting = [(name, True, True) for name in sorted(task.downstream_task_ids, reverse=True)]
    while waiting:
        name, ended, sure = waiting.pop()
        after = dag.get_task(name)
        needs_success = after.trigger_rule == "all_success"
        sure = sure and needs_success
        if (name, ended, sure) in seen or after.trigger_rule in _STARTS_EARLY or not (ended or needs_success):
            continue
        seen.add((name, ended, sure))
        if name in job_tasks:
            found[name] = sure or found.get(name, False)
        else:
            ended = ended and after.trigger_rule in _WAITS_FOR_ALL and not _waits_for_setups(after)
            waiting += [(below, ended, sure) for below in sorted(after.downstream_task_ids, reverse=True)]
    return found


def _waits_for_setups(task: Any) -> bool:
    """Whether a setup that isn't directly upstream decides about the task too."""
    return any(setup.task_id not in task.upstream_task_ids for setup in task.get_upstreams_only_setups())


def _shared_map(upstream: Any, downstream: Any) -> bool:
    """Whether both are in the same mapped group, so that each item has an order of its own."""
    mine = {group.group_id for group in upstream.iter_mapped_task_groups()}
    return any(group.group_id in mine for group in downstream.iter_mapped_task_groups())
