"""AWS that fails its clients, as it is told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import REGION, LocalAws
from tests.local.s3_bucket import Bucket

Faults = Callable[..., list[dict[str, Any]]]

THROTTLED = {"status": 429, "code": "TooManyRequestsException", "message": "Too <many> requests"}
BROKEN = {"status": 500, "code": "ServerException"}


@pytest.fixture
def faults(local_aws: LocalAws) -> Iterator[Faults]:
    """Replaces the list when given faults, shows it when not."""
    url = f"{local_aws.endpoint}/local-aws/faults"

    def call(*rules: Any) -> list[dict[str, Any]]:
        with urlopen(Request(url, data=json.dumps({"faults": rules}).encode()) if rules else url) as answer:
            listed: list[dict[str, Any]] = json.load(answer)["faults"]
        return listed

    yield call
    urlopen(Request(url, data=b'{"faults": []}')).close()


def fault(operation: str, service: str = "batch", **more: Any) -> dict[str, Any]:
    return {"service": service, "operation": operation, **more}


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def jobs_named(batch: Batch, name: str) -> int:
    listed = batch.client.list_jobs(jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": [name]}])
    return len(listed["jobSummaryList"])


def fails(call: Callable[[], Any]) -> bool:
    try:
        call()
    except (ClientError, ConnectionClosedError):
        return True
    return False


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("batch", "DescribeJobs", lambda client: client.describe_jobs(jobs=["any"])),
        ("stepfunctions", "ListStateMachines", lambda client: client.list_state_machines()),
        ("s3", "GET", lambda client: client.get_object(Bucket="any", Key="any")),
        ("iam", "*", lambda client: client.list_roles()),
        ("ec2", "*", lambda client: client.describe_vpcs()),
        ("logs", "DescribeLogGroups", lambda client: client.describe_log_groups()),
        ("lambda", "functions", lambda client: client.list_functions()),
        ("sqs", "ListQueues", lambda client: client.list_queues()),
    ],
)
def test_an_error_has_the_form_of_the_services_protocol(
    local_aws: LocalAws, faults: Faults, service: str, operation: str, call: Callable[[Any], Any]
) -> None:
    signed_for = {"stepfunctions": "states"}.get(service, service)
    faults(fault(operation, signed_for, error=THROTTLED))

    answer = refusal(lambda: call(local_aws.client(service)))

    assert answer == (429, "TooManyRequestsException", "Too <many> requests")


def test_a_head_request_gets_the_status_alone(bucket: Bucket, local_aws: LocalAws, faults: Faults) -> None:
    faults(fault("HEAD", "s3", error={"status": 503, "code": "SlowDown"}))

    assert refusal(lambda: local_aws.client("s3").head_bucket(Bucket=bucket.name))[:2] == (503, "503")


def test_an_error_comes_before_the_effect(batch: Batch, faults: Faults) -> None:
    faults(fault("submitjob", error=BROKEN))

    assert refusal(lambda: batch.submit("true", jobName="never"))[:2] == (500, "ServerException")
    assert jobs_named(batch, "never") == 0


def test_an_error_may_come_after_the_effect(batch: Batch, faults: Faults) -> None:
    faults(fault("submitjob", error=BROKEN, after_effect=True))

    assert refusal(lambda: batch.submit("true", jobName="once"))[:2] == (500, "ServerException")
    assert jobs_named(batch, "once") == 1


def test_a_dropped_connection_is_one_to_the_client_and_nothing_has_happened(batch: Batch, faults: Faults) -> None:
    faults(fault("SubmitJob", drop=True))

    with pytest.raises(ConnectionClosedError):
        batch.submit("true", jobName="never")
    assert jobs_named(batch, "never") == 0


def test_a_lost_answer_is_a_dropped_connection_after_the_effect(batch: Batch, faults: Faults) -> None:
    faults(fault("SubmitJob", drop=True, after_effect=True))

    with pytest.raises(ConnectionClosedError):
        batch.submit("true", jobName="once")
    assert jobs_named(batch, "once") == 1


def test_a_drop_is_seen_at_once_and_the_next_call_has_a_connection_again(batch: Batch, faults: Faults) -> None:
    faults(fault("*", drop=True, times=1))

    began = time.monotonic()
    with pytest.raises(ConnectionClosedError):
        batch.submit("true", parameters={"padding": "x" * 20_000})

    assert time.monotonic() - began < 2
    assert batch.wait(batch.submit("true"))["status"] == "SUCCEEDED"


def test_the_sdks_own_retries_outlast_faults(local_aws: LocalAws, faults: Faults) -> None:
    faults(
        fault("DescribeJobs", error=BROKEN, times=1),
        fault("DescribeJobs", error=THROTTLED, times=1),
        fault("DescribeJobs", drop=True, times=1),
    )
    retries: Any = {"total_max_attempts": 4, "mode": "standard"}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client: Any = boto3.client(
        "batch", endpoint_url=local_aws.endpoint, region_name=REGION, config=Config(retries=retries), **keys
    )

    assert client.describe_jobs(jobs=["unknown"])["ResponseMetadata"]["RetryAttempts"] == 3


def test_latency_comes_before_the_effect_and_adds_up(batch: Batch, faults: Faults) -> None:
    faults(fault("SubmitJob", latency=0.3), fault("*", latency=0.3), fault("SubmitJob", error=BROKEN))

    began = time.monotonic()
    assert refusal(lambda: batch.submit("true"))[0] == 500

    assert time.monotonic() - began >= 0.6


def test_a_late_answer_has_had_its_effect_meanwhile(batch: Batch, faults: Faults) -> None:
    faults(fault("SubmitJob", latency=0.5, after_effect=True))

    began = time.monotonic()
    job = batch.describe(batch.submit("true"))

    assert time.monotonic() - began >= 0.5
    assert job["createdAt"] / 1000 < time.time() - 0.4


def test_an_object_comes_whole_though_late(bucket: Bucket, local_aws: LocalAws, faults: Faults) -> None:
    s3 = local_aws.client("s3")
    s3.put_object(Bucket=bucket.name, Key="large", Body=b"x" * 1_000_000)
    faults(fault("GET", "s3", latency=0, after_effect=True))

    assert s3.get_object(Bucket=bucket.name, Key="large")["Body"].read() == b"x" * 1_000_000


def test_a_large_request_is_refused_without_being_read(bucket: Bucket, local_aws: LocalAws, faults: Faults) -> None:
    faults(fault("PUT", "s3", error={"status": 503, "code": "SlowDown"}))

    def put() -> Any:
        return local_aws.client("s3").put_object(Bucket=bucket.name, Key="large", Body=b"x" * 5_000_000)

    assert refusal(put)[:2] == (503, "SlowDown")


def test_only_the_named_operation_of_the_named_service_fails(batch: Batch, local_aws: LocalAws, faults: Faults) -> None:
    faults(fault("describejobs", error=BROKEN))

    assert batch.client.describe_job_queues()["jobQueues"]
    assert local_aws.client("s3").list_buckets()
    assert fails(lambda: batch.client.describe_jobs(jobs=["any"]))


def test_star_is_every_service_but_never_the_switch_itself(batch: Batch, local_aws: LocalAws, faults: Faults) -> None:
    faults(fault("*", "*", drop=True))

    assert fails(lambda: batch.client.describe_jobs(jobs=["any"]))
    assert fails(lambda: local_aws.client("sts").get_caller_identity())
    assert faults() == [fault("*", "*", drop=True, matched=2, fired=2)]


def test_rate_is_the_share_of_the_calls_and_the_seed_chooses_the_same_ones(batch: Batch, faults: Faults) -> None:
    def pattern(seed: int) -> list[bool]:
        faults(fault("DescribeJobs", error=BROKEN, rate=0.3, seed=seed))
        return [fails(lambda: batch.client.describe_jobs(jobs=["any"])) for _ in range(50)]

    first = pattern(1)

    assert faults() == [
        fault("DescribeJobs", error=BROKEN, rate=0.3, seed=1, matched=50, fired=first.count(True)),
    ]
    assert 5 <= first.count(True) <= 25
    assert pattern(1) == first
    assert pattern(2) != first


def test_times_is_how_many_calls_fail(batch: Batch, faults: Faults) -> None:
    faults(fault("DescribeJobs", error=BROKEN, times=2))

    seen = [fails(lambda: batch.client.describe_jobs(jobs=["any"])) for _ in range(4)]

    assert seen == [True, True, False, False]
    assert faults()[0]["fired"] == 2


def test_seconds_is_how_long_calls_fail(batch: Batch, faults: Faults) -> None:
    began = time.monotonic()
    faults(fault("DescribeJobs", error=BROKEN, seconds=1))

    assert fails(lambda: batch.client.describe_jobs(jobs=["any"]))
    while fails(lambda: batch.client.describe_jobs(jobs=["any"])):
        assert time.monotonic() - began < 10
    assert time.monotonic() - began >= 1


def test_a_rule_that_never_fires_changes_nothing(batch: Batch, faults: Faults) -> None:
    faults(fault("*", drop=True, times=0), fault("*", error=BROKEN, rate=0), fault("*", latency=9, seconds=0))

    assert batch.wait(batch.submit("true"))["status"] == "SUCCEEDED"


GOOD = {"service": "batch", "operation": "SubmitJob"}


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("drop", 'each of faults must be an object, not "drop"'),
        ({"operation": "*", "drop": True}, 'a fault needs a text as its service ("*" for any), not null'),
        ({"service": "batch", "operation": "", "drop": True}, 'a fault needs a text as its operation ("*" for any)'),
        (GOOD, "a fault is one of error, drop, latency, not none of them"),
        ({**GOOD, "drop": True, "latency": 1}, "a fault is one of error, drop, latency, not drop and latency"),
        ({**GOOD, "drop": False}, "drop can only be true"),
        ({**GOOD, "drop": 1}, "drop must be true or false, not 1"),
        ({**GOOD, "drop": True, "after": True}, "a fault can't have after; it may have after_effect, drop,"),
        ({**GOOD, "drop": True, "after_effect": "yes"}, 'after_effect must be true or false, not "yes"'),
        ({**GOOD, "drop": True, "rate": 30}, "rate must be from 0 to 1, not 30"),
        ({**GOOD, "drop": True, "rate": "0.3"}, 'rate must be a number from 0 on, not "0.3"'),
        ({**GOOD, "drop": True, "seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({**GOOD, "drop": True, "times": -1}, "times must be a number of calls, or null for all, not -1"),
        ({**GOOD, "drop": True, "seconds": -1}, "seconds must be a number from 0 on, not -1"),
        ({**GOOD, "latency": True}, "latency must be a number from 0 on, not true"),
        ({**GOOD, "latency": float("inf")}, "latency must be a number from 0 on, not Infinity"),
        ({**GOOD, "error": {"status": 500}}, "error must be an object with a status and a text as its code"),
        ({**GOOD, "error": {"status": 200, "code": "OK"}}, "error.status must be an HTTP status from 400 to 599"),
        ({**GOOD, "error": {**BROKEN, "text": ""}}, "error can't have text; it may have code, message, status"),
        ({**GOOD, "error": {**BROKEN, "message": 1}}, "error.message must be a text, not 1"),
    ],
)
def test_a_fault_that_is_not_understood_is_refused_and_the_list_stays(
    faults: Faults, rule: Any, complaint: str
) -> None:
    kept = fault("SubmitJob", latency=0, times=0)
    faults(kept)

    with pytest.raises(HTTPError) as refused:
        faults(rule)

    message = json.loads(refused.value.read())["message"]
    assert (refused.value.code, message.startswith(f"/local-aws/faults: {complaint}")) == (400, True), message
    assert faults() == [{**kept, "matched": 0, "fired": 0}]


def test_another_method_than_get_or_post_is_refused(local_aws: LocalAws) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{local_aws.endpoint}/local-aws/faults", method="DELETE"))

    assert refused.value.code == 405
