"""What a Batch job is, as pure data: one place decides what a SubmitJob request holds, for both ways to run it.

The operators build a `JobSpec` from rendered fields and send `submit_job_request(spec)` with boto3. The compiler
builds a `JobSpec` whose leaves are expressions and writes the same request, so the two can't drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Leaf = Any
"""A rendered value in a direct run; an expression tree of the compiler in an export."""


RETRY_LOST_HOSTS: Mapping[str, Any] = {
    "attempts": 5,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onStatusReason": "Your Spot Task was interrupted*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}
"""A `retry_strategy` for which a host that is lost is no failure of the job: AWS Batch runs it again, 5 times at most.

A host is lost when its EC2 instance ends ("Host EC2 (instance i-…) terminated.", by Spot or otherwise) or AWS takes
Fargate Spot capacity back ("Your Spot Task was interrupted."). After any other failure the job ends, and the task's own
`retries` count. For one task, or in a DAG's `default_args`; it takes the place of the job definition's own strategy.
Source: https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One SubmitJob call in the words of `BatchJobOperator`; None or empty leaves it to the job definition.

    Each field is the operator's attribute of the same name. `timeout` is the attempt's limit in seconds (the
    operator's `submit_job_timeout`). Shorthand (`command`, `environment`, `vcpus`, `memory` in MiB, `gpus`) ends in
    `containerOverrides`, beside what `container_overrides` says; naming the same override twice is an error.
    Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
    """

    job_name: Leaf
    job_queue: Leaf
    job_definition: Leaf
    parameters: Mapping[str, Leaf] | Leaf = None
    container_overrides: Mapping[str, Leaf] | None = None
    command: Sequence[Leaf] | Leaf = None
    environment: Mapping[str, Leaf] | None = None
    vcpus: Leaf = None
    memory: Leaf = None
    gpus: Leaf = None
    array_properties: Mapping[str, Leaf] | Leaf = None
    depends_on: Sequence[Leaf] | None = None
    ecs_properties_override: Mapping[str, Leaf] | None = None
    eks_properties_override: Mapping[str, Leaf] | None = None
    node_overrides: Mapping[str, Leaf] | None = None
    retry_strategy: Mapping[str, Leaf] | None = None
    share_identifier: Leaf = None
    scheduling_priority_override: Leaf = None
    propagate_tags: Leaf = None
    tags: Mapping[str, Leaf] | None = None
    timeout: Leaf = None


SPEC_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(JobSpec))

_RESOURCES = (("vcpus", "VCPU"), ("memory", "MEMORY"), ("gpus", "GPU"))


def as_text(value: Any) -> str:
    """The text that Batch gets for a value: Batch's environment, parameters and resources are strings.

    :raises ValueError: for a value that has no single obvious text (None, a list, a mapping).
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            raise ValueError(f"expected text, a number or a boolean, not {type(value).__name__}: {value!r}")


def submit_job_request(spec: JobSpec, *, text: Callable[[Leaf], Leaf] = as_text) -> dict[str, Any]:
    """The SubmitJob request of a job, with boto3's (camelCase) names, in the order of AWS's documentation.

    :param text: turns a leaf into text; the compiler hands in one that builds an expression.
    :raises ValueError: when an override is given both as shorthand and in `container_overrides`, or a leaf has no text.
    """
    request: dict[str, Any] = {
        "jobName": spec.job_name,
        "jobQueue": spec.job_queue,
        "jobDefinition": spec.job_definition,
        "shareIdentifier": spec.share_identifier,
        "schedulingPriorityOverride": spec.scheduling_priority_override,
        "arrayProperties": spec.array_properties,
        "dependsOn": [_dependency(item) for item in spec.depends_on] if spec.depends_on else None,
        "parameters": _texts(spec.parameters, text),
        "containerOverrides": container_overrides(spec, text=text),
        "nodeOverrides": spec.node_overrides,
        "retryStrategy": spec.retry_strategy,
        "propagateTags": spec.propagate_tags,
        "timeout": None if spec.timeout is None else {"attemptDurationSeconds": spec.timeout},
        "tags": _texts(spec.tags, text),
        "eksPropertiesOverride": spec.eks_properties_override,
        "ecsPropertiesOverride": spec.ecs_properties_override,
    }
    return {name: value for name, value in request.items() if value is not None and value != {}}


def container_overrides(spec: JobSpec, *, text: Callable[[Leaf], Leaf] = as_text) -> dict[str, Any] | None:
    """`containerOverrides` of the request: the given mapping and the shorthand in one, or None when there is neither.

    :raises ValueError: when the same override is given in both.
    """
    shorthand: dict[str, Any] = {}
    if spec.command is not None:
        is_list = isinstance(spec.command, Sequence) and not isinstance(spec.command, str)
        shorthand["command"] = [text(word) for word in spec.command] if is_list else spec.command
    if spec.environment:
        shorthand["environment"] = [{"name": name, "value": text(value)} for name, value in spec.environment.items()]
    resources = [
        {"type": kind, "value": text(value)} for name, kind in _RESOURCES if (value := getattr(spec, name)) is not None
    ]
    if resources:
        shorthand["resourceRequirements"] = resources
    given = dict(spec.container_overrides or {})
    if twice := [name for name in shorthand if name in given]:
        raise ValueError(f"container_overrides and the shorthand arguments both set {', '.join(twice)}: keep one")
    return {**given, **shorthand} or None


def _dependency(item: Leaf) -> Leaf:
    return item if isinstance(item, Mapping) else {"jobId": item}


def _texts(values: Mapping[str, Leaf] | Leaf, text: Callable[[Leaf], Leaf]) -> Any:
    if not isinstance(values, Mapping):
        return values or None
    return {name: text(value) for name, value in values.items()} or None
