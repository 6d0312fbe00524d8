"""AWS Batch as an operator needs it: submit, describe, find an own job, terminate.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from airstep.errors import SubmissionFailed, SubmissionRejected
from airstep.hooks.aws import AwsConnection, Clients, provider_clients
from airstep.hooks.patience import AWS_ERRORS, HURRIED, PATIENT, Patience, Trouble, patiently, trouble_of
from airstep.hooks.terminating import terminate_all
from airstep.job import Job
from airstep.limiter import Limiter, Priority
from airstep.maps.ends import ChildEnd

_T = TypeVar("_T")

DESCRIBE_LIMIT = 100
"""Job ids of one DescribeJobs call: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html"""

_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException"}

_LIMITERS: dict[tuple[str | None, str | None], Limiter] = {}


class BatchHook:
    """Jobs of one AWS connection and region.

    Every call goes through the limiter of its connection and region, and none is repeated by the SDK: throttling must
    be known to the limiter, and a SubmitJob must not be repeated blindly. Calls are repeated here, as long as the
    patience lasts; then the error of boto3 is raised.

    :param connection: how to reach AWS.
    :param clients: where the boto3 clients come from; the amazon provider by default.
    :param patience: how long calls outlast throttling and outages of AWS.
    :param limiter: how often AWS is called; by default shared by all of the process with this connection and region.
    :param pause: waits for a number of seconds.
    :param clock: seconds.
    """

    def __init__(
        self,
        connection: AwsConnection,
        *,
        clients: Clients | None = None,
        patience: Patience = PATIENT,
        limiter: Limiter | None = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self.clients = clients or provider_clients(connection)
        self._patience = patience
        self._limiter = limiter or _limiter_of(connection)
        self._pause = pause
        self._clock = clock

    def with_patience(self, patience: Patience) -> BatchHook:
        """The same hook with another patience."""
        given: dict[str, Any] = {"limiter": self._limiter, "pause": self._pause, "clock": self._clock}
        return BatchHook(self.connection, clients=self.clients, patience=patience, **given)

    def fresh(self) -> BatchHook:
        """A hurried hook with clients and a limiter of its own: for a signal handler, which may interrupt any call.

        `prepare` makes what takes time of it beforehand.
        """
        return BatchHook(self.connection, clients=self.clients.fresh(), patience=HURRIED, limiter=Limiter())

    def prepare(self) -> None:
        """Be ready for `fresh`."""
        self.clients.prepare()

    @property
    def region(self) -> str:
        """The region that jobs are submitted to."""
        return str(self._meta().region_name)

    @property
    def partition(self) -> str:
        """The AWS partition of the region: aws, aws-cn, aws-us-gov."""
        return str(self._meta().partition)

    def submit(self, request: Mapping[str, Any]) -> str:
        """The job id that SubmitJob answers with; the job exists once, even when an answer was lost on its way.

        SubmitJob has no idempotency token. After a lost answer or a server error the job is looked for by its name,
        which must be its own, before it is submitted again.

        :raises SubmissionRejected: AWS, or boto3's check of the request, says that the request is wrong.
        :raises SubmissionFailed: AWS can't be reached, or the credentials don't work.
        """
        name, queue, unclear = request["jobName"], request["jobQueue"], False

        def attempt() -> str:
            nonlocal unclear
            if unclear and (job_id := self._submitted(name, queue)):
                return job_id
            try:
                return str(self.once("submit_job", **request)["jobId"])
            except AWS_ERRORS as error:
                unclear = unclear or trouble_of(error) is Trouble.OUTAGE
                raise

        try:
            return self.patiently(attempt, f"SubmitJob of {name!r}")
        except ParamValidationError as error:
            raise SubmissionRejected(f"SubmitJob of {name!r} is not a valid request: {error}") from error
        except ClientError as error:
            raise _refusal(name, queue, error) from error
        except BotoCoreError as error:
            raise SubmissionFailed(f"SubmitJob of {name!r} to {queue} can't be carried out: {error}") from error

    def describe(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """The jobs by id, of at most 100 ids; ids that AWS doesn't know are left out."""
        answer = self._call("describe_jobs", jobs=list(job_ids))
        return {item["jobId"]: Job.from_description(item) for item in answer["jobs"]}

    def find(self, name: str, queue: str) -> Job | None:
        """The newest job of exactly this name in a queue, in any status, or None."""
        job_id = self.patiently(lambda: self._newest(name, queue), f"ListJobs for {name!r}")
        return self.describe([job_id]).get(job_id) if job_id else None

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job, whatever its status; one that has ended stays as it is."""
        self._call("terminate_job", jobId=job_id, reason=reason[:1024])

    def terminate_all(self, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
        """End jobs, whatever their status, in this order; those that could not be ended, and why, which is logged too.

        After AWS could not be reached for as long as the patience lasts, the rest is tried once each.
        """
        return terminate_all(self, job_ids, reason)

    def queues(self) -> list[str]:
        """The ARNs of all job queues."""
        pages = self._pages(self._call, "describe_job_queues")
        return [queue["jobQueueArn"] for page in pages for queue in page["jobQueues"]]

    def summaries(self, queue: str, status: str) -> Iterator[Mapping[str, Any]]:
        """What ListJobs says of the jobs of a queue in a status; of array jobs of the parents."""
        return self._listed(self._call, jobQueue=queue, jobStatus=status)

    def failed_children(self, job_id: str) -> list[int]:
        """The indexes of an array job's failed children, ascending."""
        listed = self._listed(self._call, arrayJobId=job_id, jobStatus="FAILED")
        return sorted(item["arrayProperties"]["index"] for item in listed)

    def failed_child_ends(self, job_id: str) -> Iterator[ChildEnd]:
        """The failed children of an array job, and why."""
        for item in self._listed(self._call, arrayJobId=job_id, jobStatus="FAILED"):
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

    # -- calls -----------------------------------------------------------------------------------------------------

    def once(self, operation: str, **request: Any) -> Any:
        """The answer to one call, when it is its turn."""
        self._limiter.wait(Priority.SUBMIT if operation == "submit_job" else Priority.LOOK)
        try:
            return getattr(self._client(), operation)(**request)
        except ClientError as error:
            if trouble_of(error) is Trouble.THROTTLED:
                self._limiter.throttled()
            raise

    def _call(self, operation: str, **request: Any) -> Any:
        """The answer to a call that may be repeated."""
        what = "".join(word.capitalize() for word in operation.split("_"))
        return self.patiently(lambda: self.once(operation, **request), what)

    def patiently(self, call: Callable[[], _T], what: str) -> _T:
        """What a call answers, however often it has to be repeated; see `hooks.patience.patiently`."""
        return patiently(call, what, self._patience, clock=self._clock, pause=self._pause)

    def _client(self) -> Any:
        return self.clients.client("batch", one_try=True)

    def _meta(self) -> Any:
        # To make the first client of a connection may mean to ask AWS for the credentials of a role.
        return self.patiently(self._client, "The AWS connection").meta

    def _listed(self, call: Callable[..., Any], **request: Any) -> Iterator[Mapping[str, Any]]:
        """The job summaries of all pages of ListJobs."""
        for page in self._pages(call, "list_jobs", **request):
            yield from page["jobSummaryList"]

    def _pages(self, call: Callable[..., Any], operation: str, **request: Any) -> Iterator[Mapping[str, Any]]:
        """All pages of an operation's answer."""
        yield (page := call(operation, **request))
        while token := page.get("nextToken"):
            yield (page := call(operation, **request, nextToken=token))

    def _newest(self, name: str, queue: str) -> str | None:
        filters = [{"name": "JOB_NAME", "values": [name]}]
        # The filter ignores case, a job name doesn't.
        listed = [item for item in self._listed(self.once, jobQueue=queue, filters=filters) if item["jobName"] == name]
        newest = max(listed, key=lambda item: item.get("createdAt", 0), default=None)
        return str(newest["jobId"]) if newest else None

    def _submitted(self, name: str, queue: str) -> str | None:
        """The id of a job whose SubmitJob gave no clear answer, if it is there."""
        try:
            return self._newest(name, queue)
        except ClientError as error:
            if trouble_of(error) is not Trouble.LASTING:
                raise
            raise SubmissionFailed(
                f"SubmitJob of {name!r} gave no clear answer, and whether the job is in {queue} can't be seen: {error}"
            ) from error


def _limiter_of(connection: AwsConnection) -> Limiter:
    return _LIMITERS.setdefault((connection.aws_conn_id, connection.region_name), Limiter())


def _refusal(name: str, queue: str, error: ClientError) -> SubmissionRejected | SubmissionFailed:
    code, words = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if trouble_of(error) is not Trouble.LASTING:
        return SubmissionFailed(f"SubmitJob of {name!r} to {queue} can't be carried out ({code}): {words}")
    if code in _CREDENTIALS:
        return SubmissionFailed(f"SubmitJob of {name!r}: the AWS credentials don't work just now ({code}): {words}")
    return SubmissionRejected(f"AWS Batch rejected job {name!r} for queue {queue} ({code}): {words}")
