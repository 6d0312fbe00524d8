"""Batch's operations on jobs: each takes the request's document and gives the answer's."""

import itertools
import re
from typing import Any

from moto.batch.models import JobDefinition, JobQueue
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random

from local_aws.batch.describe import job_arn, job_detail
from local_aws.batch.errors import ClientException
from local_aws.batch.jobs import AnyJob
from local_aws.batch.listing import list_children, list_queue
from local_aws.batch.models import LocalBatchBackend
from local_aws.batch.requests import RequestContext, check_job_name, make_submission

JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:[0-9]+)?")
MOST_DESCRIBED = 100
MOST_STOPPED = 50
LONGEST_REASON = 1024

_SEQUENCE = itertools.count(1)

Document = dict[str, Any]


class JobOperations:
    """The jobs of one region of one account. Every operation may raise ClientException."""

    def __init__(self, backend: LocalBatchBackend) -> None:
        self._backend = backend
        self._scheduler = backend.scheduler

    def submit(self, request: Document) -> Document:
        """SubmitJob."""
        logs_backends[self._backend.account_id][self._backend.region_name]  # made here, found by the scheduler
        name = check_job_name(request.get("jobName"))
        queue = self._queue_for(request.get("jobQueue"))
        definition = self._definition_for(request.get("jobDefinition"))
        with self._scheduler.lock:
            submission = make_submission(
                request,
                RequestContext(
                    account=self._backend.account_id,
                    region=self._backend.region_name,
                    definition=definition,
                    queue=queue,
                    find_job=self._find,
                    minimum_timeout=self._backend.minimum_timeout,
                ),
                sequence=next(_SEQUENCE),
                job_id=str(mock_random.uuid4()),
            )
            job = self._scheduler.submit(submission)
        if request.get("tags"):
            self._backend.tag_resource(job_arn(job), request["tags"])
        return {"jobArn": job_arn(job), "jobId": job.id, "jobName": name}

    def describe(self, job_ids: list[str]) -> Document:
        """DescribeJobs: unknown ids are left out, as AWS does."""
        if not job_ids:
            raise ClientException("jobs must hold at least one job ID")
        if len(job_ids) > MOST_DESCRIBED:
            raise ClientException(f"jobs holds {len(job_ids)} job IDs; the maximum is {MOST_DESCRIBED}")
        with self._scheduler.lock:
            found = [self._find(job_id.rpartition("job/")[2]) for job_id in job_ids]
            return {"jobs": [job_detail(job) for job in found if job is not None]}

    def listed(self, request: Document) -> Document:
        """ListJobs."""
        given = [name for name in ("jobQueue", "arrayJobId", "multiNodeJobId") if request.get(name)]
        if len(given) != 1:
            raise ClientException("Specify exactly one of jobQueue, arrayJobId, multiNodeJobId.")
        with self._scheduler.lock:
            match given[0]:
                case "jobQueue":
                    queue = self._backend.get_job_queue(request["jobQueue"])
                    if queue is None:
                        raise ClientException(f"Job queue {request['jobQueue']} does not exist")
                    return list_queue(self._scheduler.jobs.in_queue(queue.arn), request)
                case "arrayJobId":
                    return list_children(self._find(request["arrayJobId"]), request)
        raise ClientException("multiNodeJobId isn't supported by local_aws, which runs single-container jobs.")

    def stop(self, job_id: str, reason: str, *, terminate: bool) -> None:
        """CancelJob and TerminateJob: a job that can't be found is no error."""
        _check_reason(reason)
        if not isinstance(job_id, str) or JOB_ID.fullmatch(job_id) is None:
            raise ClientException(f"Invalid job ID: {job_id}")
        job = self._find(job_id)
        if job is not None:
            self._scheduler.stop_job(job, reason, terminate=terminate)

    def stop_many(self, job_ids: list[str], reason: str, *, terminate: bool) -> Document:
        """CancelJobs and TerminateJobs: a job that can't be found counts as successful, a malformed id doesn't."""
        _check_reason(reason)
        if not 1 <= len(job_ids) <= MOST_STOPPED:
            raise ClientException(f"jobs must hold between 1 and {MOST_STOPPED} job IDs; it holds {len(job_ids)}")
        successful, errors = [], []
        for job_id in job_ids:
            try:
                self.stop(job_id, reason, terminate=terminate)
                successful.append(job_id)
            except ClientException as error:
                errors.append({"job": job_id, "code": "ValidationException", "message": error.message})
        return {"successful": successful, "errors": errors}

    def _find(self, job_id: str) -> AnyJob | None:
        job = self._scheduler.jobs.find(job_id)
        here = (self._backend.account_id, self._backend.region_name)
        return job if job is not None and job.submission.is_of(*here) else None

    def _queue_for(self, identifier: str | None) -> JobQueue:
        queue = self._backend.get_job_queue(identifier) if identifier else None
        if queue is None:
            raise ClientException(f"JobQueue {identifier} does not exist.")
        if queue.state != "ENABLED":
            raise ClientException(f"JobQueue {queue.arn} is disabled and doesn't accept jobs.")
        return queue

    def _definition_for(self, identifier: str | None) -> JobDefinition:
        definition = self._backend.get_job_definition(identifier) if identifier else None
        if definition is None:
            raise ClientException(f"JobDefinition {identifier} does not exist.")
        if definition.status != "ACTIVE":
            raise ClientException(f"JobDefinition {definition.arn} is not in ACTIVE status: it was deregistered.")
        return definition


def _check_reason(reason: object) -> None:
    if not isinstance(reason, str) or not 1 <= len(reason) <= LONGEST_REASON:
        raise ClientException(f"reason must hold between 1 and {LONGEST_REASON} characters")
