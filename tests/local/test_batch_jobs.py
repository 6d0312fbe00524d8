"""One job: what it runs, what it sees, how it ends."""

import json
import re

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import wait_for

USER_GUIDE = "https://docs.aws.amazon.com/batch/latest/userguide"


def test_a_job_that_exits_0_succeeds_with_its_times_in_order(batch: Batch) -> None:
    """API_JobDetail: createdAt, startedAt, stoppedAt in milliseconds; job_states: exits with code 0 = SUCCEEDED."""
    job = batch.wait(batch.submit("true"))
    assert job["status"] == "SUCCEEDED"
    assert job["container"]["exitCode"] == 0
    assert 1_600_000_000_000 < job["createdAt"] <= job["startedAt"] <= job["stoppedAt"]
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [0]


def test_a_job_that_exits_3_fails_with_its_exit_code(batch: Batch) -> None:
    """API_AttemptContainerDetail: a non-zero exit code is considered failed."""
    job = batch.wait(batch.submit("exit 3"))
    assert (job["status"], job["container"]["exitCode"]) == ("FAILED", 3)
    assert job["statusReason"] == "Essential container in task exited"
    assert job["attempts"][0]["statusReason"] == "Essential container in task exited"


def test_a_job_killed_by_a_signal_fails_with_128_and_the_signal(batch: Batch) -> None:
    """Amazon ECS troubleshooting, stopped tasks: 137 is SIGKILL."""
    assert batch.wait(batch.submit("kill -9 $$"))["container"]["exitCode"] == 137


def test_the_output_is_in_the_log_stream_while_the_job_runs(batch: Batch) -> None:
    """using_cloudwatch_logs: group /aws/batch/job, stream <definition>/default/<task id>."""
    job_id = batch.submit("echo first; echo second >&2; exec sleep 60")
    job = batch.wait(job_id, "RUNNING")
    stream = job["container"]["logStreamName"]
    assert re.fullmatch(rf"{batch.name}-definition/default/[0-9a-f]{{32}}", stream)
    wait_for(lambda: batch.log(job) == ["first", "second"], what="the lines of a running job")
    assert batch.status(job_id) == "RUNNING"


def test_a_last_line_without_its_end_is_logged_and_empty_lines_are_not(batch: Batch) -> None:
    """Docker's awslogs driver, which Batch uses, sends no empty events."""
    assert batch.log(batch.wait(batch.submit("printf 'one\\n\\ntwo'"))) == ["one", "two"]


def test_log_configuration_names_another_group_and_prefix(batch: Batch) -> None:
    """using_awslogs: the options awslogs-group and awslogs-stream-prefix."""
    options = {"awslogs-group": "/mine", "awslogs-stream-prefix": "p"}
    definition = batch.define("-logs", container={"logConfiguration": {"logDriver": "awslogs", "options": options}})
    stream = batch.wait(batch.submit("echo hi", jobDefinition=definition))["container"]["logStreamName"]
    events = batch.aws.client("logs").get_log_events(logGroupName="/mine", logStreamName=stream)["events"]
    assert stream.startswith("p/default/")
    assert [event["message"] for event in events] == ["hi"]


def test_a_job_sees_the_variables_of_batch(batch: Batch) -> None:
    """job_env_vars: AWS_BATCH_JOB_ID, _ATTEMPT, JQ_NAME, CE_NAME."""
    job = batch.wait(batch.submit("env | grep ^AWS_BATCH | sort"))
    assert batch.log(job) == [
        f"AWS_BATCH_CE_NAME={batch.name}-environment",
        "AWS_BATCH_JOB_ATTEMPT=1",
        f"AWS_BATCH_JOB_ID={job['jobId']}",
        f"AWS_BATCH_JQ_NAME={batch.queue}",
    ]


def test_a_job_sees_where_aws_is_and_can_use_s3(batch: Batch) -> None:
    script = (
        "import boto3; s3 = boto3.client('s3'); s3.create_bucket(Bucket='made-by-a-job');"
        "print([b['Name'] for b in s3.list_buckets()['Buckets'] if b['Name'] == 'made-by-a-job'])"
    )
    job = batch.wait(batch.submit(containerOverrides={"command": ["python3", "-c", script]}))
    assert batch.log(job) == ["['made-by-a-job']"]


def test_nothing_of_the_servers_own_environment_reaches_a_job(batch: Batch) -> None:
    job = batch.wait(batch.submit("env | cut -d= -f1"))
    assert not {"USER", "PYTEST_CURRENT_TEST", "MOTO_PORT", "PYTHONPATH"} & set(batch.log(job))


def test_overrides_replace_the_command_and_merge_the_environment(batch: Batch) -> None:
    """API_ContainerOverrides: add new variables, override existing ones."""
    variables = [{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}]
    batch.define(container={"environment": variables, "command": ["false"]})
    overrides = {"environment": [{"name": "B", "value": "job"}, {"name": "C", "value": "job"}]}
    job = batch.wait(batch.submit("echo $A $B $C", containerOverrides=overrides))
    assert batch.log(job) == ["definition job job"]
    assert {"name": "B", "value": "job"} in job["container"]["environment"]


def test_parameters_replace_placeholders_and_the_definition_has_the_defaults(batch: Batch) -> None:
    """job_definition_parameters: Ref::name in the command; SubmitJob's parameters override the defaults."""
    batch.define(
        container={"command": ["echo", "Ref::codec", "Ref::size", "Ref::unknown"]},
        parameters={"codec": "mp4", "size": "720p"},
    )
    job = batch.wait(batch.submit(parameters={"size": "4k"}))
    assert batch.log(job) == ["mp4 4k Ref::unknown"]
    assert job["parameters"] == {"codec": "mp4", "size": "4k"}


def test_resource_requirements_override_and_the_deprecated_fields_do_not(batch: Batch) -> None:
    """API_ContainerOverrides: vcpus doesn't override what resourceRequirements say in the definition."""
    requirements = [{"type": "VCPU", "value": "2"}]
    job = batch.describe(batch.submit("true", containerOverrides={"resourceRequirements": requirements, "vcpus": 9}))
    assert sorted(job["container"]["resourceRequirements"], key=lambda each: each["type"]) == [
        {"type": "MEMORY", "value": "128"},
        {"type": "VCPU", "value": "2"},
    ]
    assert batch.wait(job["jobId"])["status"] == "SUCCEEDED"


def test_an_unknown_image_fails_the_job_with_cannot_pull(batch: Batch) -> None:
    """ECS task_cannot_pull_image; Batch on EC2 shows `Task failed to start` and the error as the container's reason."""
    definition = batch.define("-unknown", container={"image": "airstep/nowhere:1"})
    job = batch.wait(batch.submit("true", jobDefinition=definition))
    assert (job["status"], job["statusReason"]) == ("FAILED", "Task failed to start")
    assert job["container"]["reason"].startswith("CannotPullContainerError: failed to resolve ref airstep/nowhere:1")
    assert "exitCode" not in job["container"]
    assert "startedAt" not in job


def test_on_fargate_the_status_reason_is_the_error_itself(batch: Batch) -> None:
    queue = batch.make_queue(f"{batch.name}-fargate", batch.environment("-fargate", kind="FARGATE"))
    definition = batch.define("-unknown", container={"image": "busybox"}, platformCapabilities=["FARGATE"])
    job = batch.wait(batch.submit("true", jobDefinition=definition, jobQueue=queue))
    assert job["statusReason"].startswith("CannotPullContainerError: failed to resolve ref busybox")


def test_a_missing_program_fails_the_job_with_cannot_start(batch: Batch) -> None:
    """ECS stopped task error codes: CannotStartContainerError."""
    job = batch.wait(batch.submit(containerOverrides={"command": ["no-such-program"]}))
    assert job["container"]["reason"].startswith('CannotStartContainerError: exec: "no-such-program": No such file')


def test_the_scratch_folder_is_the_jobs_own_and_is_removed(batch: Batch) -> None:
    job = batch.wait(batch.submit("touch here; ls; echo $HOME; pwd"))
    listing, home, folder = batch.log(job)
    assert (listing, home) == ("here", folder)
    probe = batch.wait(batch.submit(f"test -e {folder}"))
    assert probe["container"]["exitCode"] == 1


def test_what_a_job_leaves_running_ends_with_it(batch: Batch) -> None:
    """A container's processes end with its first one."""
    job = batch.wait(batch.submit("sleep 600 & echo $!"))
    (pid,) = batch.log(job)
    probe = f"for i in $(seq 100); do kill -0 {pid} 2>/dev/null || exit 0; sleep 0.05; done; exit 1"
    assert batch.wait(batch.submit(probe))["status"] == "SUCCEEDED"


def test_tags_of_a_job_are_described_and_listed(batch: Batch) -> None:
    """using-tags."""
    job = batch.describe(batch.submit("true", tags={"team": "video"}, propagateTags=True))
    assert (job["tags"], job["propagateTags"]) == ({"team": "video"}, True)
    assert batch.client.list_tags_for_resource(resourceArn=job["jobArn"])["tags"] == {"team": "video"}


def test_status_changes_are_events(batch: Batch) -> None:
    """batch_cwe_events: source aws.batch, detail-type Batch Job State Change, the job as detail."""
    sqs, events = batch.aws.client("sqs"), batch.aws.client("events")
    url = sqs.create_queue(QueueName=batch.name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.batch"], "detail": {"jobName": [f"{batch.name}-event"]}}
    events.put_rule(Name=batch.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=batch.name, Targets=[{"Id": "1", "Arn": arn}])
    job = batch.wait(batch.submit("true", jobName=f"{batch.name}-event"))
    received: list[dict[str, object]] = []

    def all_there() -> bool:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        received.extend(json.loads(message["Body"]) for message in messages)
        return len(received) >= 4

    wait_for(all_there, what="the events of four states")
    assert [event["detail"]["status"] for event in received] == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert {event["detail-type"] for event in received} == {"Batch Job State Change"}
    assert received[-1]["detail"]["jobId"] == job["jobId"]
    events.remove_targets(Rule=batch.name, Ids=["1"])
    events.delete_rule(Name=batch.name)
