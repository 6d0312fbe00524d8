"""The HTTP face of Batch: the job operations are ours, those on resources moto's."""

import json
from typing import Any, ClassVar

from moto.batch.models import batch_backends
from moto.batch.responses import BatchResponse
from moto.core.common_types import TYPE_RESPONSE

from local_aws.batch.errors import ClientException, TooManyRequestsException
from local_aws.batch.ignored import note_ignored
from local_aws.batch.job_operations import JobOperations
from local_aws.batch.models import LocalBatchBackend
from local_aws.batch.parameters import check_parameters
from local_aws.batch.rate_limit import RateLimit
from local_aws.batch.requests import check_size

CREATIONS = {
    operation.lower(): operation
    for operation in ("CreateComputeEnvironment", "CreateJobQueue", "RegisterJobDefinition")
}


class LocalBatchResponse(BatchResponse):  # type: ignore[misc] # moto has no types for us
    """Answers Batch's requests; each operation is a method of the name in its path."""

    rate_limit: ClassVar[RateLimit | None] = None

    @property
    def batch_backend(self) -> LocalBatchBackend:
        """Batch in the account and region that the request was signed for."""
        backend: LocalBatchBackend = batch_backends[self.current_account][self.region]
        return backend

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the request, or refuse it where there are too many a second."""
        if self.rate_limit is not None and not self.rate_limit.admits(self._get_action()):
            error = TooManyRequestsException("Too Many Requests")
            return error.code, dict(error.get_headers()), error.description
        if self.method == "POST":
            try:
                check_parameters(self._get_action(), self._request())
            except ClientException as error:
                return error.code, dict(error.get_headers()), error.description
        operation = CREATIONS.get(self._get_action())
        if operation is not None:
            note_ignored(operation, self._request())
        answer: TYPE_RESPONSE = super().call_action()
        return answer

    def deletecomputeenvironment(self) -> str:
        """DeleteComputeEnvironment: of a disabled one that no queue names (API_DeleteComputeEnvironment)."""
        environment = self.batch_backend.get_compute_environment(self._request()["computeEnvironment"])
        if environment is not None:
            if any(environment in queue.environments for queue in self.batch_backend._job_queues.values()):
                raise ClientException("Cannot delete, found existing JobQueue relationship")
            _check_disabled(environment)
        return str(super().deletecomputeenvironment())

    def deletejobqueue(self) -> str:
        """DeleteJobQueue: of a disabled one (API_DeleteJobQueue); its jobs are terminated."""
        queue = self.batch_backend.get_job_queue(self._request()["jobQueue"])
        if queue is not None:
            _check_disabled(queue)
        return str(super().deletejobqueue())

    def submitjob(self) -> str:
        """SubmitJob."""
        body = self.body if isinstance(self.body, bytes) else str(self.body).encode()
        check_size(body)
        return json.dumps(JobOperations(self.batch_backend).submit(self._request()))

    def describejobs(self) -> str:
        """DescribeJobs."""
        return json.dumps(JobOperations(self.batch_backend).describe(self._request().get("jobs") or []))

    def listjobs(self) -> str:
        """ListJobs."""
        return json.dumps(JobOperations(self.batch_backend).listed(self._request()))

    def canceljob(self) -> str:
        """CancelJob."""
        return self._stop(terminate=False)

    def terminatejob(self) -> str:
        """TerminateJob."""
        return self._stop(terminate=True)

    def canceljobs(self) -> str:
        """CancelJobs."""
        return self._stop_many(terminate=False)

    def terminatejobs(self) -> str:
        """TerminateJobs."""
        return self._stop_many(terminate=True)

    def _stop(self, *, terminate: bool) -> str:
        request = self._request()
        JobOperations(self.batch_backend).stop(request.get("jobId", ""), request.get("reason", ""), terminate=terminate)
        return "{}"

    def _stop_many(self, *, terminate: bool) -> str:
        request = self._request()
        jobs, reason = request.get("jobs") or [], request.get("reason", "")
        return json.dumps(JobOperations(self.batch_backend).stop_many(jobs, reason, terminate=terminate))

    def _request(self) -> dict[str, Any]:
        try:
            request: dict[str, Any] = json.loads(self.body or "{}")
        except ValueError as error:
            raise ClientException(f"The request isn't JSON: {error}") from error
        return request


def _check_disabled(resource: Any) -> None:
    if resource.state != "DISABLED":
        raise ClientException(f"Cannot delete, resource must be in DISABLED state: {resource.arn}")
