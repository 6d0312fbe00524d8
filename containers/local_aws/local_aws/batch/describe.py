"""A job as DescribeJobs and ListJobs show it.

Source: docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html and API_JobSummary.html.
"""

from typing import Any

from local_aws.batch.jobs import AnyJob, ArrayJob, Attempt, Job, JobStatus
from local_aws.batch.log_streams import log_stream_name, task_id

Document = dict[str, Any]


def job_arn(job: AnyJob) -> str:
    """The ARN of a job, an array job or a child."""
    submission = job.submission
    return f"arn:aws:batch:{submission.region}:{submission.account}:job/{job.id}"


def job_detail(job: AnyJob) -> Document:
    """The whole description of a job."""
    detail = {
        **job.submission.details,
        **_common(job),
        "jobQueue": job.submission.queue_arn,
        "attempts": [],
        "isCancelled": job.is_cancelled,
        "isTerminated": job.is_terminated,
    }
    if isinstance(job, Job):
        detail["attempts"] = [_attempt(job, number, attempt) for number, attempt in enumerate(job.attempts, 1)]
    detail["container"] = {**job.submission.container_details, **_container(job)}
    return detail


def job_summary(job: AnyJob) -> Document:
    """The line that ListJobs shows of a job."""
    summary = _common(job)
    ended = {name: value for name, value in _container(job).items() if name in {"exitCode", "reason"}}
    if ended:
        summary["container"] = ended
    return summary


def _common(job: AnyJob) -> Document:
    optional = {
        "statusReason": job.status_reason,
        "startedAt": job.started_at if isinstance(job, Job) else None,
        "stoppedAt": job.stopped_at,
        "arrayProperties": _array_properties(job),
        "shareIdentifier": job.submission.share_identifier,
    }
    return {
        "jobArn": job_arn(job),
        "jobId": job.id,
        "jobName": job.submission.job_name,
        "jobDefinition": job.submission.definition_arn,
        "createdAt": job.created_at,
        "status": job.status.value,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _array_properties(job: AnyJob) -> Document | None:
    if isinstance(job, Job):
        return None if job.index is None else {"index": job.index}
    return {
        "size": len(job.children),
        "statusSummary": {status.value: count for status, count in job.summary.items()},
        "statusSummaryLastUpdatedAt": job.summary_at,
    }


def _container(job: AnyJob) -> Document:
    """What the job's container shows of its latest attempt, the running one or the last that ended."""
    if isinstance(job, ArrayJob):
        return {}
    is_running = job.status is JobStatus.RUNNING
    number = len(job.attempts) + (1 if is_running else 0)
    if number == 0:
        return {}
    if is_running:
        return _placed(job, number)
    return _attempt_container(job, number, job.attempts[-1])


def _attempt(job: Job, number: int, attempt: Attempt) -> Document:
    times = {"startedAt": attempt.started_at} if attempt.started_at is not None else {}
    return {
        "container": _attempt_container(job, number, attempt),
        **times,
        "stoppedAt": attempt.stopped_at,
        "statusReason": attempt.status_reason,
    }


def _attempt_container(job: Job, number: int, attempt: Attempt) -> Document:
    # A container gets its log stream when it reaches RUNNING: API_AttemptContainerDetail.
    container = _placed(job, number) if attempt.started_at is not None else {}
    if attempt.exit_code is not None:
        container["exitCode"] = attempt.exit_code
    if attempt.reason is not None:
        container["reason"] = attempt.reason[:255]
    return container


def _placed(job: Job, number: int) -> Document:
    submission = job.submission
    stream = log_stream_name(job, number)
    return {
        "taskArn": f"arn:aws:ecs:{submission.region}:{submission.account}:task/local/{task_id(job, number)}",
        **({} if stream is None else {"logStreamName": stream}),
    }
