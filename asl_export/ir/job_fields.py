"""The fields of a Batch task's XCom `job`, as Step Functions' description of a job has them.

What isn't here the machine can't say: `log_group` and `log_region` are worked out from the job definition, `attempts`
and `array_counts` have names of their own there, and of a job that has ended `stopping` says nothing.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html and airstep.job.Job
"""

from __future__ import annotations

from collections.abc import Mapping

from asl_export.ir.values import Call, Function, Kind, Literal, Reference, Root, Value, kind_of


def _at(kind: Kind, *path: str) -> Value:
    return Reference(root=Root.RESULT, path=path, kind=kind)


def _if_any(*path: str) -> Value:
    """A field that a description may lack: None in Airflow."""
    place = Reference(root=Root.RESULT, path=path, kind=Kind.ANY, source=path[-1], certain=False, sure=len(path))
    return Call(function=Function.DEFAULT, arguments=(place, Literal(value=None)), kind=Kind.ANY)


def _time(name: str) -> Value:
    return Call(function=Function.TIME, arguments=(_at(Kind.INTEGER, name),), kind=Kind.TEXT)


JOB_FIELDS: Mapping[str, Value] = {
    "job_id": _at(Kind.TEXT, "JobId"),
    "job_name": _at(Kind.TEXT, "JobName"),
    "queue": _at(Kind.TEXT, "JobQueue"),
    "definition": _at(Kind.TEXT, "JobDefinition"),
    "status": _at(Kind.TEXT, "Status"),
    "status_reason": _if_any("StatusReason"),
    "exit_code": _at(Kind.INTEGER, "Container", "ExitCode"),
    "container_reason": _if_any("Container", "Reason"),
    "created_at": _time("CreatedAt"),
    "started_at": _time("StartedAt"),
    "stopped_at": _time("StoppedAt"),
    "log_stream": _at(Kind.TEXT, "Container", "LogStreamName"),
    "array_size": _if_any("ArrayProperties", "Size"),
}
OF_ONE_CONTAINER = frozenset({"exit_code", "log_stream"})
"""Fields that the description of a job of several containers has elsewhere, or not at all."""
JOB_KINDS: Mapping[str, Kind] = {name: kind_of(value) for name, value in JOB_FIELDS.items()}
"""The `parts` of the key `job` in a Batch task's `TaskResult`."""
