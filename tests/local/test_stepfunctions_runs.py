"""ECS tasks and Glue job runs that a state machine waits for.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html and connect-glue.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import StateMachines, machine

RUN_TASK = "arn:aws:states:::ecs:runTask.sync"
START_RUN = "arn:aws:states:::glue:startJobRun.sync"


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


@pytest.fixture(scope="module")
def ecs_arguments(local_aws: LocalAws) -> dict[str, Any]:
    """What runs a Fargate task of a cluster and a task definition of this module."""
    name = f"t{uuid.uuid4().hex[:8]}"
    ecs, ec2 = local_aws.client("ecs"), local_aws.client("ec2")
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "main", "image": "busybox", "cpu": 256, "memory": 512}],
    )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    return {
        "Cluster": name,
        "TaskDefinition": name,
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [subnet], "SecurityGroups": [group]}},
    }


@pytest.fixture
def glue_job(local_aws: LocalAws) -> str:
    name = f"t{uuid.uuid4().hex[:8]}"
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/a.py"}
    local_aws.client("glue").create_job(Name=name, Role="role", Command=command)
    return name


@pytest.fixture
def holding(local_aws: LocalAws) -> Iterator[Callable[[str], None]]:
    """Keeps moto's things of a kind from ending by themselves until the test is over."""
    held: list[str] = []

    def post(action: str, **body: Any) -> None:
        url = f"{local_aws.endpoint}/moto-api/state-manager/{action}"
        urlopen(Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})).close()

    def hold(kind: str) -> None:
        post("set-transition", model_name=kind, transition={"progression": "manual", "times": 100_000})
        held.append(kind)

    yield hold
    post("unset-transition", model_name=held[0])


def task(resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return machine(Run={"Type": "Task", "Resource": resource, "Arguments": arguments})


def test_an_ecs_task_is_waited_for_and_its_description_is_the_result(
    machines: StateMachines, ecs_arguments: dict[str, Any]
) -> None:
    override = {"Name": "main", "Command": ["run", "it"]}

    execution = machines.run(task(RUN_TASK, {**ecs_arguments, "Overrides": {"ContainerOverrides": [override]}}))

    assert execution.output["LastStatus"] == "STOPPED"
    assert execution.output["StartedBy"] == "AWS Step Functions"
    assert execution.output["Containers"][0]["ExitCode"] == 0
    assert execution.output["Overrides"]["ContainerOverrides"] == [override]
    assert execution.details("TaskSubmitted")[0]["resource"] == "runTask.sync"


def test_more_than_one_ecs_task_is_refused_with_the_reason(
    machines: StateMachines, ecs_arguments: dict[str, Any]
) -> None:
    execution = machines.run(task(RUN_TASK, {**ecs_arguments, "Count": 2}))

    assert (execution.error, "leave Count at 1" in execution.cause) == ("States.Runtime", True)


def test_a_stopped_execution_stops_its_ecs_task(
    machines: StateMachines, local_aws: LocalAws, ecs_arguments: dict[str, Any], holding: Callable[[str], None]
) -> None:
    holding("ecs::task")
    ecs, cluster = local_aws.client("ecs"), ecs_arguments["Cluster"]

    def described() -> Any:
        (arn,) = ecs.list_tasks(cluster=cluster, startedBy=cluster)["taskArns"]
        return ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]

    execution = machines.start(task(RUN_TASK, {**ecs_arguments, "StartedBy": cluster}))
    wait_for(lambda: ecs.list_tasks(cluster=cluster, startedBy=cluster)["taskArns"])
    machines.client.stop_execution(executionArn=execution)

    wait_for(lambda: described()["lastStatus"] == "STOPPED", what="the task's end")
    assert "was aborted" in described()["stoppedReason"]


def test_a_glue_run_is_waited_for_and_its_description_is_the_result(machines: StateMachines, glue_job: str) -> None:
    output = machines.run(task(START_RUN, {"JobName": glue_job, "Arguments": {"--day": "1"}})).output

    assert (output["JobName"], output["JobRunState"]) == (glue_job, "SUCCEEDED")
    assert output["Arguments"] == {"--day": "1"}
    assert output["StartedOn"] > 1_700_000_000_000


def test_a_stopped_execution_stops_its_glue_run(
    machines: StateMachines, local_aws: LocalAws, glue_job: str, holding: Callable[[str], None]
) -> None:
    holding("glue::job_run")
    glue = local_aws.client("glue")

    def runs() -> Any:
        return glue.get_job_runs(JobName=glue_job)["JobRuns"]

    execution = machines.start(task(START_RUN, {"JobName": glue_job}))
    wait_for(runs)
    machines.client.stop_execution(executionArn=execution)

    wait_for(lambda: [run["JobRunState"] for run in runs()] == ["STOPPED"], what="the run's end")


def test_a_glue_run_that_was_stopped_fails_the_task(
    machines: StateMachines, local_aws: LocalAws, glue_job: str, holding: Callable[[str], None]
) -> None:
    holding("glue::job_run")
    glue = local_aws.client("glue")

    started = machines.start(task(START_RUN, {"JobName": glue_job}))
    (run,) = wait_for(lambda: glue.get_job_runs(JobName=glue_job)["JobRuns"])
    answer = glue.batch_stop_job_run(JobName=glue_job, JobRunIds=[run["Id"], "none"])
    execution = machines.ended(started)

    assert [each["JobRunId"] for each in answer["SuccessfulSubmissions"]] == [run["Id"]]
    assert [each["JobRunId"] for each in answer["Errors"]] == ["none"]
    assert execution.error == "States.TaskFailed"
    assert json.loads(execution.cause)["JobRunState"] == "STOPPED"


def test_a_glue_job_that_is_not_there_is_an_error_of_glue(machines: StateMachines) -> None:
    assert machines.run(task(START_RUN, {"JobName": "none"})).error == "Glue.EntityNotFoundException"
