"""AWS Batch as an operator needs it: submit, describe, find an own job, terminate.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from airstep.errors import SubmissionFailed, SubmissionRejected
from airstep.hooks.aws import AwsConnection, Clients, provider_clients
from airstep.job import Job
from airstep.maps.ends import ChildEnd
from airstep.pace import backoff

log = logging.getLogger(__name__)

DESCRIBE_LIMIT = 100
"""Job ids of one DescribeJobs call: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html"""

_THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException"}
_UNCLEAR_TRIES = 5


class BatchHook:
    """Jobs of one AWS connection and region.

    :param connection: how to reach AWS.
    :param clients: where the boto3 clients come from; the amazon provider by default.
    :param pause: waits for a number of seconds.
    """

    def __init__(
        self,
        connection: AwsConnection,
        *,
        clients: Clients | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.clients = clients or provider_clients(connection)
        self._pause = pause

    @property
    def region(self) -> str:
        """The region that jobs are submitted to."""
        return str(self._client.meta.region_name)

    @property
    def partition(self) -> str:
        """The AWS partition of the region: aws, aws-cn, aws-us-gov."""
        return str(self._client.meta.partition)

    @property
    def _client(self) -> Any:
        return self.clients.client("batch")

    def submit(self, request: Mapping[str, Any]) -> str:
        """The job id that SubmitJob answers with; the job exists once, even when an answer was lost on its way.

        SubmitJob has no idempotency token, so the SDK's own retries are off. Throttling is waited out for as long as
        it takes. After a lost answer or a server error the job is looked for by its name, which must be its own.

        :raises SubmissionRejected: AWS, or boto3's check of the request, says that the request is wrong.
        :raises SubmissionFailed: AWS can't be reached, or the credentials don't work.
        """
        name, queue = request["jobName"], request["jobQueue"]
        throttled = unclear = 0
        while True:
            try:
                return str(self.clients.client("batch", one_try=True).submit_job(**request)["jobId"])
            except ParamValidationError as error:
                raise SubmissionRejected(f"SubmitJob of {name!r} is not a valid request: {error}") from error
            except ClientError as error:
                if _is_throttling(error):
                    throttled += 1
                    wait = backoff(throttled, key=name)
                    log.info("SubmitJob of %s is throttled by AWS: next try in %.1f s", name, wait)
                    self._pause(wait)
                    continue
                if not _is_server_error(error):
                    raise _refusal(name, queue, error) from error
                unclear, cause = unclear + 1, error
            except BotoCoreError as error:
                unclear, cause = unclear + 1, error
            if unclear > _UNCLEAR_TRIES:
                raise SubmissionFailed(f"SubmitJob of {name!r} to {queue} failed {unclear} times: {cause}") from cause
            log.warning("SubmitJob of %s gave no clear answer (%s): looking for the job by its name", name, cause)
            self._pause(backoff(unclear, key=name))
            if found := self._find_quietly(name, queue):
                return found.job_id

    def describe(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """The jobs by id, of at most 100 ids; ids that AWS doesn't know are left out."""
        answer = self._client.describe_jobs(jobs=list(job_ids))
        return {item["jobId"]: Job.from_description(item) for item in answer["jobs"]}

    def find(self, name: str, queue: str) -> Job | None:
        """The newest job of exactly this name in a queue, in any status, or None."""
        filters = [{"name": "JOB_NAME", "values": [name]}]
        pages = self._client.get_paginator("list_jobs").paginate(jobQueue=queue, filters=filters)
        # The filter ignores case, a job name doesn't.
        listed = [item for page in pages for item in page["jobSummaryList"] if item["jobName"] == name]
        if not listed:
            return None
        newest = max(listed, key=lambda item: item.get("createdAt", 0))
        return self.describe([newest["jobId"]]).get(newest["jobId"])

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job, whatever its status; one that has ended stays as it is."""
        self._client.terminate_job(jobId=job_id, reason=reason[:1024])

    def failed_children(self, job_id: str) -> list[int]:
        """The indexes of an array job's failed children, ascending."""
        pages = self._client.get_paginator("list_jobs").paginate(arrayJobId=job_id, jobStatus="FAILED")
        return sorted(item["arrayProperties"]["index"] for page in pages for item in page["jobSummaryList"])

    def failed_child_ends(self, job_id: str) -> Iterator[ChildEnd]:
        """The failed children of an array job, and why."""
        pages = self._client.get_paginator("list_jobs").paginate(arrayJobId=job_id, jobStatus="FAILED")
        for item in (item for page in pages for item in page["jobSummaryList"]):
            code = item.get("container", {}).get("exitCode")
            reason = item.get("statusReason") or "AWS gives no reason"
            yield ChildEnd(
                index=item["arrayProperties"]["index"],
                reason=reason if code is None else f"{reason} (exit code {code})",
                started="startedAt" in item,
            )

    def child(self, job_id: str, index: int) -> Job | None:
        """A child of an array job."""
        return next(iter(self.describe([f"{job_id}:{index}"]).values()), None)

    def _find_quietly(self, name: str, queue: str) -> Job | None:
        try:
            return self.find(name, queue)
        except (ClientError, BotoCoreError) as error:
            log.warning("Looking for job %s failed: %s", name, error)
            return None


def _is_throttling(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return error.response["Error"]["Code"] in _THROTTLED or status == 429


def _is_server_error(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return bool(error.response["Error"]["Code"] == "ServerException" or status >= 500)


def _refusal(name: str, queue: str, error: ClientError) -> SubmissionRejected | SubmissionFailed:
    code, words = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _CREDENTIALS:
        return SubmissionFailed(f"SubmitJob of {name!r}: the AWS credentials don't work just now ({code}): {words}")
    return SubmissionRejected(f"AWS Batch rejected job {name!r} for queue {queue} ({code}): {words}")
