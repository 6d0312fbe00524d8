"""One try of a group's task `submit`: all jobs of the group, from rendered fields to job ids.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.param import process_params

from airstep.errors import SubmissionRejected, TaskKilled
from airstep.hooks.batch import BatchHook
from airstep.hooks.task_instances import TaskKey
from airstep.operators.fail_fast import FailFast
from airstep.operators.job_graph_checks import MOST_DEPENDENCIES
from airstep.operators.one_try import TryEnd, key_of, seen_through, stop_before_start
from airstep.operators.request import connection_of, request_of, result_of
from airstep.operators.submit import jobs_of
from airstep.submission import Intent, obtain_job

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_job import BatchJobOperator
    from airstep.operators.submit import SubmitJobGraph
    from airstep.submission import Store

log = logging.getLogger(__name__)

_AFTER = "airstep_after"


class GraphSubmission:
    """What a SubmitJobGraph's task does in one process.

    :param hook: AWS Batch; by default as the connection of the group's tasks says.
    """

    def __init__(
        self, operator: SubmitJobGraph, graph: Any, context: Context, *, hook: BatchHook | None = None
    ) -> None:
        self.operator = operator
        self.graph = graph
        self.context = context
        self.ti: Any = context["ti"]
        self.store: Store | None = context.get("task_state_store")
        self.jobs: dict[str, str] = {}
        self.key = key_of(self.ti)
        self.fail_fast = FailFast.around(operator, self.key)
        self._hook = hook

    def stop_before_start(self) -> None:
        """Submit nothing for a group that a choice skips, or whose fail-fast group has failed; see `one_try`."""
        stop_before_start(self.operator, self.ti, self.fail_fast, had_jobs=lambda: any(self._stored_jobs()))

    def submit_all(self) -> Mapping[str, str]:
        """The job ids by task id: submitted now, or by an earlier try.

        :raises SubmissionRejected: a field is wrong, or AWS says so.
        :raises BranchStopped: another branch failed meanwhile.
        """
        tasks = jobs_of(self.graph)
        for task_id, task in tasks.items():
            self._stop_if_killed()
            before = sorted(task.upstream_task_ids & set(tasks))
            self.jobs[task_id] = self._obtain(task, [self.jobs[each] for each in before])
        self._stop_if_killed()
        log.info("%d Batch jobs of group %s are submitted", len(self.jobs), self.graph.group_id)
        if self.fail_fast:
            # A task that fails from now on finds them; one that has failed is found here.
            self.ti.xcom_push(key="return_value", value=self.jobs)
            self.fail_fast.check()
        return self.jobs

    def seen_through(self) -> AbstractContextManager[None]:
        """Whatever ends the task: no job is left that nobody will use, and no branch goes on that should not."""
        return seen_through(self.ti, self.fail_fast, hook=self._any_hook, leave=self._leave)

    def kill(self, reason: str) -> None:
        """End the jobs that this try knows: from a signal handler, which may have interrupted a call."""
        if self._hook is not None:
            self._terminate(reason, self._hook.fresh())

    def _obtain(self, task: BatchJobOperator, before: list[str]) -> str:
        """The id of a task's job, which waits for the jobs before it."""
        rendered = self._rendered(task)
        key = TaskKey(dag_id=self.ti.dag_id, run_id=self.ti.run_id, task_id=task.task_id, map_index=_index(self.ti))
        uri = result_of(rendered, key)
        request = _after(request_of(rendered, result=uri), before, task.task_id)
        hook = self._hook_of(rendered)
        store = _Section(self.store, task.task_id) if self.store is not None else None
        if store is not None:
            _forget_if_moved(store, before)
        job = obtain_job(
            hook,
            request,
            # Not the identity of the task's own rounds: the same name must not be given to two jobs.
            identity=(key.dag_id, key.run_id, key.task_id, key.map_index, "graph"),
            generation=self.ti.max_tries,
            try_number=self.ti.try_number,
            store=store,
            result_uri=uri,
        )
        log.info("Batch job %s (%s) of task %s", job.job_name, job.job_id, task.task_id)
        return job.job_id

    def _hook_of(self, task: BatchJobOperator) -> BatchHook:
        """AWS Batch, as the first task that comes here reaches it: all reach it the same way."""
        if self._hook is None:
            self._hook = BatchHook(connection_of(task))
            self._hook.prepare()
        return self._hook

    def _rendered(self, task: BatchJobOperator) -> BatchJobOperator:
        """A copy of a task with its fields rendered, as the task itself would have them."""
        copy: Any = task.prepare_for_execution()
        ti = self.ti.model_copy(update={"task": copy, "task_id": task.task_id})
        conf = getattr(self.context.get("dag_run"), "conf", None)
        context: Any = {
            **self.context,
            "ti": ti,
            "task": copy,
            "task_instance": ti,
            "map_index_template": copy.map_index_template,
            "inlets": copy.inlets,
            "outlets": copy.outlets,
            "params": process_params(copy.dag, copy, conf, suppress_exception=False),
            "task_instance_key_str": str(self.context.get("task_instance_key_str", "")).replace(
                f"__{self.operator.task_id}__", f"__{task.task_id}__"
            ),
        }
        copy.render_template_fields(context)
        rendered: BatchJobOperator = copy
        return rendered

    def _any_hook(self) -> BatchHook | None:
        """AWS Batch; None for a group without jobs."""
        task = next(iter(jobs_of(self.graph).values()), None)
        return self._hook_of(task) if task else self._hook

    def _leave(self, end: TryEnd, hook: BatchHook) -> None:
        """End the jobs that this try knows, and those that an earlier one submitted and this one did not come to."""
        if not end.leaves_nothing:
            return
        self._hook = hook
        try:
            self.jobs |= dict(self._stored_jobs())
        except Exception:
            log.warning("The jobs of an earlier try can't be looked up", exc_info=True)
        self._terminate(end.reason, hook)

    def _terminate(self, reason: str, hook: BatchHook) -> None:
        """End the jobs that this try knows, the last one first."""
        for task_id, job_id in reversed(list(self.jobs.items())):
            log.info("Terminating job %s of task %s: %s", job_id, task_id, reason)
        hook.terminate_all(list(reversed(list(self.jobs.values()))), reason)

    def _stored_jobs(self) -> Iterator[tuple[str, str]]:
        """Task and job of the submissions that are in the store only."""
        for task_id, task in jobs_of(self.graph).items() if self.store is not None else ():
            intent = Intent.load(_Section(self.store, task_id)) if self.store is not None else None
            if intent is None or task_id in self.jobs:
                continue
            hook = self._hook_of(task)
            found = None if intent.job_id else hook.find(intent.job_name, intent.job_queue)
            if job_id := intent.job_id or (found.job_id if found else None):
                yield task_id, job_id

    def _stop_if_killed(self) -> None:
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop; the jobs it had submitted were terminated")


class _Section:
    """The part of a task's store that belongs to one of the group's tasks."""

    def __init__(self, store: Store, task_id: str) -> None:
        self._store = store
        self._task_id = task_id

    def get(self, key: str) -> Any:
        """The value, or None."""
        return self._store.get(f"{key}:{self._task_id}")

    def set(self, key: str, value: Any) -> None:
        """Keep the value."""
        self._store.set(f"{key}:{self._task_id}", value)


def _index(ti: Any) -> int:
    return -1 if ti.map_index is None else int(ti.map_index)


def _after(request: Mapping[str, Any], before: list[str], task_id: str) -> Mapping[str, Any]:
    """The request of a job that waits for others too.

    :raises SubmissionRejected: for too many.
    """
    if not before:
        return request
    depends_on = [*request.get("dependsOn", ()), *({"jobId": job_id} for job_id in before)]
    if len(depends_on) > MOST_DEPENDENCIES:
        raise SubmissionRejected(
            f"BatchJobOperator {task_id!r}: depends_on and the tasks before it in its job graph are {len(depends_on)} "
            f"jobs; AWS Batch allows {MOST_DEPENDENCIES}"
        )
    return {**request, "dependsOn": depends_on}


def _forget_if_moved(store: Store, before: list[str]) -> None:
    """Give up a job of an earlier try that waits for other jobs than it would have to now."""
    intent = Intent.load(store)
    if intent is not None and store.get(_AFTER) != before:
        replace(intent, generation=-1).save(store)
    store.set(_AFTER, before)
