"""Batch's queues, compute environments and job definitions: moto's, with what it gets wrong put right.

moto's ``batch_backends`` hands out this class, so the API, CloudFormation and a reset all meet the same objects.
"""

import re
from typing import Any, ClassVar

from moto.batch.models import BatchBackend, ComputeEnvironment, JobDefinition, JobQueue
from moto.core.base_backend import BaseBackend
from moto.iam.exceptions import NotFoundException

from local_aws.batch.errors import ClientException
from local_aws.batch.requests import make_retry, make_timeout
from local_aws.batch.scheduler import Scheduler

DEFINITION = re.compile(r"(?:arn:[^:]+:batch:[^:]*:[^:]*:job-definition/)?(?P<name>[^:/]+)(?::(?P<revision>[0-9]+))?")

Document = dict[str, Any]


class LocalBatchBackend(BatchBackend):  # type: ignore[misc] # moto has no types for us
    """Batch in one region of one account."""

    scheduler: ClassVar[Scheduler]
    minimum_timeout: ClassVar[int]

    def reset(self) -> None:
        """Kill the jobs, forget everything."""
        self.scheduler.forget(self.account_id, self.region_name)
        BaseBackend.reset(self)

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
        make_timeout(properties.get("timeout"), self.minimum_timeout)
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
