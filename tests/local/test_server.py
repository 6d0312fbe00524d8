"""The server itself: its start, its end, and the services beside Batch."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from local_aws.__main__ import main
from tests.local.batch_resources import Batch, new_batch
from tests.local.local_aws_server import IMAGES, LocalAws, serving, wait_for
from tests.local.state_machines import StateMachines
from tests.local.state_machines import job as state_job

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def own() -> Iterator[LocalAws]:
    """A server that this module's tests may reset."""
    with serving("--stop-timeout", "2") as server:
        yield server


@pytest.fixture
def fresh(own: LocalAws) -> LocalAws:
    """A server with nothing in it."""
    reset(own)
    return own


def reset(server: LocalAws) -> None:
    request = urllib.request.Request(f"{server.endpoint}/moto-api/reset", method="POST")
    assert urllib.request.urlopen(request, timeout=30).status == 200


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local_aws", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie, which only waits for its parent, doesn't."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() not in ("", "Z")


def started_sleep(batch: Batch) -> tuple[int, Path]:
    """A job whose background process sleeps: the process's id, and the job's scratch folder."""
    job = batch.wait(batch.submit("sleep 600 & echo $!; pwd; wait"), "RUNNING")
    wait_for(lambda: len(batch.log(job)) == 2, what="the job's lines")
    pid, folder = batch.log(job)
    return int(pid), Path(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_kills_every_jobs_processes_and_exits_0(number: signal.Signals) -> None:
    with serving() as server:
        pid, folder = started_sleep(new_batch(server))
        server.process.send_signal(number)
        assert server.process.wait(20) == 0
        wait_for(lambda: not is_running(pid), what="the end of the job's process")
        assert not folder.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="tgkill is Linux's")
def test_it_stops_whichever_thread_gets_the_signal() -> None:
    with serving() as server:
        threads = [each.id for each in psutil.Process(server.process.pid).threads()]
        other = next(thread for thread in threads if thread != server.process.pid)
        assert ctypes.CDLL(None).tgkill(server.process.pid, other, signal.SIGTERM) == 0
        assert server.process.wait(20) == 0


def test_the_jobs_of_a_killed_server_do_not_live_on() -> None:
    with serving() as server:
        pid, folder = started_sleep(new_batch(server))
        server.process.kill()
        wait_for(lambda: not is_running(pid), what="the end of the job's process")
        wait_for(lambda: not folder.parent.exists(), what="the removal of the scratch folders")


def test_standard_output_is_the_ready_line_only() -> None:
    with serving() as server:
        new_batch(server).submit("echo a job talks")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""


def test_it_listens_on_loopback_only(local_aws: LocalAws) -> None:
    connections = psutil.Process(local_aws.process.pid).net_connections("inet")
    assert [each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN] == ["127.0.0.1"]


def test_a_port_in_use_is_one_clear_line_and_exit_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port), "--images", str(IMAGES))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        f"local_aws can't listen on 127.0.0.1:{port}: Address already in use. "
        "Stop what listens there, or choose another with --port (0 takes any free port)."
    ]


def test_a_missing_images_folder_is_one_clear_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--images", "/no/such/folder"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "--images /no/such/folder: no such folder. Give one with <name>/Dockerfile for each image."
    ]


@pytest.mark.parametrize(
    "arguments", [["--port", "66000"], ["--port", "x"], ["--stop-timeout", "0"], ["--runner", "vm"]]
)
def test_wrong_arguments_exit_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert f"argument {arguments[0]}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("service", "operation", "answer"),
    [
        ("cloudformation", "list_stacks", "StackSummaries"),
        ("ec2", "describe_vpcs", "Vpcs"),
        ("events", "list_rules", "Rules"),
        ("iam", "list_roles", "Roles"),
        ("logs", "describe_log_groups", "logGroups"),
        ("s3", "list_buckets", "Buckets"),
        ("scheduler", "list_schedules", "Schedules"),
        ("sns", "list_topics", "Topics"),
        ("sqs", "list_queues", "ResponseMetadata"),
        ("stepfunctions", "list_state_machines", "stateMachines"),
        ("sts", "get_caller_identity", "Account"),
    ],
)
def test_the_other_services_answer_in_the_same_process(
    local_aws: LocalAws, service: str, operation: str, answer: str
) -> None:
    assert answer in getattr(local_aws.client(service), operation)()


def test_the_account_and_the_default_vpc_are_there(local_aws: LocalAws) -> None:
    assert local_aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert any(vpc["IsDefault"] for vpc in local_aws.client("ec2").describe_vpcs()["Vpcs"])


def test_a_reset_kills_the_jobs_and_forgets_everything(fresh: LocalAws) -> None:
    batch = new_batch(fresh)
    pid, _ = started_sleep(batch)
    waiting = batch.submit("true", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "4"}]})
    reset(fresh)
    wait_for(lambda: not is_running(pid), what="the end of the job's process")
    assert batch.client.describe_job_queues()["jobQueues"] == []
    assert batch.client.describe_jobs(jobs=[waiting])["jobs"] == []
    again = new_batch(fresh)
    assert again.wait(again.submit("true"))["status"] == "SUCCEEDED"


def test_settings_without_effect_are_named_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--images", str(IMAGES)]
    errors = tmp_path / "errors"
    with errors.open("w") as file:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True)
    assert process.stdout is not None
    batch = Batch(aws=LocalAws(endpoint=process.stdout.readline().split()[-1], process=process), name="noted")
    for _ in range(2):
        batch.define(container={"privileged": True, "user": "root"})
    process.terminate()
    assert process.wait(20) == 0
    assert errors.read_text().splitlines() == [
        "local_aws: RegisterJobDefinition: no effect here: containerProperties.privileged, containerProperties.user"
    ]


STACK = """
Parameters:
  Cpus: {Type: Number, Default: 2}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.9.0.0/20}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: jobs, VpcId: !Ref Vpc}}
  Environment:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      Type: MANAGED
      ComputeResources:
        Type: EC2
        MinvCpus: 0
        MaxvCpus: !Ref Cpus
        InstanceTypes: [optimal]
        InstanceRole: !GetAtt Profile.Arn
        Subnets: [!Ref Subnet]
        SecurityGroupIds: [!Ref Group]
  Queue:
    Type: AWS::Batch::JobQueue
    Properties:
      JobQueueName: stacked
      Priority: 5
      ComputeEnvironmentOrder: [{Order: 1, ComputeEnvironment: !Ref Environment}]
  Definition:
    Type: AWS::Batch::JobDefinition
    Properties:
      JobDefinitionName: stacked
      Type: container
      Parameters: {Word: hello}
      Tags: {Team: video}
      Timeout: {AttemptDurationSeconds: 60}
      RetryStrategy: {Attempts: 2, EvaluateOnExit: [{OnExitCode: "9", Action: EXIT}]}
      ContainerProperties:
        Image: airstep/shell
        Command: [sh, -c, "echo Ref::Word $NAME; exit 9"]
        Environment: [{Name: NAME, Value: world}]
        ResourceRequirements: [{Type: VCPU, Value: !Ref Cpus}, {Type: MEMORY, Value: "64"}]
"""


@pytest.mark.parametrize("time", range(3))
def test_it_can_be_reset_while_jobs_start_and_end(fresh: LocalAws, time: int) -> None:
    batch = new_batch(fresh)
    job_id = batch.submit("echo busy", arrayProperties={"size": 300})
    wait_for(lambda: batch.describe(job_id)["arrayProperties"]["statusSummary"]["SUCCEEDED"] > 3, what="children ended")
    reset(fresh)
    assert batch.client.describe_jobs(jobs=[job_id])["jobs"] == []


def test_a_stack_makes_resources_that_run_jobs_and_removes_them(fresh: LocalAws) -> None:
    """AWS::Batch::ComputeEnvironment, JobQueue and JobDefinition in the AWS CloudFormation user guide."""
    cloudformation = fresh.client("cloudformation")
    cloudformation.create_stack(StackName="s", TemplateBody=STACK, Capabilities=["CAPABILITY_IAM"])
    assert cloudformation.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    batch = Batch(aws=fresh, name="stacked")
    job = batch.wait(batch.submit(jobQueue="stacked", jobDefinition="stacked"))
    assert (batch.log(job), len(job["attempts"])) == (["hello world"], 1)
    (definition,) = batch.client.describe_job_definitions(jobDefinitionName="stacked")["jobDefinitions"]
    assert (definition["parameters"], definition["tags"]) == ({"Word": "hello"}, {"Team": "video"})
    assert definition["timeout"] == {"attemptDurationSeconds": 60}
    changed = STACK.replace("Word: hello", "Word: bye").replace("Priority: 5", "Priority: 7")
    cloudformation.update_stack(StackName="s", TemplateBody=changed, Capabilities=["CAPABILITY_IAM"])
    job = batch.wait(batch.submit(jobQueue="stacked", jobDefinition="stacked"))
    assert (batch.log(job), job["jobDefinition"][-2:]) == (["bye world"], ":2")
    assert batch.client.describe_job_queues()["jobQueues"][0]["priority"] == 7
    cloudformation.delete_stack(StackName="s")
    assert remaining(batch) == ([], [], ["INACTIVE", "INACTIVE"])


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells whose a process in another session is")
@pytest.mark.parametrize(
    ("script", "signals"),
    [("exit 0", []), ("sleep 600", [signal.SIGKILL])],
    ids=["with its job", "with a server that is killed"],
)
def test_a_daemon_in_a_session_of_its_own_ends(script: str, signals: list[signal.Signals]) -> None:
    with serving() as server:
        batch = new_batch(server)
        job_id = batch.submit(f"setsid sleep 600 & echo $!; {script}")
        wait_for(lambda: batch.describe(job_id)["container"].get("logStreamName"), what="the job's start")
        (pid,) = wait_for(lambda: batch.log(batch.describe(job_id)), what="the daemon's id")
        for number in signals:
            server.process.send_signal(number)
        wait_for(lambda: not is_running(int(pid)), what="the daemon's end")


def remaining(batch: Batch) -> tuple[list[Any], list[Any], list[str]]:
    definitions = batch.client.describe_job_definitions(jobDefinitionName="stacked")["jobDefinitions"]
    return (
        batch.client.describe_job_queues()["jobQueues"],
        batch.client.describe_compute_environments()["computeEnvironments"],
        [definition["status"] for definition in definitions],
    )


def test_the_projects_own_stack_can_be_made(fresh: LocalAws) -> None:
    template = (PROJECT / "containers/stacks/video_processing.yaml").read_text()
    cloudformation = fresh.client("cloudformation")
    cloudformation.create_stack(StackName="s", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    queues = fresh.client("batch").describe_job_queues()["jobQueues"]
    assert {queue["jobQueueName"]: queue["priority"] for queue in queues} == {
        "StepsBatchTutorial_HighPriorityQueue": 10,
        "StepsBatchTutorial_LowPriorityQueue": 1,
    }


def test_an_unknown_property_in_a_stack_is_named(fresh: LocalAws) -> None:
    cloudformation = fresh.client("cloudformation")
    template = STACK.replace("Priority: 5", "Priority: 5\n      Colour: red")
    with pytest.raises(cloudformation.exceptions.ClientError, match="Colour"):
        cloudformation.create_stack(StackName="s", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])


def test_the_servers_own_environment_is_not_needed(tmp_path: Path) -> None:
    """It starts where no AWS settings, no HOME and no terminal are."""
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--images", str(IMAGES)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=tmp_path, env={"PATH": os.defpath}, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("local_aws ready at http://127.0.0.1:")
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_the_callers_profile_and_proxy_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that isn't there would stop boto3, a proxy that isn't there the state machines' calls."""
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving() as server:
        monkeypatch.undo()
        batch = new_batch(server)
        assert StateMachines(server).state(state_job(batch)).status == "SUCCEEDED"


def test_a_job_sees_nothing_of_the_servers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "123456789012")
    with serving() as server:
        batch = new_batch(server)
        job = batch.wait(batch.submit("env | grep -E '^(GITHUB|MOTO|AIRFLOW|AWS_SESSION)|secret' || echo nothing"))
        assert batch.log(job) == ["nothing"]
