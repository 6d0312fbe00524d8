"""Batch with resources of a test's own: a compute environment, queues, job definitions."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.local.local_aws_server import SHELL, LocalAws, wait_for


@dataclass(frozen=True)
class Batch:
    """Batch with a compute environment and queues of its own, so that tests don't meet."""

    aws: LocalAws
    name: str

    @cached_property
    def client(self) -> Any:
        return self.aws.client("batch")

    @property
    def queue(self) -> str:
        return f"{self.name}-queue"

    def environment(self, suffix: str = "", *, vcpus: int = 4, kind: str = "EC2") -> str:
        ec2 = self.aws.client("ec2")
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
        groups = [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]]
        resources = {"type": kind, "maxvCpus": vcpus, "subnets": subnets[:1], "securityGroupIds": groups[:1]}
        if kind == "EC2":
            resources |= {"minvCpus": 0, "instanceTypes": ["optimal"], "instanceRole": instance_profile(self.aws)}
        name = f"{self.name}-environment{suffix}"
        self.client.create_compute_environment(computeEnvironmentName=name, type="MANAGED", computeResources=resources)
        return name

    def make_queue(self, name: str, *environments: str, priority: int = 1) -> str:
        order = [{"order": number, "computeEnvironment": each} for number, each in enumerate(environments, 1)]
        self.client.create_job_queue(jobQueueName=name, priority=priority, computeEnvironmentOrder=order)
        return name

    def define(self, suffix: str = "", *, vcpus: str = "1", memory: str = "128", **settings: Any) -> str:
        container = {
            "image": SHELL,
            "resourceRequirements": [{"type": "VCPU", "value": vcpus}, {"type": "MEMORY", "value": memory}],
            **settings.pop("container", {}),
        }
        answer = self.client.register_job_definition(
            jobDefinitionName=f"{self.name}-definition{suffix}",
            type="container",
            containerProperties=container,
            **settings,
        )
        return str(answer["jobDefinitionArn"])

    def submit(self, script: str | None = None, **request: Any) -> str:
        """Submit a shell script; the job's id."""
        settings = {"jobName": "job", "jobQueue": self.queue, "jobDefinition": f"{self.name}-definition", **request}
        if script is not None:
            overrides = {"command": ["sh", "-c", script], **settings.pop("containerOverrides", {})}
            settings["containerOverrides"] = overrides
        return str(self.client.submit_job(**settings)["jobId"])

    def describe(self, job_id: str) -> dict[str, Any]:
        (job,) = self.client.describe_jobs(jobs=[job_id])["jobs"]
        return dict(job)

    def status(self, job_id: str) -> str:
        return str(self.describe(job_id)["status"])

    def wait(self, job_id: str, *statuses: str, seconds: float = 30.0) -> dict[str, Any]:
        wanted = statuses or ("SUCCEEDED", "FAILED")
        wait_for(
            lambda: self.status(job_id) in wanted, seconds=seconds, what=f"job {job_id} reaching {' or '.join(wanted)}"
        )
        return self.describe(job_id)

    def log(self, job: dict[str, Any]) -> list[str]:
        events = self.aws.client("logs").get_log_events(
            logGroupName="/aws/batch/job", logStreamName=job["container"]["logStreamName"], startFromHead=True
        )
        return [event["message"] for event in events["events"]]


def instance_profile(aws: LocalAws) -> str:
    iam = aws.client("iam")
    found = [
        each["Arn"]
        for each in iam.list_instance_profiles()["InstanceProfiles"]
        if each["InstanceProfileName"] == "tests"
    ]
    return str(
        found[0] if found else iam.create_instance_profile(InstanceProfileName="tests")["InstanceProfile"]["Arn"]
    )


def new_batch(aws: LocalAws, *, vcpus: int = 4) -> Batch:
    made = Batch(aws=aws, name=f"t{uuid.uuid4().hex[:8]}")
    made.make_queue(made.queue, made.environment(vcpus=vcpus))
    made.define()
    return made


def stop_all(batch: Batch) -> None:
    for status in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"):
        for job in batch.client.list_jobs(jobQueue=batch.queue, jobStatus=status)["jobSummaryList"]:
            batch.client.terminate_job(jobId=job["jobId"], reason="the test is over")
