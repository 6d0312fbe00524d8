"""Topics, queues, clusters, Glue jobs and machines of a test's own, and what has reached them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import StateMachines, machine


@dataclass(frozen=True)
class Services:
    aws: LocalAws
    name: str

    @classmethod
    def new(cls, aws: LocalAws) -> Services:
        return cls(aws, f"s{uuid.uuid4().hex[:10]}")

    def queue(self, suffix: str = "", **attributes: str) -> str:
        """A queue's URL."""
        answer = self.aws.client("sqs").create_queue(QueueName=f"{self.name}{suffix}", Attributes=attributes)
        return str(answer["QueueUrl"])

    def topic(self, queue: str) -> str:
        """The ARN of a topic whose messages reach the queue as they are."""
        sns, sqs = self.aws.client("sns"), self.aws.client("sqs")
        topic = str(sns.create_topic(Name=self.name)["TopicArn"])
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic

    def messages(self, queue: str, count: int = 1) -> list[dict[str, Any]]:
        """So many messages of the queue, in the order they came."""
        sqs, found = self.aws.client("sqs"), []

        def received() -> bool:
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            found.extend(answer.get("Messages", []))
            return len(found) >= count

        wait_for(received, what=f"{count} messages in {queue}")
        return found

    def cluster(self) -> tuple[str, str]:
        """A cluster with room for tasks, and a task definition."""
        ecs, ec2 = self.aws.client("ecs"), self.aws.client("ec2")
        ecs.create_cluster(clusterName=self.name)
        image = ec2.describe_images()["Images"][0]["ImageId"]
        (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
        document = {"instanceId": instance["InstanceId"], "region": "us-east-1", "accountId": "123456789012"}
        ecs.register_container_instance(cluster=self.name, instanceIdentityDocument=json.dumps(document))
        container = {"name": "main", "image": "busybox", "memory": 64}
        ecs.register_task_definition(family=self.name, containerDefinitions=[container])
        return self.name, self.name

    def tasks(self) -> list[dict[str, Any]]:
        """All tasks of the cluster."""
        ecs = self.aws.client("ecs")
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster=self.name, desiredStatus=status)["taskArns"]
        ]
        return list(ecs.describe_tasks(cluster=self.name, tasks=arns, include=["TAGS"])["tasks"]) if arns else []

    def glue_job(self) -> str:
        """A Glue job's name."""
        command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/clean.py"}
        self.aws.client("glue").create_job(Name=self.name, Role="glue", Command=command)
        return self.name

    def glue_runs(self) -> list[dict[str, Any]]:
        """All runs of the Glue job."""
        return list(self.aws.client("glue").get_job_runs(JobName=self.name)["JobRuns"])

    def machine(self, **states: Any) -> str:
        """The ARN of a state machine."""
        return StateMachines(self.aws).create(machine(**states))

    def inputs(self, machine_arn: str) -> list[Any]:
        """What the executions of a machine were started with."""
        client = self.aws.client("stepfunctions")
        found = client.list_executions(stateMachineArn=machine_arn)["executions"]
        described = [client.describe_execution(executionArn=each["executionArn"]) for each in found]
        return [json.loads(each["input"]) for each in described]
