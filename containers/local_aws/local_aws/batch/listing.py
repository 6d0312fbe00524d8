"""ListJobs: which jobs, in which order, in pages.

Source: docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.batch.describe import job_summary
from local_aws.batch.errors import ClientException
from local_aws.batch.jobs import AnyJob, ArrayJob, Job, JobStatus

MOST_BY_STATUS = 1000
MOST_BY_FILTER = 100

Document = dict[str, Any]
Matches = Callable[[AnyJob], bool]


def list_children(parent: AnyJob | None, request: Document) -> Document:
    """The children of an array job, by index."""
    if not isinstance(parent, ArrayJob):
        raise ClientException(f"Array job {request['arrayJobId']} does not exist")
    status = _status(request)
    children = [child for child in parent.children if child.status is status]
    return _page(children, request, MOST_BY_STATUS)


def list_queue(jobs: Sequence[AnyJob], request: Document) -> Document:
    """The jobs and array jobs of a queue, the latest first."""
    filters = request.get("filters") or []
    if len(filters) > 1:
        raise ClientException("Only one filter can be used at a time.")
    latest_first = list(reversed(jobs))
    if not filters:
        status = _status(request)
        return _page([job for job in latest_first if job.status is status], request, MOST_BY_STATUS)
    matches = _filter(filters[0])
    if filters[0]["name"] == "SHARE_IDENTIFIER" and request.get("jobStatus"):
        status = _status(request)
        latest_first = [job for job in latest_first if job.status is status]
    return _page([job for job in latest_first if matches(job)], request, MOST_BY_FILTER)


def _status(request: Document) -> JobStatus:
    name = request.get("jobStatus") or JobStatus.RUNNING.value
    if name not in JobStatus.__members__:
        raise ClientException(f"jobStatus {name} must be one of {', '.join(JobStatus)}")
    return JobStatus(name)


def _filter(document: Document) -> Matches:
    name, values = document.get("name"), document.get("values") or []
    if not values:
        raise ClientException(f"Filter {name} has no values")
    match name:
        case "JOB_NAME":
            return lambda job: any(_like(job.submission.job_name, value) for value in values)
        case "JOB_DEFINITION":
            return lambda job: any(_is_definition(job.submission.definition_arn, value) for value in values)
        case "SHARE_IDENTIFIER":
            return lambda job: any(_like(job.submission.share_identifier or "", value) for value in values)
        case "BEFORE_CREATED_AT":
            before = _milliseconds(name, values)
            return lambda job: job.created_at < before
        case "AFTER_CREATED_AT":
            after = _milliseconds(name, values)
            return lambda job: job.created_at > after
    raise ClientException(
        f"Filter {name} must be one of JOB_NAME, JOB_DEFINITION, SHARE_IDENTIFIER, BEFORE_CREATED_AT, AFTER_CREATED_AT"
    )


def _like(text: str, pattern: str) -> bool:
    text, pattern = text.lower(), pattern.lower()
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _is_definition(arn: str, value: str) -> bool:
    """By ARN, or by a name that may end with an asterisk, whatever the revision."""
    if value.startswith("arn:"):
        return value == arn
    name = arn.rpartition("/")[2].rpartition(":")[0]
    return name.startswith(value[:-1]) if value.endswith("*") else name == value


def _milliseconds(name: str, values: list[str]) -> int:
    if len(values) != 1 or not str(values[0]).isdecimal():
        raise ClientException(f"Filter {name} takes one value, milliseconds since 1970")
    return int(values[0])


def _page(jobs: Sequence[AnyJob], request: Document, most: int) -> Document:
    """The jobs after the one that the token names, which may have left the list meanwhile."""
    limit = int(request.get("maxResults", most))
    if limit < 1:
        raise ClientException(f"maxResults must be at least 1; it is {limit}")
    after = _decode(request.get("nextToken"))
    left = [job for job in jobs if after is None or _position(job) > after]
    page = left[: min(limit, most)]
    answer: Document = {"jobSummaryList": [job_summary(job) for job in page]}
    if len(left) > len(page):
        answer["nextToken"] = base64.urlsafe_b64encode(str(_position(page[-1])).encode()).decode()
    return answer


def _position(job: AnyJob) -> int:
    """Where a job stands in its list: children by index, others from the latest to the first."""
    if isinstance(job, Job) and job.index is not None:
        return job.index
    return -job.submission.sequence


def _decode(token: str | None) -> int | None:
    if token is None:
        return None
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise ClientException(f"nextToken {token} is invalid") from error
