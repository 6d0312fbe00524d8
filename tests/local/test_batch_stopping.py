"""CancelJob, TerminateJob and their bulk forms."""

import uuid

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import wait_for

WHOLE = [{"type": "VCPU", "value": "4"}]


def waiting_job(batch: Batch) -> str:
    """A job that stays RUNNABLE: another takes all of the environment."""
    batch.wait(batch.submit("exec sleep 60", containerOverrides={"resourceRequirements": WHOLE}), "RUNNING")
    return batch.submit("true")


@pytest.mark.parametrize("stop", ["terminate_job", "cancel_job"])
def test_a_runnable_job_fails_with_the_reason_and_never_runs(batch: Batch, stop: str) -> None:
    """API_CancelJob; API_TerminateJob: jobs that haven't progressed to STARTING are cancelled."""
    job_id = waiting_job(batch)
    getattr(batch.client, stop)(jobId=job_id, reason="not wanted")
    job = batch.wait(job_id)
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", "not wanted", [])
    assert (job["isTerminated"], job["isCancelled"]) == (stop == "terminate_job", stop == "cancel_job")
    assert not {"exitCode", "logStreamName"} & set(job["container"])


def test_a_terminated_running_job_ends_with_its_whole_process_group(batch: Batch) -> None:
    """API_TerminateJob: jobs in STARTING or RUNNING are terminated, which makes them FAILED."""
    job_id = batch.submit("sleep 600 & echo $!; wait", retryStrategy={"attempts": 3})
    job = batch.wait(job_id, "RUNNING")
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    job = batch.wait(job_id)
    assert (job["status"], job["statusReason"], job["isTerminated"]) == ("FAILED", "not wanted", True)
    assert (len(job["attempts"]), job["container"]["exitCode"]) == (1, 143)
    (pid,) = batch.log(job)
    probe = f"for i in $(seq 100); do kill -0 {pid} 2>/dev/null || exit 0; sleep 0.05; done; exit 1"
    assert batch.wait(batch.submit(probe))["status"] == "SUCCEEDED"


def test_a_terminated_job_that_ignores_sigterm_ends_with_137(batch: Batch) -> None:
    """Amazon ECS: SIGTERM, and after the stop timeout SIGKILL."""
    job_id = batch.submit("trap '' TERM; echo ready; while :; do sleep 0.1; done")
    wait_for_line(batch, batch.wait(job_id, "RUNNING"))
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    assert batch.wait(job_id)["container"]["exitCode"] == 137


def test_a_job_that_handles_sigterm_and_exits_0_has_failed_all_the_same(batch: Batch) -> None:
    job_id = batch.submit("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    job = batch.wait(job_id, "RUNNING")
    wait_for_line(batch, job)
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    job = batch.wait(job_id)
    assert (job["status"], job["statusReason"], job["container"]["exitCode"]) == ("FAILED", "not wanted", 0)


def test_cancel_leaves_a_running_job_alone(batch: Batch) -> None:
    """API_CancelJob: jobs that progressed to STARTING or RUNNING aren't cancelled, the call still succeeds."""
    job_id = batch.submit("exec sleep 0.3")
    batch.wait(job_id, "RUNNING")
    batch.client.cancel_job(jobId=job_id, reason="too late")
    job = batch.wait(job_id)
    assert (job["status"], job["isCancelled"]) == ("SUCCEEDED", False)


def test_a_pending_job_is_cancelled_once_its_dependencies_have_completed(batch: Batch) -> None:
    """API_CancelJob: a PENDING job is cancelled after all dependency jobs are completed."""
    first = batch.submit("exec sleep 0.5")
    second = batch.submit("true", dependsOn=[{"jobId": first}])
    batch.client.cancel_job(jobId=second, reason="not wanted")
    job = batch.describe(second)
    assert (job["status"], job["isCancelled"]) == ("PENDING", True)
    job = batch.wait(second)
    assert (job["status"], job["statusReason"], job["attempts"]) == ("FAILED", "not wanted", [])
    assert batch.wait(first)["stoppedAt"] <= job["stoppedAt"]


def test_terminating_an_array_ends_its_waiting_and_its_running_children(batch: Batch) -> None:
    array = batch.submit("exec sleep 60", arrayProperties={"size": 6})
    batch.wait(f"{array}:0", "RUNNING")
    batch.client.terminate_job(jobId=array, reason="not wanted")
    job = batch.wait(array)
    assert (job["status"], job["statusReason"]) == ("FAILED", "not wanted")
    assert job["arrayProperties"]["statusSummary"]["FAILED"] == 6


def test_cancelling_an_array_lets_its_running_children_finish(batch: Batch) -> None:
    """API_CancelJob: the array parent is cancelled when all child jobs are completed."""
    array = batch.submit(
        "exec sleep 0.5", arrayProperties={"size": 2}, containerOverrides={"resourceRequirements": WHOLE}
    )
    batch.wait(f"{array}:0", "RUNNING")
    batch.client.cancel_job(jobId=array, reason="not wanted")
    assert batch.describe(f"{array}:1")["statusReason"] == "not wanted"
    job = batch.wait(array)
    assert (job["status"], job["statusReason"]) == ("FAILED", "not wanted")
    assert batch.status(f"{array}:0") == "SUCCEEDED"


def test_one_child_can_be_terminated(batch: Batch) -> None:
    array = batch.submit("exec sleep 0.$AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 9})
    batch.client.terminate_job(jobId=f"{array}:8", reason="not wanted")
    job = batch.wait(array)
    assert (job["statusReason"], job["arrayProperties"]["statusSummary"]["FAILED"]) == ("Array Child Job failed", 1)
    assert batch.describe(f"{array}:8")["statusReason"] == "not wanted"


def test_terminating_an_unknown_or_ended_job_succeeds(batch: Batch) -> None:
    job_id = batch.submit("true")
    batch.wait(job_id)
    batch.client.terminate_job(jobId=job_id, reason="too late")
    batch.client.terminate_job(jobId=str(uuid.uuid4()), reason="never was")
    job = batch.describe(job_id)
    assert (job["status"], job["isTerminated"]) == ("SUCCEEDED", False)


def test_a_bulk_terminate_counts_an_unknown_id_as_done_and_names_a_malformed_one(batch: Batch) -> None:
    """API_TerminateJobs: 200 with errors; jobs that can't be found are treated as successfully processed."""
    running = batch.submit("exec sleep 60")
    batch.wait(running, "RUNNING")
    unknown = str(uuid.uuid4())
    answer = batch.client.terminate_jobs(jobs=[running, unknown, "no-id"], reason="not wanted")
    assert answer["successful"] == [running, unknown]
    assert [(error["job"], error["code"]) for error in answer["errors"]] == [("no-id", "ValidationException")]
    assert batch.wait(running)["statusReason"] == "not wanted"


def test_a_bulk_cancel_leaves_running_jobs_alone(batch: Batch) -> None:
    """API_CancelJobs."""
    waiting = waiting_job(batch)
    (running,) = batch.client.list_jobs(jobQueue=batch.queue)["jobSummaryList"]
    answer = batch.client.cancel_jobs(jobs=[waiting, running["jobId"]], reason="not wanted")
    assert (answer["successful"], answer["errors"]) == ([waiting, running["jobId"]], [])
    assert (batch.wait(waiting)["status"], batch.status(running["jobId"])) == ("FAILED", "RUNNING")


@pytest.mark.parametrize("operation", ["terminate_jobs", "cancel_jobs"])
def test_a_bulk_call_takes_50_ids(batch: Batch, operation: str) -> None:
    """API_TerminateJobs, API_CancelJobs: up to 50 job IDs."""
    call = getattr(batch.client, operation)
    ids = [str(uuid.uuid4()) for _ in range(51)]
    assert len(call(jobs=ids[:50], reason="x")["successful"]) == 50
    with pytest.raises(batch.client.exceptions.ClientException, match="between 1 and 50"):
        call(jobs=ids, reason="x")


@pytest.mark.parametrize("reason", ["", "x" * 1025])
def test_a_reason_is_required_and_limited(batch: Batch, reason: str) -> None:
    """API_TerminateJobs reason: a limit of 1,024 characters."""
    with pytest.raises(batch.client.exceptions.ClientException, match="between 1 and 1024"):
        batch.client.terminate_job(jobId=str(uuid.uuid4()), reason=reason)


def wait_for_line(batch: Batch, job: dict[str, object]) -> None:
    wait_for(lambda: batch.log(job), what="the job's first line")
