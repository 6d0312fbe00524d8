"""SubmitJob: the request is checked and merged with its job definition.

Limits: docs.aws.amazon.com/batch/latest/userguide/service_limits.html. Fields: docs.aws.amazon.com/batch/latest/
APIReference/API_SubmitJob.html.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.batch.models import JobDefinition, JobQueue

from local_aws.batch.container_request import container_request, merged_container
from local_aws.batch.errors import ClientException
from local_aws.batch.jobs import (
    AnyJob,
    ArrayJob,
    Dependency,
    DependencyType,
    Retry,
    RetryRule,
    Submission,
)

JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
LARGEST_PAYLOAD = 30 * 1024
MOST_DEPENDENCIES = 20
ARRAY_SIZES = range(2, 10_001)
ATTEMPTS = range(1, 11)
MOST_RETRY_RULES = 5

# What a request can hold that no runner of ours can do; dropping it would make another job of it.
REFUSED = ("nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride", "consumableResourcePropertiesOverride")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """What a request is checked against."""

    account: str
    region: str
    definition: JobDefinition
    queue: JobQueue
    find_job: Callable[[str], AnyJob | None]
    minimum_timeout: int


def check_size(body: bytes) -> None:
    """Refuse a SubmitJob payload over 30 KiB."""
    if len(body) > LARGEST_PAYLOAD:
        raise ClientException(f"Request payload of {len(body)} bytes exceeds the maximum of {LARGEST_PAYLOAD} bytes.")


def check_job_name(name: object) -> str:
    """The job name, of 128 letters, digits, hyphens and underscores at most."""
    if not isinstance(name, str) or JOB_NAME.fullmatch(name) is None:
        raise ClientException(
            f"Job name should match valid pattern {JOB_NAME.pattern}: up to 128 letters, numbers, hyphens, underscores"
        )
    return name


def make_submission(request: Document, context: RequestContext, *, sequence: int, job_id: str) -> Submission:
    """The submission that a SubmitJob request asks for. Raises ClientException."""
    for name in REFUSED:
        if request.get(name):
            raise ClientException(f"{name} isn't supported by local_aws, which runs single-container jobs.")
    definition = context.definition
    if definition.container_properties is None:
        raise ClientException(
            f"Job definition {definition.arn} has no containerProperties; local_aws runs single-container jobs."
        )
    _check_share(request, context.queue)
    array_size = _array_size(request)
    retry_document = request.get("retryStrategy") or definition.retry_strategy or None
    timeout = make_timeout(request.get("timeout") or definition.timeout or None, context.minimum_timeout)
    parameters = {**definition.parameters, **(request.get("parameters") or {})}
    merged = merged_container(definition.container_properties, request.get("containerOverrides") or {})
    return Submission(
        sequence=sequence,
        account=context.account,
        region=context.region,
        job_id=job_id,
        job_name=check_job_name(request.get("jobName")),
        queue_arn=context.queue.arn,
        queue_name=context.queue.name,
        definition_arn=definition.arn,
        container=container_request(merged, parameters, definition.name),
        dependencies=_dependencies(request.get("dependsOn") or [], array_size, context.find_job),
        array_size=array_size,
        retry=make_retry(retry_document),
        timeout=timeout,
        share_identifier=request.get("shareIdentifier"),
        details=_details(request, definition, parameters, retry_document, timeout),
        container_details=merged,
    )


def _details(
    request: Document,
    definition: JobDefinition,
    parameters: dict[str, str],
    retry_document: Document | None,
    timeout: int | None,
) -> Document:
    """What DescribeJobs repeats of the request."""
    details: Document = {
        "parameters": parameters,
        "dependsOn": request.get("dependsOn") or [],
        "tags": request.get("tags") or {},
        "propagateTags": bool(request.get("propagateTags", definition.propagate_tags)),
        "platformCapabilities": definition.platform_capabilities or ["EC2"],
    }
    if retry_document:
        details["retryStrategy"] = retry_document
    if timeout is not None:
        details["timeout"] = {"attemptDurationSeconds": timeout}
    if "schedulingPriorityOverride" in request:
        details["schedulingPriority"] = request["schedulingPriorityOverride"]
    return details


def make_retry(document: Document | None) -> Retry:
    """A retry strategy. Raises ClientException for a count or a rule that Batch refuses."""
    if not document:
        return Retry()
    rules = document.get("evaluateOnExit") or []
    attempts = document.get("attempts")
    if attempts is None and not rules:
        return Retry()
    if not isinstance(attempts, int) or attempts not in ATTEMPTS:
        raise ClientException(
            f"retryStrategy.attempts must be between 1 and 10, and is required with evaluateOnExit; it is {attempts}."
        )
    if len(rules) > MOST_RETRY_RULES:
        raise ClientException(f"evaluateOnExit has {len(rules)} entries; the maximum is {MOST_RETRY_RULES}.")
    return Retry(attempts=attempts, rules=tuple(_retry_rule(rule) for rule in rules))


def _retry_rule(rule: Document) -> RetryRule:
    action = str(rule.get("action", "")).upper()
    if action not in {"RETRY", "EXIT"}:
        raise ClientException(f"evaluateOnExit action must be RETRY or EXIT; it is {rule.get('action')!r}.")
    patterns = (rule.get("onExitCode"), rule.get("onReason"), rule.get("onStatusReason"))
    if patterns == (None, None, None):
        raise ClientException("Each evaluateOnExit entry needs onExitCode, onReason or onStatusReason.")
    if patterns[0] is not None and re.fullmatch(r"[0-9]*\*?", patterns[0]) is None:
        raise ClientException(f"onExitCode {patterns[0]!r} may hold digits only, and end with an asterisk.")
    return RetryRule(
        retry=action == "RETRY", on_exit_code=patterns[0], on_reason=patterns[1], on_status_reason=patterns[2]
    )


def _check_share(request: Document, queue: JobQueue) -> None:
    share = request.get("shareIdentifier")
    if queue.schedule_policy and not share:
        raise ClientException(f"Job queue {queue.arn} has a scheduling policy: shareIdentifier must be specified.")
    if share and not queue.schedule_policy:
        raise ClientException(f"shareIdentifier {share} can't be used: job queue {queue.arn} has no scheduling policy.")


def _array_size(request: Document) -> int | None:
    size = (request.get("arrayProperties") or {}).get("size")
    if size is None:
        return None
    if size not in ARRAY_SIZES:
        raise ClientException(f"Array size must be between 2 and 10000; it is {size}.")
    return int(size)


def make_timeout(document: Document | None, minimum: int) -> int | None:
    """A timeout in seconds. Raises ClientException for less than ``minimum``."""
    seconds = (document or {}).get("attemptDurationSeconds")
    if seconds is None:
        return None
    if int(seconds) < minimum:
        raise ClientException(f"attemptDurationSeconds must be at least {minimum} seconds; it is {seconds}.")
    return int(seconds)


def _dependencies(
    documents: list[Document], array_size: int | None, find_job: Callable[[str], AnyJob | None]
) -> tuple[Dependency, ...]:
    if len(documents) > MOST_DEPENDENCIES:
        raise ClientException(
            f"A job can depend upon a maximum of {MOST_DEPENDENCIES} jobs; dependsOn has {len(documents)}."
        )
    return tuple(_dependency(document, array_size, find_job) for document in documents)


def _dependency(document: Document, array_size: int | None, find_job: Callable[[str], AnyJob | None]) -> Dependency:
    job_id, kind = document.get("jobId"), document.get("type")
    if kind not in {None, "N_TO_N", "SEQUENTIAL"}:
        raise ClientException(f"dependsOn type must be N_TO_N or SEQUENTIAL; it is {kind!r}.")
    if kind is not None and array_size is None:
        raise ClientException(f"A dependency of type {kind} is for array jobs only.")
    if kind == "SEQUENTIAL":
        if job_id:
            raise ClientException("A SEQUENTIAL dependency can't have a jobId.")
        return Dependency(job_id=None, type=DependencyType.SEQUENTIAL)
    upstream = find_job(job_id) if job_id else None
    if upstream is None:
        raise ClientException(f"dependsOn names a job that does not exist: {job_id}")
    if kind is None:
        return Dependency(job_id=job_id, type=DependencyType.WHOLE)
    if not isinstance(upstream, ArrayJob) or len(upstream.children) != array_size:
        raise ClientException(
            f"An N_TO_N dependency needs array jobs of the same size; {job_id} is none of {array_size}."
        )
    return Dependency(job_id=job_id, type=DependencyType.N_TO_N)
