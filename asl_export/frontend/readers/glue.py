"""`GlueJobOperator`: a run of a Glue job that exists.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.frontend.readers.aws import AWS_SETTINGS, invalid, request_of, switch
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused, warned
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import VALUE_TYPES, Document, Kind, TaskResult, kind_of


def _of_creation(default: Any = None) -> Setting:
    return refused(
        "the exported machine runs a Glue job that exists, and neither creates nor changes one",
        "create the job beforehand, in a stack for instance, and remove this",
        default=default,
    )


_LINEAGE = warned(
    "the exported machine sends nothing to OpenLineage", "set it in the job's own arguments", default=False
)

GLUE_SETTINGS: Mapping[str, Setting] = {
    **AWS_SETTINGS,
    "job_name": HONOURED,
    "script_args": HONOURED,
    "run_job_kwargs": HONOURED,
    "wait_for_completion": HONOURED,
    "deferrable": HONOURED,
    "script_location": _of_creation(),
    "job_desc": _of_creation("AWS Glue Job with Airflow"),
    "concurrent_run_limit": _of_creation(1),
    "retry_limit": _of_creation(0),
    "num_of_dpus": _of_creation(),
    "s3_bucket": _of_creation(),
    "iam_role_name": _of_creation(),
    "iam_role_arn": _of_creation(),
    "create_job_kwargs": _of_creation(),
    "update_config": _of_creation(default=False),
    "replace_script_file": _of_creation(default=False),
    "sleep_before_return": warned(
        "the exported machine goes on at once", "allow the job more runs at a time", default=0
    ),
    "openlineage_inject_parent_job_info": _LINEAGE,
    "openlineage_inject_transport_info": _LINEAGE,
    "waiter_max_attempts": warned(
        "the exported machine waits for a run until it ends", "limit with execution_timeout", default=75
    ),
    # How Airflow looks at the run, finds it again and ends it; the machine has one state that does.
    "verbose": HARMLESS,
    "job_poll_interval": HARMLESS,
    "waiter_delay": HARMLESS,
    "durable": HARMLESS,
    "resume_glue_job_on_retry": HARMLESS,
    "stop_job_run_on_kill": HARMLESS,
}

# What StartJobRun takes beside the job's name and arguments, with the type of each.
# Source: https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html
_RUN = {
    "AllocatedCapacity": Kind.INTEGER,
    "ExecutionClass": Kind.TEXT,
    "JobRunId": Kind.TEXT,
    "JobRunQueuingEnabled": Kind.BOOLEAN,
    "MaxCapacity": Kind.NUMBER,
    "NotificationProperty": Kind.OBJECT,
    "NumberOfWorkers": Kind.INTEGER,
    "SecurityConfiguration": Kind.TEXT,
    "Timeout": Kind.INTEGER,
    "WorkerType": Kind.TEXT,
}
_FIELDS = {"JobName": "job_name", "Arguments": "script_args", **dict.fromkeys(_RUN, "run_job_kwargs")}


def run_result(attributes: Mapping[str, Any]) -> TaskResult:
    """The run's id."""
    del attributes
    return TaskResult(kind=Kind.TEXT)


def read_glue(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The run of an operator's attributes, which always waits when it is deferrable.

    :raises RefusalError: for an argument that StartJobRun doesn't have, or not in that type.
    """
    del scope
    arguments = request_of(attributes, {"JobName": "job_name", "Arguments": "script_args"})
    _texts(arguments)
    for name, value in _mapping("run_job_kwargs", attributes.get("run_job_kwargs")).items():
        if name not in _RUN:
            raise invalid("run_job_kwargs", f"run_job_kwargs: StartJobRun has no {name!r}", why="Airflow fails with it")
        if isinstance(value, VALUE_TYPES) and _RUN[name] is not Kind.TEXT and kind_of(value) is Kind.TEXT:
            raise invalid(
                f"run_job_kwargs[{name!r}]",
                f"{name} can't be a text",
                why="a template gives a text, with which Airflow fails",
                fix="give it as it is",
            )
        arguments[name] = value
    waits = switch("wait_for_completion", attributes.get("wait_for_completion"), default=True)
    waits = waits or switch("deferrable", attributes.get("deferrable"), default=False)
    return CallReading(
        resource=f"arn:aws:states:::glue:startJobRun{'.sync' if waits else ''}",
        arguments=arguments,
        fields=_FIELDS,
        output=("Id",) if waits else ("JobRunId",),
    )


def _texts(arguments: dict[str, Document]) -> None:
    for name, value in _mapping("script_args", arguments.get("Arguments")).items():
        if not isinstance(value, VALUE_TYPES) or kind_of(value) not in (Kind.TEXT, Kind.DATE, Kind.ANY):
            raise invalid(
                f"script_args[{name!r}]",
                f"the argument {name!r} must be a text",
                why="Glue's arguments are texts, and Airflow fails with another type",
                fix="give it in quotation marks",
            )
    if arguments.get("Arguments") == {}:
        del arguments["Arguments"]


def _mapping(field: str, document: Document) -> Mapping[str, Document]:
    if document is None:
        return {}
    if isinstance(document, VALUE_TYPES) or not isinstance(document, Mapping):
        raise invalid(
            field, f"{field} must be a mapping when the DAG is parsed", why="the machine has to know what is in it"
        )
    return document
