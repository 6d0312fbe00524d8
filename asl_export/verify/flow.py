"""What a DAG says of its jobs: whose a job is, what it waits for, what may stop it, and how long its retries wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airstep.operators import BatchJobGraph
from airstep.operators.parallel import fail_fast_group
from airstep.operators.submit import submitting_group
from asl_export.verify.edges import Edge, JobTask, dag_edges, job_tasks, owners
from asl_export.verify.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class DagFlow:
    """A DAG's tasks that submit jobs, and how they hang together.

    `parents` are the tasks directly upstream of every task, `stopped_early` those that another task's failure stops
    while they run, `limited` those with an `execution_timeout`, and `retry_seconds` how long a task waits between its
    tries if all fail. `ahead` are the tasks that a task's job depends on in Batch, as its group submits them at its
    start and the state machine doesn't.
    """

    tasks: tuple[JobTask, ...]
    edges: tuple[Edge, ...]
    parents: Mapping[str, frozenset[str]]
    ahead: Mapping[str, frozenset[str]]
    stopped_early: frozenset[str]
    limited: frozenset[str]
    retry_seconds: Mapping[str, float]

    def owners(self, job: Job) -> frozenset[str]:
        """The tasks whose job it may be."""
        return frozenset(owners(job, self.tasks))

    def may_be_stopped(self, job: Job) -> bool:
        """Whether it depends on the moment how far the job comes once something has failed."""
        return bool(self.owners(job)) and self.owners(job) <= self.stopped_early

    def was_stopped(self, job: Job) -> bool:
        """Whether another task's failure or a time limit has ended the job: what follows doesn't wait for that."""
        owners = self.owners(job)
        return bool(owners) and owners <= self.stopped_early | self.limited and not job.ended_by_itself

    def waits(self, job: Job) -> float:
        """Seconds that pass between its task's tries when each fails."""
        return max((self.retry_seconds[task] for task in self.owners(job)), default=0.0)

    def is_upstream(self, job_name: str, of: Job) -> bool:
        """Whether all tasks that may own a job of this name are upstream of the other's."""
        exact = self._named(job_name)
        return bool(exact) and all(exact <= self._upstream(task) for task in self.owners(of))

    def is_ahead(self, job_name: str, of: Job) -> bool:
        """Whether a job's group has let it wait in Batch for one of this name."""
        named = self._named(job_name)
        return any(named & self.ahead.get(task, frozenset()) for task in self.owners(of))

    def _named(self, job_name: str) -> frozenset[str]:
        """The tasks that may own a job of this name."""
        named = [task for task in self.tasks if task.pattern.fullmatch(job_name)]
        literal = frozenset(task.task_id for task in named if task.literal)
        return literal or frozenset(task.task_id for task in named)

    def _upstream(self, task: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(self.parents[task])
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += self.parents[parent]
        return frozenset(found)


def dag_flow(dag: Any) -> DagFlow:
    """What an Airflow DAG says."""
    tasks = job_tasks(dag)
    return DagFlow(
        tasks=tuple(tasks.values()),
        edges=dag_edges(dag),
        parents={task.task_id: frozenset(task.upstream_task_ids) for task in dag.tasks},
        ahead={name: _ahead(dag.get_task(name)) for name in tasks},
        stopped_early=frozenset(name for name in tasks if dag.fail_fast or fail_fast_group(dag.get_task(name))),
        limited=frozenset(name for name in tasks if dag.get_task(name).execution_timeout is not None),
        retry_seconds={name: _retry_seconds(dag.get_task(name)) for name in tasks},
    )


def _ahead(task: Any) -> frozenset[str]:
    """What a task depends on in a group with submit_ahead; a BatchJobGraph's edges are dependencies in both runs."""
    group = submitting_group(task)
    if group is None or isinstance(group, BatchJobGraph):
        return frozenset()
    return frozenset(task.upstream_task_ids & {each.task_id for each in group.iter_tasks()})


def _retry_seconds(task: Any) -> float:
    """The delays between the tries, without the spread that Airflow adds to growing ones."""
    first: float = task.retry_delay.total_seconds()
    factor = 2.0 if task.retry_exponential_backoff is True else float(task.retry_exponential_backoff or 1.0)
    longest: float = task.max_retry_delay.total_seconds() if task.max_retry_delay else 86_400.0
    return sum(min(first * factor ** min(number, 64), longest) for number in range(task.retries or 0))
