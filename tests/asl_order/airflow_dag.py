"""A DAG of Airflow as the plain names that `compare` takes; of the compiler nothing is used here either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.bases.skipmixin import SkipMixin
from airflow.sdk.definitions.mappedoperator import MappedOperator

from airstep.operators.batch_map import BatchMapOperator
from airstep.operators.submit import SubmitJobGraph
from tests.asl_order.comparison import Dag
from tests.asl_order.machine import Machine

_WITHOUT_STATE = (EmptyOperator, SkipMixin, SubmitJobGraph)
"""What has no Task state, and holds edges together."""


def plain_dag(dag: DAG, machine: Machine, states: Mapping[str, Sequence[str]] | None = None) -> Dag:
    """The names of a DAG's tasks, and of the states that they are in a machine.

    :param states: the states of tasks that can't be found by the job's name or the task's label.
    :raises ValueError: when a task's state isn't found, or a state belongs to no task.
    """
    found = {**_states(dag, machine), **(states or {})}
    known = {*_reads(dag, machine), *(name for names in found.values() for name in names)}
    unknown = sorted(set(machine.tasks) - known)
    if unknown:
        raise ValueError(f"no task is known for the states {', '.join(unknown)}")
    return Dag(
        states=found,
        edges=[
            (task.task_id, below)
            for task in dag.tasks
            for below in sorted(task.downstream_task_ids)
            if dag.get_task(below).trigger_rule != "always"  # which waits for nothing
        ],
        maps={task.task_id: list(_maps(task)) for task in dag.tasks},
        submitting=[task.task_id for task in dag.tasks if _only_starts(task)],
        deciding=[task.task_id for task in dag.tasks if _decides(dag, task)],
    )


def _states(dag: DAG, machine: Machine) -> dict[str, tuple[str, ...]]:
    """The state of each task: the n-th with a job's name for the n-th task that has it, else that with its label.

    A task with a result has a second state that reads it, right behind the first; those of a job graph's inner jobs are
    read later, and order nothing. A task that may never run may have none. A map by array jobs has four: its plan, an
    array job and a plain one in the Map, and its end.
    """
    free: dict[str, list[str]] = {}
    for name in machine.tasks:
        request = machine.states[name].get("Arguments") or machine.states[name].get("Parameters") or {}
        free.setdefault(str(request.get("JobName")), []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for task in dag.tasks:
        label = task.task_display_name or task.label
        named = free.get(_job_name(task))
        by_label = [name for name in (task.label, label, f"{label} item") if name in machine.tasks]
        if not issubclass(_operator(task), _WITHOUT_STATE) and (named or by_label):
            own = [name for job in _job_names(task) for name in _next_of(free, job)] or [by_label[0]]
            found[task.task_id] = (*own, *_more(machine, own[-1]))
        elif issubclass(_operator(task), _WITHOUT_STATE) or _waits(machine, label) or _may_never_run(dag, task):
            found[task.task_id] = ()
        else:
            raise ValueError(f"task {task.task_id!r} has no state")
    return found


def _next_of(free: Mapping[str, list[str]], job: str) -> list[str]:
    """The next state with a job's name, taken away."""
    return [free[job].pop(0)] if free.get(job) else []


def _job_names(task: Any) -> list[str]:
    """The names of a task's jobs, one for each of their states."""
    name = _job_name(task)
    if _operator(task) is BatchMapOperator and _argument(task, "strategy") == "array":
        return [f"{name}-plan", name, name, f"{name}-finish"]
    return [name]


def _more(machine: Machine, state: str) -> Iterator[str]:
    """The states right behind a task's first that are its own: its result's, those of the other keys it waits for."""
    following = machine.states[state].get("Next")
    while following in machine.states and (
        (_reads_result(machine.states[following]) and not _is_of_another(machine, following, state))
        or (following.startswith(f"{state} ") and _asks(machine.states[following]))
    ):
        yield following
        following = machine.states[following].get("Next")


def _is_of_another(machine: Machine, reading: str, state: str) -> bool:
    """Whether a state that reads a result is named after another one: a job graph's results are read at its end."""
    other = reading.removesuffix(" result")
    return other != state and other in machine.states


def _reads(dag: DAG, machine: Machine) -> Iterator[str]:
    """The states that read a task's result: named after it."""
    labels = {f"{label} result" for task in dag.tasks for label in (task.label, task.task_display_name)}
    yield from (name for name in machine.tasks if _reads_result(machine.states[name]) and name in labels)


def _reads_result(state: Mapping[str, Any]) -> bool:
    return str(state.get("Resource")).endswith(":s3:getObject")


def _asks(state: Mapping[str, Any]) -> bool:
    return str(state.get("Resource")).endswith(":s3:headObject")


def _waits(machine: Machine, label: str) -> bool:
    return label in machine.states and machine.states[label]["Type"] == "Wait"


def _only_starts(task: Any) -> bool:
    """Whether a task is done once its work has begun."""
    if _operator(task) is StepFunctionStartExecutionOperator:
        return not _argument(task, "deferrable")
    return _argument(task, "wait_for_completion") is False


def _may_never_run(dag: DAG, task: Any) -> bool:
    """Whether a rule, or a choice, can keep a task from running whatever happens."""
    around = [task, *(dag.get_task(above) for above in task.get_flat_relative_ids(upstream=True))]
    return any(_operator(one) is not EmptyOperator and issubclass(_operator(one), SkipMixin) for one in around) or any(
        one.trigger_rule != "all_success" for one in around
    )


def _job_name(task: Any) -> str:
    return str(_argument(task, "job_name") or re.sub("[^A-Za-z0-9_-]", "_", task.label)[:128])


def _maps(task: Any) -> Iterator[str]:
    yield from reversed([group.node_id for group in task.iter_mapped_task_groups()])
    if isinstance(task, MappedOperator) or _operator(task) is BatchMapOperator:
        yield str(task.task_id)


def _decides(dag: DAG, task: Any) -> bool:
    """Whether a task skips others, or one after it runs when not everything before it has succeeded."""
    rules = {str(dag.get_task(below).trigger_rule) for below in task.downstream_task_ids}
    return issubclass(_operator(task), SkipMixin) or bool(rules - {"all_success"})


def _operator(task: Any) -> type:
    return task.operator_class if isinstance(task, MappedOperator) else type(task)


def _argument(task: Any, name: str) -> Any:
    return task.partial_kwargs.get(name) if isinstance(task, MappedOperator) else getattr(task, name, None)
