"""A workflow as a DAG file, every task written out: the most source text that a DAG of its size can have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from benchmarks.compiler.workflows import Task, Workflow

_HEAD = '''"""{count} tasks: {name}."""

from airflow.sdk import DAG, Param, TaskGroup

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {{"job_queue": "benchmark", "job_definition": "noop"}}

with DAG("{name}", schedule=None, params={{"input": Param("s3://bucket/in", type="string")}}):
'''


def dag_file(workflow: Workflow) -> str:
    """The text of a DAG file; the DAG's id is the workflow's name."""
    head = _HEAD.format(count=len(workflow.tasks), name=workflow.name)
    return head + "".join(f"{line}\n" for line in [*_tasks(workflow), *_edges(workflow)])


def _tasks(workflow: Workflow) -> Iterator[str]:
    opened: tuple[str, ...] = ()
    for task in workflow.tasks:
        kept = next((at for at, pair in enumerate(zip(opened, task.groups, strict=False)) if pair[0] != pair[1]), None)
        depth = min(len(opened), len(task.groups)) if kept is None else kept
        for inner, group in enumerate(task.groups[depth:], start=depth + 1):
            yield f'{"    " * inner}with TaskGroup("{group}"):'
        opened = task.groups
        yield "    " * (len(opened) + 1) + _task(task)


def _task(task: Task) -> str:
    command = f'"work", "--input", "{{{{ params.input }}}}", "--step", "{task.name}"'
    if task.items:
        items = ", ".join(f'[{command}, "{number}"]' for number in range(task.items))
        return f'{task.name} = BatchJobOperator.partial(task_id="{task.name}", **JOB).expand(command=[{items}])'
    if task.follows:
        one, other = task.follows
        choices = f'choices=[("{{{{ params.input == \'{one}\' }}}}", "{one}")], default="{other}"'
        return f'{task.name} = ChoiceOperator(task_id="{task.name}", {choices})'
    rule = f', trigger_rule="{task.rule}"' if task.rule else ""
    return f'{task.name} = BatchJobOperator(task_id="{task.name}", command=[{command}]{rule}, **JOB)'


def _edges(workflow: Workflow) -> Iterator[str]:
    below: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in workflow.edges:
        below[one].append(other)
    for one, others in below.items():
        yield f"    {one} >> [{', '.join(others)}]"
