"""The fields of a Batch task's XCom `job`, as Step Functions' description of a job has them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html and airstep.job.Job
"""

from __future__ import annotations

from collections.abc import Mapping

from asl_export.ir.values import Document, Kind, Reference, Root


def _at(kind: Kind, *path: str) -> Reference:
    return Reference(root=Root.RESULT, path=path, kind=kind)


JOB_FIELDS: Mapping[str, Document] = {
    "job_id": _at(Kind.TEXT, "JobId"),
    "job_name": _at(Kind.TEXT, "JobName"),
    "queue": _at(Kind.TEXT, "JobQueue"),
    "definition": _at(Kind.TEXT, "JobDefinition"),
    "status": _at(Kind.TEXT, "Status"),
    "exit_code": _at(Kind.INTEGER, "Container", "ExitCode"),
    "log_stream": _at(Kind.TEXT, "Container", "LogStreamName"),
}
