"""`EcsRunTaskOperator`: a task on ECS.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.readers.aws import AWS_SETTINGS, invalid, request_of, switch, text
from asl_export.frontend.readers.field_names import with_capitals
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused, warned
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import VALUE_TYPES, Document

_FIELDS = {
    "Cluster": "cluster",
    "TaskDefinition": "task_definition",
    "CapacityProviderStrategy": "capacity_provider_strategy",
    "LaunchType": "launch_type",
    "PlatformVersion": "platform_version",
    "Group": "group",
    "PlacementConstraints": "placement_constraints",
    "PlacementStrategy": "placement_strategy",
    "NetworkConfiguration": "network_configuration",
    "Tags": "tags",
    "PropagateTags": "propagate_tags",
    "Overrides": "overrides",
}
ECS_SETTINGS: Mapping[str, Setting] = {
    **AWS_SETTINGS,
    **dict.fromkeys(_FIELDS.values(), HONOURED),
    "wait_for_completion": HONOURED,
    "deferrable": HONOURED,
    "volume_configurations": refused(
        "ecs:runTask of Step Functions isn't known to take it", "name the volume in the task definition"
    ),
    "skip_on_exit_code": refused(
        "Step Functions tells a task that failed from one that didn't, and no more",
        "let the program end with 0 where its task shall not fail",
    ),
    "waiter_max_attempts": warned(
        "the exported machine waits for a task until it ends", "limit with execution_timeout", default=1_000_000
    ),
    # The operator keeps it under another name: `check_ecs`.
    "quota_retry": HARMLESS,
    # How Airflow looks at the task, finds it again, ends it and shows its log.
    "waiter_delay": HARMLESS,
    "reattach": HARMLESS,
    "stop_task_on_failure": HARMLESS,
    "number_logs_exception": HARMLESS,
    "container_name": HARMLESS,
    "awslogs_group": HARMLESS,
    "awslogs_region": HARMLESS,
    "awslogs_stream_prefix": HARMLESS,
    "awslogs_fetch_interval": HARMLESS,
}

_ROLES = ("executionRoleArn", "taskRoleArn")


def read_ecs(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The task of an operator's attributes, which always waits when it is deferrable.

    A task that ECS can't place fails in Airflow; of `ecs:runTask` alone Step Functions takes such an answer as well, so
    that there the answer has to name a task.

    :raises RefusalError: for overrides that Step Functions doesn't take.
    """
    del scope
    arguments = request_of(attributes, _FIELDS)
    for name, value in arguments.items():
        if isinstance(value, Mapping | list) and not isinstance(value, VALUE_TYPES) and name != "Tags":
            arguments[name] = with_capitals(value)
    for role in _ROLES:
        if isinstance(given := attributes.get("overrides"), Mapping) and role in given:
            raise invalid(
                "overrides",
                f"overrides: {role!r} can't be exported",
                why="Step Functions doesn't take it",
                fix="name it in the task definition",
            )
    if arguments.get("CapacityProviderStrategy"):
        arguments.pop("LaunchType", None)
    else:
        arguments.pop("CapacityProviderStrategy", None)
    if "Tags" in arguments:
        arguments["Tags"] = _tags(arguments["Tags"])
    waits = switch("wait_for_completion", attributes.get("wait_for_completion"), default=True)
    waits = waits or switch("deferrable", attributes.get("deferrable"), default=False)
    return CallReading(
        resource=f"arn:aws:states:::ecs:runTask{'.sync' if waits else ''}",
        arguments=arguments,
        fields=_FIELDS,
        output=None if waits else ("Tasks", 0, "TaskArn"),
        must_answer=not waits,
    )


def check_ecs(task: Any, where: Location) -> Iterator[Diagnostic]:
    """A refusal of `quota_retry`."""
    if task.retry_args is not None:
        yield Diagnostic(
            code=Code.UNSUPPORTED_SETTING,
            message="quota_retry can't be exported",
            location=replace(where, field="quota_retry"),
            why="the exported machine starts a task once for each try",
            fix="use retries and retry_delay",
        )


def _tags(document: Document) -> Document:
    if isinstance(document, VALUE_TYPES) or not isinstance(document, Mapping):
        raise invalid(
            "tags", "tags must be a mapping when the DAG is parsed", why="the machine has to know their names"
        )
    return [{"Key": name, "Value": text(f"tags[{name!r}]", value)} for name, value in document.items()]
