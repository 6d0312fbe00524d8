"""SubmitJob as the hook calls it: throttling, lost answers, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from airstep.errors import SubmissionFailed, SubmissionRejected
from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import BatchHook

REQUEST = {"jobName": "encode-0123456789ab", "jobQueue": "q", "jobDefinition": "d"}
Step = Callable[["FakeClient"], str]


class FakeClient:
    """A Batch client that plays a script: one step a SubmitJob call."""

    def __init__(self, *script: Step) -> None:
        self.script = list(script)
        self.names: list[str] = []

    def submit_job(self, **request: Any) -> dict[str, str]:
        return {"jobId": self.script.pop(0)(self)}

    def get_paginator(self, operation: str) -> "FakeClient":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        return [{"jobSummaryList": [{"jobName": name, "jobId": f"id of {name}"} for name in self.names]}]

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {
            "jobs": [
                {"jobId": job, "jobName": job.removeprefix("id of "), "jobQueue": "q", "status": "RUNNABLE"}
                for job in jobs
            ]
        }


class FakeClients:
    def __init__(self, client: FakeClient) -> None:
        self._client = client
        self.one_try: list[bool] = []

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> FakeClient:
        self.one_try.append(one_try)
        return self._client

    def fresh(self) -> "FakeClients":
        return self

    def forget(self) -> None:
        pass


def answers(job_id: str) -> Step:
    return lambda client: job_id


def fails(error: Exception, *, submitted: bool = False) -> Step:
    def step(client: FakeClient) -> str:
        client.names += [REQUEST["jobName"]] if submitted else []
        raise error

    return step


def aws_says(code: str, status: int, words: str = "words") -> ClientError:
    answer = {"Error": {"Code": code, "Message": words}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SubmitJob")


def hook_of(client: FakeClient, pauses: list[float]) -> BatchHook:
    return BatchHook(AwsConnection(), clients=FakeClients(client), pause=pauses.append)


def test_the_sdk_does_not_retry_submit_job() -> None:
    clients = FakeClients(FakeClient(answers("id-1")))
    assert BatchHook(AwsConnection(), clients=clients).submit(REQUEST) == "id-1"
    assert clients.one_try == [True]


@pytest.mark.parametrize(("code", "status"), [("TooManyRequestsException", 429), ("ClientException", 429)])
def test_throttling_is_waited_out_with_growing_pauses(code: str, status: int) -> None:
    pauses: list[float] = []
    client = FakeClient(*[fails(aws_says(code, status))] * 9, answers("id-1"))
    assert hook_of(client, pauses).submit(REQUEST) == "id-1"
    assert len(pauses) == 9
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 30


LOST = [
    ReadTimeoutError(endpoint_url="https://batch"),
    EndpointConnectionError(endpoint_url="https://batch"),
    aws_says("ServerException", 500),
    aws_says("InternalFailure", 503),
]


@pytest.mark.parametrize("error", LOST)
def test_after_a_lost_answer_the_job_that_exists_is_taken(error: Exception) -> None:
    client = FakeClient(fails(error, submitted=True))
    assert hook_of(client, []).submit(REQUEST) == "id of encode-0123456789ab"


@pytest.mark.parametrize("error", LOST)
def test_after_a_lost_answer_without_a_job_it_is_submitted_again(error: Exception) -> None:
    client = FakeClient(fails(error), answers("id-2"))
    assert hook_of(client, []).submit(REQUEST) == "id-2"


def test_a_job_of_another_name_in_other_letters_is_not_taken() -> None:
    client = FakeClient(fails(LOST[0]), answers("id-2"))
    client.names = [REQUEST["jobName"].upper()]
    assert hook_of(client, []).submit(REQUEST) == "id-2"


def test_an_aws_that_can_not_be_reached_fails_the_try_in_the_end() -> None:
    client = FakeClient(*[fails(LOST[1])] * 6)
    with pytest.raises(SubmissionFailed, match="failed 6 times"):
        hook_of(client, []).submit(REQUEST)


@pytest.mark.parametrize("code", ["ClientException", "AccessDeniedException"])
def test_a_refusal_is_final_and_holds_the_words_of_aws(code: str) -> None:
    client = FakeClient(fails(aws_says(code, 400, "JobQueue q is not there")))
    with pytest.raises(SubmissionRejected, match="JobQueue q is not there") as caught:
        hook_of(client, []).submit(REQUEST)
    assert not caught.value.retry


def test_expired_credentials_are_worth_a_retry() -> None:
    client = FakeClient(fails(aws_says("ExpiredTokenException", 403)))
    with pytest.raises(SubmissionFailed) as caught:
        hook_of(client, []).submit(REQUEST)
    assert caught.value.retry
