"""`ti.xcom_pull(…)` of a template, which an XComArg within an f-string is too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import nodes

from asl_export.diagnostics import Code
from asl_export.frontend.outputs import not_pushed
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_names import whole
from asl_export.frontend.template_scope import Expressions
from asl_export.frontend.template_words import RUN_ID
from asl_export.ir.values import (
    RETURN_VALUE,
    Call,
    Function,
    Kind,
    ListOf,
    Literal,
    TaskOutput,
    TaskResult,
    Value,
)

# Source: TaskInstance.xcom_pull of Airflow's task SDK.
_POSITIONAL = ("task_ids", "dag_id", "key", "include_prior_dates")


def pull(reader: Expressions, node: nodes.Call, *, parsed: bool) -> Value:
    """What xcom_pull gives; `parsed`: what macros.json.loads makes of it."""
    given = _arguments(reader, node)
    key = given.get("key", RETURN_VALUE)
    if not isinstance(key, str):
        raise _refuse(reader, node, "xcom_pull of a key that isn't a text can't be exported", fix="name one key")
    match given.get("task_ids"):
        case str() as task:
            return _single(reader, node, task, key, parsed=parsed)
        case [*tasks] if tasks and all(isinstance(task, str) for task in tasks) and not parsed:
            return _several(reader, node, tasks, key)
        case _:
            raise _refuse(
                reader,
                node,
                "xcom_pull without the tasks to pull from can't be exported",
                why="a task's own results of an earlier try aren't kept",
                fix="name a task: task_ids='…'",
            )


def _arguments(reader: Expressions, node: nodes.Call) -> Mapping[str, Any]:
    """The arguments by name; those that the machine can't keep are refused."""
    if node.dyn_args or node.dyn_kwargs or len(node.args) > len(_POSITIONAL):
        raise _refuse(reader, node, "xcom_pull with * arguments can't be exported", fix="write the arguments out")
    named = dict(zip(_POSITIONAL, node.args, strict=False)) | {pair.key: pair.value for pair in node.kwargs}
    values = {name: reader.value(argument) for name, argument in named.items()}
    if values.get("run_id") == RUN_ID:
        del values["run_id"]
    constants: dict[str, Any] = {}
    for name, value in values.items():
        if not isinstance(value, Literal):
            raise _refuse(
                reader, node, f"xcom_pull with {name} worked out in the run can't be exported", fix="write a constant"
            )
        constants[name] = value.value
    if constants.get("dag_id") not in (None, reader.scope.dag_id):
        raise _refuse(
            reader,
            node,
            f"xcom_pull from another DAG, {constants['dag_id']!r}, can't be exported",
            why="the exported machine knows its own results only",
            fix="hand the value on in S3, or as a param",
        )
    for name, why in _REFUSED.items():
        if name in constants and not (name == "include_prior_dates" and constants[name] is False):
            raise _refuse(reader, node, f"xcom_pull with {name} can't be exported", why=why, fix="leave it out")
    return constants


_REFUSED = {
    "include_prior_dates": "an execution knows nothing of earlier ones",
    "map_indexes": "the exported machine keeps the results of a mapped task as one list",
    "default": "Airflow doesn't look at it unless map_indexes is given",
    "run_id": "an execution knows nothing of others",
}


def _single(reader: Expressions, node: nodes.Call, task: str, key: str, *, parsed: bool) -> Value:
    result, output = _read(reader, node, task, key)
    if result.json_text and key == RETURN_VALUE:
        if not parsed and reader.scope.in_json and not result.mapped:
            said = TaskOutput(task=task, source=output.source)
            return Call(function=Function.TO_JSON, arguments=(said,), kind=Kind.TEXT)
        if not parsed:
            raise _refuse(
                reader,
                node,
                f"the text that {task!r} returns isn't known to the exported machine",
                why="the exported machine keeps what that JSON text says, and not the text",
                fix=f"read it with macros.json.loads(ti.xcom_pull('{task}'))",
            )
        if result.mapped:
            raise _refuse(
                reader,
                node,
                f"macros.json.loads of all results of the mapped task {task!r} can't be exported",
                fix="read one",
            )
        return TaskOutput(task=task, source=output.source)
    value: Value = output
    if result.mapped:
        value = Call(function=Function.PULLED, arguments=(output,), kind=Kind.ANY)
    return Call(function=Function.FROM_JSON, arguments=(value,), kind=Kind.ANY) if parsed else value


def _several(reader: Expressions, node: nodes.Call, tasks: list[str], key: str) -> Value:
    """The results of several tasks, those of a mapped task one after the other."""
    lists: list[Value] = []
    plain: list[Value] = []
    for task in tasks:
        result, value = _read(reader, node, task, key)
        if result.json_text and key == RETURN_VALUE:
            raise _refuse(
                reader,
                node,
                f"the text that {task!r} returns isn't known to the exported machine",
                why="the exported machine keeps what that JSON text says, and not the text",
                fix=f"read it alone, with macros.json.loads(ti.xcom_pull('{task}'))",
            )
        if result.mapped:
            lists.extend([ListOf(items=tuple(plain))] if plain else [])
            lists.append(Call(function=Function.OR_NONE, arguments=(value,), kind=Kind.LIST))
            plain = []
        else:
            plain.append(whole(reader, node, value))
    lists.extend([ListOf(items=tuple(plain))] if plain else [])
    if len(lists) == 1:
        return lists[0]
    return Call(function=Function.CHAIN, arguments=tuple(lists), kind=Kind.LIST)


def _read(reader: Expressions, node: nodes.Call, task: str, key: str) -> tuple[TaskResult, TaskOutput]:
    """What is known of a task's results, and the read of one of them."""
    scope = reader.scope
    result = scope.outputs.get(task)
    if result is None:
        raise _refuse(
            reader,
            node,
            f"the result {key!r} of {task!r} isn't known to the exported machine",
            why="there is no such task, or it returns nothing that the machine keeps",
            fix="name a task by its whole id, with its groups, that runs a job",
        )
    if not result.is_kept(key):
        refusal = not_pushed(task, key)
        raise _refuse(reader, node, refusal.what, why=refusal.why, fix=refusal.fix)
    if task not in scope.upstream:
        raise _refuse(
            reader,
            node,
            f"{scope.task_id!r} reads the result {key!r} of {task!r}, for which it doesn't wait",
            why="that task may not have ended when its result is read",
            fix=f"order them, {task} >> {scope.task_id}, without the trigger rule 'always'",
        )
    if result.beside:
        raise _refuse(
            reader,
            node,
            f"xcom_pull from {task!r} of the same mapped group can't be exported",
            why="Airflow gives the results of all items that have ended so far, and not this item's",
            fix="hand the result on as an argument: task.output",
        )
    if result.mapped and key in result.parts:
        raise _refuse(
            reader,
            node,
            f"the result {key!r} of all items of {task!r}",
            why="the exported machine keeps what each of them returns, and no more",
            fix="read what they return",
        )
    keys = result.keys
    if key != RETURN_VALUE and keys is not None and key not in keys:
        known = ", ".join(repr(name) for name in (RETURN_VALUE, *keys))
        raise _refuse(
            reader,
            node,
            f"the result {key!r} of {task!r} isn't known to the exported machine",
            why=f"what it keeps of that task is {known}",
            fix="read one of those, or hand data on in S3",
        )
    kind = result.kind if key == RETURN_VALUE else (keys or {}).get(key, Kind.ANY)
    source = f"{task}.output" if key == RETURN_VALUE else f"{task}.output[{key!r}]"
    return result, TaskOutput(task=task, key=key, kind=Kind.LIST if result.mapped else kind, source=source)


def _refuse(reader: Expressions, node: nodes.Call, what: str, *, fix: str, why: str = "") -> RefusalError:
    refusal = reader.refuse(
        node, what, why=why or "the state machine is written before the run, with its places fixed", fix=fix
    )
    return RefusalError(Code.XCOM, refusal.what, why=refusal.why, fix=refusal.fix)
