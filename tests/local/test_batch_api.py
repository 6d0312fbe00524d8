"""Batch's API: its limits, its errors, its lists."""

import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.batch_resources import Batch, new_batch
from tests.local.local_aws_server import LocalAws, serving


def refusal(batch: Batch, **request: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        batch.submit("true", **request)
    return dict(caught.value.response)


def test_describe_takes_100_ids(batch: Batch) -> None:
    """API_DescribeJobs: a list of up to 100 job IDs."""
    job_id = batch.submit("true")
    ids = [job_id, *(str(uuid.uuid4()) for _ in range(99))]
    assert [job["jobId"] for job in batch.client.describe_jobs(jobs=ids)["jobs"]] == [job_id]
    with pytest.raises(batch.client.exceptions.ClientException, match="maximum is 100"):
        batch.client.describe_jobs(jobs=[*ids, str(uuid.uuid4())])


def test_a_job_can_depend_on_20_others(batch: Batch) -> None:
    """service_limits: 20 dependencies."""
    ids = [batch.submit("true") for _ in range(21)]
    assert batch.wait(batch.submit("true", dependsOn=[{"jobId": each} for each in ids[:20]]))["status"] == "SUCCEEDED"
    answer = refusal(batch, dependsOn=[{"jobId": each} for each in ids])
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("ClientException", 400)
    assert "maximum of 20" in answer["Error"]["Message"]


def test_a_payload_over_30_kib_is_refused(batch: Batch) -> None:
    """service_limits: the payload of SubmitJob."""
    parameters = {f"p{number}": "x" * 1030 for number in range(30)}
    assert batch.submit("true", parameters={name: value[:900] for name, value in parameters.items()})
    assert "exceeds the maximum of 30720 bytes" in refusal(batch, parameters=parameters)["Error"]["Message"]


def test_overrides_over_8192_characters_are_refused(batch: Batch) -> None:
    """The limit of Amazon ECS's RunTask, API_RunTask overrides."""
    environment = [{"name": "LONG", "value": "x" * 8192}]
    answer = refusal(batch, containerOverrides={"environment": environment})
    assert "Container Overrides length must be at most 8192" in answer["Error"]["Message"]


@pytest.mark.parametrize("name", ["has space", "-dash", "", "x" * 129, "dot.ted"])
def test_a_wrong_job_name_is_refused(batch: Batch, name: str) -> None:
    """API_SubmitJob jobName."""
    assert "valid pattern" in refusal(batch, jobName=name)["Error"]["Message"]


def test_a_job_name_may_have_128_characters(batch: Batch) -> None:
    assert batch.submit("true", jobName="x" * 128)


def test_reserved_variables_are_refused(batch: Batch) -> None:
    """API_ContainerOverrides: variables cannot start with AWS_BATCH."""
    overrides = {"environment": [{"name": "AWS_BATCH_MINE", "value": "1"}]}
    assert "reserved" in refusal(batch, containerOverrides=overrides)["Error"]["Message"]


def test_a_timeout_below_the_minimum_is_refused(batch: Batch) -> None:
    """job_timeouts: at least 60 seconds; the tests' server is told 1."""
    assert "at least 1 seconds" in refusal(batch, timeout={"attemptDurationSeconds": 0})["Error"]["Message"]


def test_an_unknown_queue_is_refused(batch: Batch) -> None:
    assert "JobQueue nowhere does not exist" in refusal(batch, jobQueue="nowhere")["Error"]["Message"]


@pytest.mark.parametrize(
    "definition",
    [
        "nothing",
        "{name}:99",
        "arn:aws:batch:us-east-1:123456789012:job-definition/nothing:1",
        "arn:aws:batch:eu-west-1:123456789012:job-definition/{name}:1",
        "arn:aws:batch:us-east-1:123456789012:job-definition/{name}:99",
    ],
)
def test_a_missing_definition_is_refused(batch: Batch, definition: str) -> None:
    answer = refusal(batch, jobDefinition=definition.format(name=f"{batch.name}-definition"))
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("ClientException", 400)
    assert "does not exist" in answer["Error"]["Message"]


@pytest.mark.parametrize(
    ("identifier", "revision"),
    [
        ("{name}", 2),
        ("{name}:1", 1),
        ("arn:aws:batch:us-east-1:123456789012:job-definition/{name}", 2),
        ("arn:aws:batch:us-east-1:123456789012:job-definition/{name}:1", 1),
    ],
)
def test_a_definition_is_found_by_name_and_arn_with_and_without_revision(
    batch: Batch, identifier: str, revision: int
) -> None:
    """API_SubmitJob jobDefinition: without a revision the latest active one."""
    second, third = batch.define(), batch.define()
    batch.client.deregister_job_definition(jobDefinition=third)
    job = batch.describe(batch.submit("true", jobDefinition=identifier.format(name=f"{batch.name}-definition")))
    assert job["jobDefinition"] == second.removesuffix(":2") + f":{revision}"


def test_a_deregistered_definition_is_refused(batch: Batch) -> None:
    """API_DeregisterJobDefinition."""
    definition = batch.define("-gone")
    batch.client.deregister_job_definition(jobDefinition=definition)
    assert "not in ACTIVE status" in refusal(batch, jobDefinition=definition)["Error"]["Message"]
    assert "not in ACTIVE status" in refusal(batch, jobDefinition=f"{batch.name}-definition-gone")["Error"]["Message"]


def test_a_new_revision_takes_nothing_over_from_the_one_before(batch: Batch) -> None:
    """API_RegisterJobDefinition."""
    batch.define("-twice", parameters={"a": "1"}, retryStrategy={"attempts": 5}, timeout={"attemptDurationSeconds": 60})
    batch.define("-twice")
    answer = batch.client.describe_job_definitions(jobDefinitionName=f"{batch.name}-definition-twice")
    first, second = answer["jobDefinitions"]
    assert (first["retryStrategy"], first["parameters"]) == ({"attempts": 5}, {"a": "1"})
    assert (second["revision"], second["parameters"], "timeout" in second) == (2, {}, False)


def test_what_is_not_a_single_container_job_is_refused_by_name(batch: Batch) -> None:
    answer = refusal(batch, nodeOverrides={"numNodes": 2})
    assert "nodeOverrides isn't supported" in answer["Error"]["Message"]


def test_a_share_identifier_needs_a_queue_with_a_scheduling_policy(batch: Batch) -> None:
    """API_SubmitJob shareIdentifier."""
    assert "has no scheduling policy" in refusal(batch, shareIdentifier="A")["Error"]["Message"]
    arn = batch.client.create_scheduling_policy(name=batch.name, fairsharePolicy={})["arn"]
    order = [{"order": 1, "computeEnvironment": f"{batch.name}-environment"}]
    batch.client.create_job_queue(
        jobQueueName=f"{batch.name}-fair", priority=1, computeEnvironmentOrder=order, schedulingPolicyArn=arn
    )
    assert "must be specified" in refusal(batch, jobQueue=f"{batch.name}-fair")["Error"]["Message"]
    job = batch.wait(batch.submit("true", jobQueue=f"{batch.name}-fair", shareIdentifier="A"))
    assert (job["status"], job["shareIdentifier"]) == ("SUCCEEDED", "A")


@pytest.fixture
def ended(batch: Batch) -> dict[str, str]:
    """Ended jobs by name, submitted in this order."""
    other = batch.define("-other")
    jobs = {
        "alpha-1": batch.submit("true", jobName="alpha-1"),
        "Alpha-2": batch.submit("false", jobName="Alpha-2"),
        "beta": batch.submit("true", jobName="beta", jobDefinition=other),
    }
    for job_id in jobs.values():
        batch.wait(job_id)
    return jobs


def names(batch: Batch, **request: Any) -> list[str]:
    return [job["jobName"] for job in batch.client.list_jobs(jobQueue=batch.queue, **request)["jobSummaryList"]]


def test_jobs_are_listed_by_status_and_running_is_the_default(batch: Batch, ended: dict[str, str]) -> None:
    """API_ListJobs jobStatus."""
    batch.wait(batch.submit("exec sleep 60", jobName="running"), "RUNNING")
    assert names(batch) == ["running"]
    assert names(batch, jobStatus="SUCCEEDED") == ["beta", "alpha-1"]
    assert names(batch, jobStatus="FAILED") == ["Alpha-2"]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("JOB_NAME", ["ALPHA*"], ["Alpha-2", "alpha-1"]),
        ("JOB_NAME", ["alpha-2"], ["Alpha-2"]),
        ("JOB_NAME", ["alpha"], []),
        ("JOB_DEFINITION", ["{definition}"], ["Alpha-2", "alpha-1"]),
        ("JOB_DEFINITION", ["{definition}*"], ["beta", "Alpha-2", "alpha-1"]),
        ("JOB_DEFINITION", ["arn:aws:batch:us-east-1:123456789012:job-definition/{definition}-other:1"], ["beta"]),
        ("BEFORE_CREATED_AT", ["99999999999999"], ["beta", "Alpha-2", "alpha-1"]),
        ("AFTER_CREATED_AT", ["99999999999999"], []),
    ],
)
def test_jobs_are_filtered_whatever_their_status_the_latest_first(
    batch: Batch, ended: dict[str, str], name: str, values: list[str], expected: list[str]
) -> None:
    """API_ListJobs filters."""
    filled = [value.format(definition=f"{batch.name}-definition") for value in values]
    assert names(batch, filters=[{"name": name, "values": filled}], jobStatus="RUNNING") == expected


def test_created_at_filters_compare_with_the_jobs_own_time(batch: Batch, ended: dict[str, str]) -> None:
    created = str(batch.describe(ended["Alpha-2"])["createdAt"])
    before = names(batch, filters=[{"name": "BEFORE_CREATED_AT", "values": [created]}])
    after = names(batch, filters=[{"name": "AFTER_CREATED_AT", "values": [created]}])
    assert ("Alpha-2" in before + after, set(before + after) <= set(ended)) == (False, True)


def test_lists_come_in_pages(batch: Batch, ended: dict[str, str]) -> None:
    """API_ListJobs maxResults, nextToken."""
    filters = [{"name": "JOB_NAME", "values": ["*"]}]
    first = batch.client.list_jobs(jobQueue=batch.queue, filters=filters, maxResults=2)
    second = batch.client.list_jobs(jobQueue=batch.queue, filters=filters, maxResults=2, nextToken=first["nextToken"])
    assert [job["jobName"] for job in first["jobSummaryList"]] == ["beta", "Alpha-2"]
    assert [job["jobName"] for job in second["jobSummaryList"]] == ["alpha-1"]
    assert "nextToken" not in second


def test_a_filtered_page_has_at_most_100_jobs(batch: Batch) -> None:
    """API_ListJobs maxResults: with filters up to 100."""
    for _ in range(101):
        batch.submit("true")
    page = batch.client.list_jobs(
        jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["job"]}], maxResults=1000
    )
    assert (len(page["jobSummaryList"]), "nextToken" in page) == (100, True)


def test_an_array_is_listed_as_one_job_with_its_summary(batch: Batch) -> None:
    array = batch.submit("true", arrayProperties={"size": 3})
    batch.wait(array)
    (job,) = batch.client.list_jobs(jobQueue=batch.queue, jobStatus="SUCCEEDED")["jobSummaryList"]
    assert (job["jobId"], job["arrayProperties"]["statusSummary"]["SUCCEEDED"]) == (array, 3)


@pytest.mark.parametrize(
    ("request_fields", "message"),
    [
        ({}, "exactly one of"),
        ({"jobQueue": "q", "arrayJobId": "a"}, "exactly one of"),
        ({"jobQueue": "nowhere"}, "does not exist"),
        ({"arrayJobId": "nothing"}, "does not exist"),
        ({"multiNodeJobId": "m"}, "isn't supported"),
    ],
)
def test_a_wrong_list_is_refused(local_aws: LocalAws, request_fields: dict[str, str], message: str) -> None:
    client = local_aws.client("batch")
    with pytest.raises(client.exceptions.ClientException, match=message):
        client.list_jobs(**request_fields)


@pytest.mark.parametrize(
    ("request_fields", "message"),
    [
        ({"jobStatus": "DONE"}, "must be one of"),
        ({"filters": [{"name": "COLOR", "values": ["red"]}]}, "must be one of"),
        ({"filters": [{"name": "JOB_NAME", "values": []}]}, "no values"),
        ({"filters": [{"name": "JOB_NAME", "values": ["a"]}] * 2}, "Only one filter"),
        ({"filters": [{"name": "AFTER_CREATED_AT", "values": ["today"]}]}, "milliseconds"),
        ({"nextToken": "%%%"}, "nextToken"),
        ({"maxResults": 0}, "at least 1"),
    ],
)
def test_a_wrong_filter_is_refused(batch: Batch, request_fields: dict[str, Any], message: str) -> None:
    with pytest.raises(batch.client.exceptions.ClientException, match=message):
        batch.client.list_jobs(jobQueue=batch.queue, **request_fields)


def test_jobs_of_another_region_are_not_seen(batch: Batch) -> None:
    job_id = batch.submit("true")
    assert batch.aws.client("batch", region="eu-west-1").describe_jobs(jobs=[job_id])["jobs"] == []


def test_a_rate_limit_answers_429() -> None:
    """service_limits: 50 SubmitJob calls a second; the code is TooManyRequestsException."""
    with serving("--rate-limit", "3") as server:
        client = server.client("batch")
        with pytest.raises(ClientError) as caught:
            [client.describe_job_queues() for _ in range(20)]
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_the_minimum_timeout_is_60_seconds_unless_told() -> None:
    """job_timeouts: attemptDurationSeconds must be at least 60."""
    with serving() as server:
        fresh = new_batch(server)
        assert "at least 60" in refusal(fresh, timeout={"attemptDurationSeconds": 59})["Error"]["Message"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"environment": [{"value": "1"}]}, "a name is required"),
        ({"resourceRequirements": [{"type": "VCPU", "value": "many"}]}, "VCPU must be a number above 0"),
        ({"resourceRequirements": [{"type": "MEMORY", "value": "0"}]}, "MEMORY must be a number above 0"),
        ({"resourceRequirements": [{"type": "COFFEE", "value": "1"}]}, "must be GPU, VCPU or MEMORY; it is COFFEE"),
    ],
)
def test_wrong_overrides_are_refused(batch: Batch, overrides: dict[str, Any], message: str) -> None:
    """API_ContainerOverrides, API_ResourceRequirement."""
    assert message in refusal(batch, containerOverrides=overrides)["Error"]["Message"]


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("submitjob", b'{"jobName": "j"}', "jobQueue"),
        ("submitjob", b"{nope", "isn't JSON"),
        ("describejobs", b'{"jobs": [1]}', "jobs[0]"),
        ("listjobs", b'{"jobQueue": "q", "maxResults": "x"}', "maxResults"),
        ("terminatejob", b'{"jobId": 5, "reason": "r"}', "jobId"),
    ],
)
def test_a_request_that_no_sdk_would_send_is_refused(
    local_aws: LocalAws, operation: str, body: bytes, message: str
) -> None:
    signature = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/batch/aws4_request, Signature=x"
    signed = {"Authorization": signature, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{local_aws.endpoint}/v1/{operation}", data=body, headers=signed)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 400
    assert message in refused.value.read().decode()


def test_what_is_enabled_or_in_use_is_not_deleted(batch: Batch) -> None:
    """API_DeleteJobQueue, API_DeleteComputeEnvironment."""
    environment = f"{batch.name}-environment"
    with pytest.raises(ClientError, match="found existing JobQueue relationship"):
        batch.client.delete_compute_environment(computeEnvironment=environment)
    with pytest.raises(ClientError, match="must be in DISABLED state"):
        batch.client.delete_job_queue(jobQueue=batch.queue)
    batch.client.update_job_queue(jobQueue=batch.queue, state="DISABLED")
    batch.client.delete_job_queue(jobQueue=batch.queue)
    batch.client.update_compute_environment(computeEnvironment=environment, state="DISABLED")
    batch.client.delete_compute_environment(computeEnvironment=environment)
    assert batch.client.describe_compute_environments(computeEnvironments=[environment])["computeEnvironments"] == []
    batch.make_queue(batch.queue, batch.environment("-other"))
