"""A job's description, its error and its links."""

import json
from typing import Any

import pytest

from airstep.errors import JobFailed
from airstep.job import Job
from airstep.links import BatchJobQueueLink, Console

BASE = {
    "jobId": "i",
    "jobName": "n",
    "jobQueue": "arn:aws:batch:r:a:job-queue/q",
    "jobDefinition": "arn:d",
    "status": "FAILED",
}
ATTEMPT = {"startedAt": 1_700_000_000_000, "stoppedAt": 1_700_000_001_500, "statusReason": "Host EC2 terminated"}


def job(**more: Any) -> Job:
    return Job.from_description({**BASE, **more})


def test_times_are_iso_and_attempts_are_kept() -> None:
    made = job(createdAt=1_700_000_000_000, attempts=[{**ATTEMPT, "container": {"exitCode": 1, "logStreamName": "s"}}])
    assert made.created_at == "2023-11-14T22:13:20.000+00:00"
    assert made.attempts[0].stopped_at == "2023-11-14T22:13:21.500+00:00"
    assert (made.attempts[0].exit_code, made.attempts[0].log_stream) == (1, "s")


@pytest.mark.parametrize(
    ("description", "where"),
    [
        ({"container": {"logStreamName": "s"}}, ("/aws/batch/job", None, "s")),
        (
            {
                "container": {
                    "logStreamName": "s",
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {"awslogs-group": "/mine", "awslogs-region": "eu-west-1"},
                    },
                }
            },
            ("/mine", "eu-west-1", "s"),
        ),
        ({"container": {"logStreamName": "s", "logConfiguration": {"logDriver": "splunk"}}}, (None, None, None)),
        (
            {
                "ecsProperties": {
                    "taskProperties": [{"containers": [{"exitCode": 0}, {"exitCode": 2, "logStreamName": "t"}]}]
                }
            },
            ("/aws/batch/job", None, "t"),
        ),
        ({"eksProperties": {"podProperties": {"containers": [{"exitCode": 1}]}}}, (None, None, None)),
        ({"attempts": [{"taskProperties": [{"containers": [{"logStreamName": "u"}]}]}]}, ("/aws/batch/job", None, "u")),
        ({"arrayProperties": {"size": 3}}, ("/aws/batch/job", None, None)),
    ],
)
def test_the_log_is_found_whatever_runs_the_job(description: dict[str, Any], where: tuple[Any, ...]) -> None:
    made = job(**description)
    assert (made.log_group, made.log_region, made.log_stream) == where


def test_the_exit_code_is_that_of_the_container_that_failed() -> None:
    containers = [{"exitCode": 0}, {"exitCode": 137}]
    assert job(ecsProperties={"taskProperties": [{"containers": containers}]}).exit_code == 137


def test_a_description_survives_json() -> None:
    made = job(attempts=[ATTEMPT], arrayProperties={"size": 2, "statusSummary": {"FAILED": 1}})
    assert Job.from_xcom(json.loads(json.dumps(made.to_xcom()))) == made


def test_keys_of_another_version_are_left_out() -> None:
    assert Job.from_xcom({**job().to_xcom(), "new": 1}) == job()


def test_the_error_says_what_is_known_and_nothing_else() -> None:
    error = JobFailed(
        job(statusReason="Essential container in task exited", container={"exitCode": 1, "reason": "OOM"})
    )
    assert str(error).splitlines() == [
        "Batch job 'n' (i) failed: Essential container in task exited",
        "  exit code: 1",
        "  container: OOM",
        "  queue: arn:aws:batch:r:a:job-queue/q",
        "  definition: arn:d",
    ]


def test_an_array_error_names_the_first_failed_children() -> None:
    failed = list(range(0, 60, 2))
    made = job(arrayProperties={"size": 60, "statusSummary": {"FAILED": 30}})
    assert "children: 30 of 60 failed (index 0, 2, 4, " in str(JobFailed(made, failed_children=failed))
    assert ", 38, …)" in str(JobFailed(made, failed_children=failed))


@pytest.mark.parametrize(
    ("partition", "start"),
    [("aws", "https://console.aws.amazon.com/"), ("aws-cn", "https://console.amazonaws.cn/"), ("aws-iso", "")],
)
def test_links_go_to_the_console_of_the_partition(partition: str, start: str) -> None:
    address = BatchJobQueueLink().address(Console(region="r", partition=partition), job())
    assert address == (f"{start}batch/home?region=r#queues/detail/arn:aws:batch:r:a:job-queue/q" if start else "")


def test_a_queue_known_by_its_name_only_has_no_link() -> None:
    named = Job(job_id="i", job_name="n", queue="q", definition="d", status="SUBMITTED")
    assert BatchJobQueueLink().address(Console(region="r"), named) == ""


@pytest.mark.parametrize(
    ("status", "flags", "stopping"),
    [
        ("RUNNING", {"isTerminated": True}, True),
        ("RUNNING", {"isCancelled": True}, False),
        ("PENDING", {"isCancelled": True}, True),
        ("RUNNING", {"isTerminated": False, "isCancelled": False}, False),
        ("RUNNING", {}, False),
    ],
)
def test_a_job_is_being_stopped_when_it_was_terminated_or_cancelled_in_time(
    status: str, flags: dict[str, bool], stopping: bool
) -> None:
    assert job(status=status, **flags).stopping is stopping


@pytest.mark.parametrize(
    ("description", "has_container"),
    [
        ({"status": "STARTING"}, True),
        ({"status": "RUNNABLE"}, False),
        ({"status": "PENDING", "arrayProperties": {"size": 3, "statusSummary": {"RUNNING": 1, "FAILED": 2}}}, True),
        ({"status": "PENDING", "arrayProperties": {"size": 3, "statusSummary": {"RUNNING": 0, "PENDING": 3}}}, False),
    ],
)
def test_a_job_has_a_container_when_it_or_a_child_starts(description: dict[str, Any], has_container: bool) -> None:
    assert job(**description).has_container is has_container
