"""Batch's resources, moto's with what it gets wrong put right, and its jobs, which are the scheduler's.

moto's ``batch_backends`` hands out this class, so the API, CloudFormation and a reset all meet the same objects.
"""

import itertools
import re
from typing import Any, ClassVar

from moto.batch.models import BatchBackend, ComputeEnvironment, JobDefinition, JobQueue
from moto.core.base_backend import BaseBackend
from moto.iam.exceptions import NotFoundException
from moto.moto_api._internal import mock_random

from local_aws.batch.describe import job_arn, job_detail
from local_aws.batch.errors import ClientException
from local_aws.batch.jobs import AnyJob
from local_aws.batch.listing import list_children, list_queue
from local_aws.batch.requests import RequestContext, check_job_name, make_retry, make_submission
from local_aws.batch.scheduler import Scheduler

JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:[0-9]+)?")
DEFINITION = re.compile(r"(?:arn:[^:]+:batch:[^:]*:[^:]*:job-definition/)?(?P<name>[^:/]+)(?::(?P<revision>[0-9]+))?")
MOST_DESCRIBED = 100
MOST_STOPPED = 50
LONGEST_REASON = 1024

Document = dict[str, Any]


class LocalBatchBackend(BatchBackend):  # type: ignore[misc] # moto has no types for us
    """Batch in one region of one account."""

    scheduler: ClassVar[Scheduler]
    minimum_timeout: ClassVar[int]
    _sequence: ClassVar["itertools.count[int]"] = itertools.count(1)

    def reset(self) -> None:
        """Kill the jobs, forget everything."""
        self.scheduler.forget(self.account_id, self.region_name)
        BaseBackend.reset(self)

    # Jobs

    def submit(self, request: Document) -> Document:
        """SubmitJob."""
        name = check_job_name(request.get("jobName"))
        queue = self._queue_for(request.get("jobQueue"))
        definition = self._definition_for(request.get("jobDefinition"))
        with self.scheduler.lock:
            submission = make_submission(
                request,
                RequestContext(
                    account=self.account_id,
                    region=self.region_name,
                    definition=definition,
                    queue=queue,
                    find_job=self._find,
                    minimum_timeout=self.minimum_timeout,
                ),
                sequence=next(self._sequence),
                job_id=str(mock_random.uuid4()),
            )
            job = self.scheduler.submit(submission)
        if request.get("tags"):
            self.tag_resource(job_arn(job), request["tags"])
        return {"jobArn": job_arn(job), "jobId": job.id, "jobName": name}

    def describe(self, job_ids: list[str]) -> Document:
        """DescribeJobs: unknown ids are left out, as AWS does."""
        if not job_ids:
            raise ClientException("jobs must hold at least one job ID")
        if len(job_ids) > MOST_DESCRIBED:
            raise ClientException(f"jobs holds {len(job_ids)} job IDs; the maximum is {MOST_DESCRIBED}")
        with self.scheduler.lock:
            found = [self._find(job_id.rpartition("job/")[2]) for job_id in job_ids]
            return {"jobs": [job_detail(job) for job in found if job is not None]}

    def listed(self, request: Document) -> Document:
        """ListJobs."""
        given = [name for name in ("jobQueue", "arrayJobId", "multiNodeJobId") if request.get(name)]
        if len(given) != 1:
            raise ClientException("Specify exactly one of jobQueue, arrayJobId, multiNodeJobId.")
        with self.scheduler.lock:
            match given[0]:
                case "jobQueue":
                    queue = self.get_job_queue(request["jobQueue"])
                    if queue is None:
                        raise ClientException(f"Job queue {request['jobQueue']} does not exist")
                    return list_queue(self.scheduler.jobs.in_queue(queue.arn), request)
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
            self.scheduler.stop_job(job, reason, terminate=terminate)

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
        job = self.scheduler.jobs.find(job_id)
        here = (self.account_id, self.region_name)
        return job if job is not None and (job.submission.account, job.submission.region) == here else None

    def _queue_for(self, identifier: str | None) -> JobQueue:
        queue = self.get_job_queue(identifier) if identifier else None
        if queue is None:
            raise ClientException(f"JobQueue {identifier} does not exist.")
        if queue.state != "ENABLED":
            raise ClientException(f"JobQueue {queue.arn} is disabled and doesn't accept jobs.")
        return queue

    def _definition_for(self, identifier: str | None) -> JobDefinition:
        definition = self.get_job_definition(identifier) if identifier else None
        if definition is None:
            raise ClientException(f"JobDefinition {identifier} does not exist.")
        if definition.status != "ACTIVE":
            raise ClientException(f"JobDefinition {definition.arn} is not in ACTIVE status: it was deregistered.")
        return definition

    # Resources

    def get_job_definition(self, identifier: str) -> JobDefinition | None:
        """By name, ``name:revision`` or ARN; without a revision the latest active one."""
        if identifier.startswith("arn:") and identifier.split(":")[3:5] != [self.region_name, self.account_id]:
            return None
        match = DEFINITION.fullmatch(identifier)
        named = [each for each in self._job_definitions.values() if match and each.name == match["name"]]
        if match and match["revision"]:
            return next((each for each in named if each.revision == int(match["revision"])), None)
        active = [each for each in named if each.status == "ACTIVE"]
        return max(active or named, key=lambda each: each.revision, default=None)

    def get_job_definitions(self, identifier: str) -> list[JobDefinition]:
        """All revisions of a name, or the one revision that is asked for."""
        if ":" in identifier:
            definition = self.get_job_definition(identifier)
            return [definition] if definition else []
        return [each for each in self._job_definitions.values() if each.name == identifier]

    def register_job_definition(self, def_name: str, **properties: Any) -> JobDefinition:
        """A new revision, which takes nothing over from the one before; moto's does."""
        make_retry(properties.get("retry_strategy"))
        revisions = [each.revision for each in self._job_definitions.values() if each.name == def_name]
        definition = JobDefinition(
            def_name,
            properties.get("parameters"),
            properties.get("_type") or "container",
            properties.get("container_properties"),
            node_properties=properties.get("node_properties"),
            eks_properties=properties.get("eks_properties"),
            tags=properties.get("tags") or {},
            retry_strategy=properties.get("retry_strategy") or {},
            timeout=properties.get("timeout") or {},
            backend=self,
            platform_capabilities=properties.get("platform_capabilities") or ["EC2"],
            propagate_tags=bool(properties.get("propagate_tags")),
            revision=max(revisions, default=0),
        )
        self._job_definitions[definition.arn] = definition
        return definition

    def deregister_job_definition(self, def_name: str) -> None:
        """Make a revision INACTIVE."""
        definition = self.get_job_definition(def_name)
        if definition is not None:
            definition.deregister()

    def create_compute_environment(self, *arguments: Any, **properties: Any) -> ComputeEnvironment:
        """As moto's, with AWS's defaults: the service-linked role, ENABLED."""
        names = ("compute_environment_name", "_type", "state", "compute_resources", "service_role", "tags")
        properties |= dict(zip(names, arguments, strict=False))
        properties["state"] = properties.get("state") or "ENABLED"
        properties["service_role"] = properties.get("service_role") or self._service_linked_role()
        resources = properties.get("compute_resources")
        if resources is not None:
            for name in ("subnets", "securityGroupIds"):
                resources.setdefault(name, [])
            if "FARGATE" not in resources.get("type", ""):
                resources.setdefault("instanceTypes", ["optimal"])
        return super().create_compute_environment(**properties)

    def update_compute_environment(
        self,
        compute_environment_name: str,
        state: str | None,
        compute_resources: Document | None,
        service_role: str | None,
    ) -> tuple[str, str]:
        """As moto's, and the new resources count."""
        answer: tuple[str, str] = super().update_compute_environment(
            compute_environment_name, state, compute_resources, service_role
        )
        environment = self.get_compute_environment(compute_environment_name)
        if environment is not None and compute_resources:
            environment.compute_resources = {**environment.compute_resources, **compute_resources}
        self.scheduler.reconsider()
        return answer

    def create_job_queue(self, *arguments: Any, **properties: Any) -> JobQueue:
        """As moto's, with ENABLED as the default; a missing environment is named."""
        names = ("queue_name", "priority", "schedule_policy", "state", "compute_env_order", "tags")
        properties |= dict(zip(names, arguments, strict=False))
        properties["state"] = properties.get("state") or "ENABLED"
        properties["compute_env_order"] = self._check_environments(properties.get("compute_env_order") or [])
        return super().create_job_queue(**properties)

    def update_job_queue(
        self,
        queue_name: str,
        priority: str | None,
        state: str | None,
        compute_env_order: list[Document] | None,
        schedule_policy: str | None,
    ) -> tuple[str, str]:
        """As moto's; environments may be given by name, and waiting jobs see the change."""
        order = compute_env_order and self._check_environments(compute_env_order)
        answer: tuple[str, str] = super().update_job_queue(queue_name, priority, state, order, schedule_policy)
        self.scheduler.reconsider()
        return answer

    def delete_job_queue(self, queue_name: str) -> None:
        """Delete a queue; its jobs are terminated, as on AWS."""
        queue = self.get_job_queue(queue_name)
        super().delete_job_queue(queue_name)
        for job in list(self.scheduler.jobs.in_queue(queue.arn)) if queue else []:
            self.scheduler.stop_job(job, "Job queue deleted", terminate=True)

    def _check_environments(self, order: list[Document]) -> list[Document]:
        """The order with ARNs in place of names. Raises ClientException for an environment that isn't there."""
        checked = []
        for item in order:
            environment = self.get_compute_environment(item.get("computeEnvironment", ""))
            if environment is None:
                raise ClientException(f"Compute environment {item.get('computeEnvironment')} does not exist")
            checked.append({**item, "computeEnvironment": environment.arn})
        return checked

    def _service_linked_role(self) -> str:
        """docs.aws.amazon.com/batch/latest/userguide/using-service-linked-roles.html: made when it is first needed."""
        try:
            role = self.iam_backend.get_role("AWSServiceRoleForBatch")
        except NotFoundException:
            role = self.iam_backend.create_role(
                "AWSServiceRoleForBatch",
                assume_role_policy_document="{}",
                path="/aws-service-role/batch.amazonaws.com/",
                permissions_boundary=None,
                description="",
                tags=[],
                max_session_duration="3600",
                linked_service="batch.amazonaws.com",
            )
        return str(role.arn)


def _check_reason(reason: object) -> None:
    if not isinstance(reason, str) or not 1 <= len(reason) <= LONGEST_REASON:
        raise ClientException(f"reason must hold between 1 and {LONGEST_REASON} characters")
