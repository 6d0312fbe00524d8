"""What tasks return, as others may read it: by `task.output`, or by xcom_pull in a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk.definitions._internal.types import is_arg_set
from airflow.sdk.definitions.xcom_arg import ConcatXComArg, MapXComArg, PlainXComArg, XComArg, ZipXComArg

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_scope import Scope
from asl_export.ir.status import TriggerRule
from asl_export.ir.values import RETURN_VALUE, Call, Function, Kind, TaskOutput, TaskResult, Value


@dataclass(slots=True, kw_only=True)
class Upstream:
    """The ids of the tasks that a task waits for, looked up when first asked for: in a long DAG that takes its time."""

    task: Any
    found: frozenset[str] | None = field(default=None)

    def __contains__(self, task_id: object) -> bool:
        if self.found is None:
            self.found = frozenset(_waits_for(self.task))
        return task_id in self.found


def _waits_for(task: Any) -> set[str]:
    """The tasks that have ended when a task starts; under the rule "always" there are none."""
    found: set[str] = set()
    waiting = [task]
    while waiting:
        below = waiting.pop()
        if TriggerRule(below.trigger_rule) is not TriggerRule.ALWAYS:
            waiting.extend(above for above in below.upstream_list if above.task_id not in found)
            found |= below.upstream_task_ids
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs(Mapping[str, TaskResult]):
    """The results of a DAG's tasks as one of its tasks sees them: of a mapped task, from outside, all items'."""

    results: Mapping[str, TaskResult]
    groups: Mapping[str, str | None]
    mapped: frozenset[str]
    reader: str

    def __getitem__(self, task_id: str) -> TaskResult:
        result = self.results[task_id]
        group = self.groups[task_id]
        beside = group is not None and group == self.groups[self.reader]
        return replace(result, mapped=task_id in self.mapped or (group is not None and not beside), beside=beside)

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)


def read_xcom_arg(argument: XComArg, scope: Scope) -> Value:
    """The value of an XComArg: a task's result, or several in one list.

    :raises RefusalError: for one that only Python can work out, or that isn't there when it is read.
    """
    match argument:
        case PlainXComArg():
            return _plain(argument, scope)
        case ConcatXComArg(args=args):
            return Call(function=Function.CHAIN, arguments=_lists(args, scope), kind=Kind.LIST)
        case ZipXComArg(args=args, fillvalue=fillvalue) if not is_arg_set(fillvalue):
            return Call(function=Function.ZIP, arguments=_lists(args, scope), kind=Kind.LIST)
        case ZipXComArg():
            raise _refused(
                "zip with a fillvalue",
                why="no expression of a state machine fills up a list",
                fix="leave fillvalue out, for lists of one length",
            )
        case MapXComArg():
            raise _refused(
                ".map()",
                why="its function is Python, which a state machine doesn't run",
                fix="do it in the job, or in a template of a mapped task group's task",
            )
        case _:
            raise _refused(
                type(argument).__name__, why="only Airflow can work it out, in the run", fix="hand data on in S3"
            )


def _lists(args: Any, scope: Scope) -> tuple[Value, ...]:
    return tuple(read_xcom_arg(argument, scope) for argument in args)


def _plain(argument: PlainXComArg, scope: Scope) -> Value:
    task, key = argument.operator.task_id, argument.key
    result = scope.outputs.get(task)
    if result is None:
        raise RefusalError(
            Code.XCOM,
            f"{task!r} returns nothing that the exported machine keeps",
            why="it keeps ids and descriptions of Batch jobs, what a job writes as its `result`, and Lambda's payloads",
            fix="read the result of a task that runs a job, or hand data on in S3",
        )
    if not result.is_kept(key):
        raise not_pushed(task, key)
    if task not in scope.upstream:  # an edge alone doesn't make a task wait
        raise RefusalError(
            Code.XCOM,
            f"{scope.task_id!r} reads the result {key!r} of {task!r}, which may not have ended by then",
            why="the trigger rule 'always' starts a task at once, whatever is upstream of it",
            fix="give it the rule all_done, or another that waits",
        )
    if key != RETURN_VALUE and result.keys is not None and key not in result.keys:
        raise RefusalError(
            Code.XCOM,
            f"the result {key!r} of {task!r} isn't known to the exported machine",
            why=f"what it keeps of that task is {', '.join(repr(name) for name in (RETURN_VALUE, *result.keys))}",
            fix="read one of those, let the job write a document (`result`), or hand data on in S3",
        )
    if parts := result.parts.get(key):
        raise RefusalError(
            Code.XCOM,
            f"the whole of {task}.output[{key!r}] isn't known to the exported machine",
            why="what it keeps of that is " + ", ".join(parts),
            fix=f"read one of those in a template: {{{{ ti.xcom_pull('{task}', key='{key}').{next(iter(parts))} }}}}",
        )
    if result.json_text and key == RETURN_VALUE and scope.in_json and not result.mapped:
        said = TaskOutput(task=task, source=f"{task}.output")
        return Call(function=Function.TO_JSON, arguments=(said,), kind=Kind.TEXT)
    if result.json_text and key == RETURN_VALUE:
        raise RefusalError(
            Code.XCOM,
            f"the text that {task!r} returns isn't known to the exported machine",
            why="the exported machine keeps what that JSON text says, and not the text",
            fix=f"read it with {{{{ macros.json.loads(ti.xcom_pull('{task}')) }}}}",
        )
    kind = result.kind if key == RETURN_VALUE else (result.keys or {}).get(key, Kind.ANY)
    source = f"{task}.output" if key == RETURN_VALUE else f"{task}.output[{key!r}]"
    return TaskOutput(task=task, key=key, kind=Kind.LIST if result.mapped else kind, source=source)


def not_pushed(task: str, key: str) -> RefusalError:
    """The refusal of a result that Airflow doesn't keep."""
    return RefusalError(
        Code.XCOM,
        f"{task!r} has do_xcom_push=False, so Airflow keeps no result {key!r} of it",
        why="in Airflow there would be nothing to read, and the exported machine would hand it on",
        fix=f"leave do_xcom_push out of {task!r}, or don't read its result",
    )


def _refused(what: str, *, why: str, fix: str) -> RefusalError:
    return RefusalError(Code.XCOM, f"{what} can't be exported", why=why, fix=fix)
