"""Which job starts when: priorities, capacity, order of preference."""

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import wait_for


def test_of_two_queues_on_one_environment_the_higher_priority_goes_first(batch: Batch) -> None:
    """job_queue_parameters: queues with a higher priority are evaluated first for the same compute environment."""
    environment = batch.environment("-one", vcpus=1)
    low = batch.make_queue(f"{batch.name}-low", environment, priority=1)
    high = batch.make_queue(f"{batch.name}-high", environment, priority=10)
    gate = batch.submit("while ! test -e /tmp/$AWS_BATCH_JQ_NAME.open; do sleep 0.02; done", jobQueue=low)
    batch.wait(gate, "RUNNING")
    later = [batch.submit("true", jobQueue=low), batch.submit("true", jobQueue=high)]
    batch.client.terminate_job(jobId=gate, reason="open the gate")
    low_job, high_job = (batch.wait(job_id) for job_id in later)
    assert high_job["stoppedAt"] <= low_job["startedAt"]


def test_two_jobs_of_2_vcpus_run_at_a_time_on_4(batch: Batch) -> None:
    """compute_environment_parameters: maxvCpus is the largest number of vCPUs that an environment supports."""
    definition = batch.define("-two", vcpus="2")
    jobs = [batch.submit("exec sleep 60", jobDefinition=definition) for _ in range(3)]
    batch.wait(jobs[0], "RUNNING")
    batch.wait(jobs[1], "RUNNING")
    assert batch.status(jobs[2]) == "RUNNABLE"
    batch.client.terminate_job(jobId=jobs[0], reason="make room")
    batch.wait(jobs[2], "RUNNING")
    assert batch.status(jobs[1]) == "RUNNING"


def test_memory_is_capacity_too(batch: Batch) -> None:
    """`optimal` is of the C4, M4 and R4 families: at most 7.6 GiB for each vCPU."""
    definition = batch.define("-fat", memory="20000")
    jobs = [batch.submit("exec sleep 60", jobDefinition=definition) for _ in range(2)]
    batch.wait(jobs[0], "RUNNING")
    assert batch.status(jobs[1]) == "RUNNABLE"


def test_the_second_environment_takes_what_the_first_has_no_room_for(batch: Batch) -> None:
    """job_queue_compute_environment_order: environments are tried in the order of their value."""
    first, second = batch.environment("-first", vcpus=1), batch.environment("-second", vcpus=1)
    queue = batch.make_queue(f"{batch.name}-ordered", first, second)
    jobs = [batch.submit("echo $AWS_BATCH_CE_NAME; exec sleep 60", jobQueue=queue) for _ in range(2)]
    running = [batch.wait(job_id, "RUNNING") for job_id in jobs]
    wait_for(lambda: [batch.log(job) for job in running] == [[first], [second]], what="an environment for each job")


def test_a_job_with_too_many_vcpus_stays_runnable_with_the_reason_and_holds_up_nobody(batch: Batch) -> None:
    """API_JobDetail statusReason: MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE."""
    never = batch.submit("true", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "8"}]})
    assert batch.wait(batch.submit("true"))["status"] == "SUCCEEDED"
    job = batch.describe(never)
    assert job["status"] == "RUNNABLE"
    assert job["statusReason"].startswith("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")


def test_a_job_larger_than_every_instance_type_stays_runnable_with_the_reason(batch: Batch) -> None:
    """API_JobDetail statusReason: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT."""
    requirements = [{"type": "MEMORY", "value": "4000000"}]
    job_id = batch.submit("true", containerOverrides={"resourceRequirements": requirements})
    wait_for(lambda: "statusReason" in batch.describe(job_id), what="the reason of a job that can't be placed")
    assert batch.describe(job_id)["statusReason"].startswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")


def test_a_larger_environment_lets_the_waiting_job_start(batch: Batch) -> None:
    """API_UpdateComputeEnvironment: maxvCpus can be changed."""
    job_id = batch.submit("true", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "8"}]})
    wait_for(lambda: "statusReason" in batch.describe(job_id), what="the reason of a job that can't be placed")
    batch.client.update_compute_environment(
        computeEnvironment=f"{batch.name}-environment", computeResources={"maxvCpus": 8}
    )
    assert batch.wait(job_id)["status"] == "SUCCEEDED"


def test_a_large_job_is_not_starved_by_small_ones(batch: Batch) -> None:
    """job_scheduling: first in, first out."""
    first = batch.submit("exec sleep 60")
    batch.wait(first, "RUNNING")
    large = batch.submit("true", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "4"}]})
    small = batch.submit("true")
    batch.client.terminate_job(jobId=first, reason="make room")
    assert batch.wait(large)["stoppedAt"] <= batch.wait(small)["startedAt"]


def test_a_disabled_queue_takes_no_jobs(batch: Batch) -> None:
    """API_CreateJobQueue state: new jobs can't be added to a DISABLED queue, those in it can finish."""
    job_id = batch.submit("exec sleep 60")
    batch.client.update_job_queue(jobQueue=batch.queue, state="DISABLED")
    with pytest.raises(batch.client.exceptions.ClientException, match="disabled"):
        batch.submit("true")
    assert batch.wait(job_id, "RUNNING")["status"] == "RUNNING"


def test_a_disabled_environment_gets_no_jobs_until_it_is_enabled(batch: Batch) -> None:
    """API_CreateComputeEnvironment state: the scheduler places no jobs in a DISABLED environment."""
    batch.client.update_compute_environment(computeEnvironment=f"{batch.name}-environment", state="DISABLED")
    job_id = batch.submit("true")
    other = batch.make_queue(f"{batch.name}-other", batch.environment("-other"))
    assert batch.wait(batch.submit("true", jobQueue=other))["status"] == "SUCCEEDED"
    assert batch.status(job_id) == "RUNNABLE"
    batch.client.update_compute_environment(computeEnvironment=f"{batch.name}-environment", state="ENABLED")
    assert batch.wait(job_id)["status"] == "SUCCEEDED"
