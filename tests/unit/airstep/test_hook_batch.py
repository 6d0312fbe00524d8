"""AWS Batch as the hook calls it: throttling, lost answers, outages, refusals."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from airstep.errors import SubmissionFailed, SubmissionRejected
from airstep.hooks.aws import AwsConnection, ProviderClients
from airstep.hooks.batch import BatchHook
from airstep.hooks.patience import HURRIED, ONCE, PATIENT, Patience
from airstep.limiter import Limiter

REQUEST = {"jobName": "encode-01234567-0123456789ab", "jobQueue": "q", "jobDefinition": "d"}
Step = Callable[["FakeClient"], Any]


class FakeClient:
    """A Batch client that plays a script: a step a SubmitJob or TerminateJobs call, the last one for ever.

    `troubles` are what the next calls of other operations raise.
    """

    def __init__(self, *script: Step, troubles: Sequence[Exception] = ()) -> None:
        self.script = list(script)
        self.troubles = list(troubles)
        self.calls: list[str] = []
        self.names: list[str] = []
        self.terminated: list[list[str]] = []

    def submit_job(self, **request: Any) -> dict[str, str]:
        return {"jobId": self._step("submit_job")}

    def terminate_jobs(self, *, jobs: list[str], reason: str) -> dict[str, Any]:
        self.terminated.append(jobs)
        return {"successful": [], "errors": self._step("terminate_jobs")}

    def terminate_job(self, *, jobId: str, reason: str) -> dict[str, Any]:  # noqa: N803  # boto3's name
        self._trouble("terminate_job")
        self.terminated.append([jobId])
        return {}

    def list_jobs(self, *, nextToken: str = "", **request: Any) -> dict[str, Any]:  # noqa: N803  # boto3's name
        self._trouble("list_jobs")
        number = int(nextToken or 0)
        listed = [{"jobName": name, "jobId": f"id of {name}"} for name in self.names[number : number + 1]]
        more = {"nextToken": str(number + 1)} if number + 1 < len(self.names) else {}
        return {"jobSummaryList": listed, **more}

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        self._trouble("describe_jobs")
        return {
            "jobs": [
                {"jobId": job, "jobName": job.removeprefix("id of "), "jobQueue": "q", "status": "RUNNABLE"}
                for job in jobs
            ]
        }

    def _step(self, operation: str) -> Any:
        self.calls.append(operation)
        return (self.script.pop(0) if len(self.script) > 1 else self.script[0])(self)

    def _trouble(self, operation: str) -> None:
        self.calls.append(operation)
        if self.troubles:
            raise self.troubles.pop(0)


class OlderClient(FakeClient):
    """One of a boto3 that has no TerminateJobs."""

    terminate_jobs = property()  # type: ignore[assignment]  # reading it raises AttributeError


class FakeClients:
    def __init__(self, client: FakeClient) -> None:
        self._client = client
        self.one_try: list[bool] = []

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> FakeClient:
        self.one_try.append(one_try)
        return self._client

    def prepare(self) -> None:
        pass

    def fresh(self) -> "FakeClients":
        return self

    def forget(self) -> None:
        pass


class Clock:
    """Seconds that only pauses let pass."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


def answers(answer: Any) -> Step:
    return lambda client: answer


def fails(error: Exception, *, submitted: bool = False) -> Step:
    def step(client: FakeClient) -> str:
        client.names += [REQUEST["jobName"]] if submitted else []
        raise error

    return step


def aws_says(code: str, status: int, words: str = "words") -> ClientError:
    answer = {"Error": {"Code": code, "Message": words}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SubmitJob")


def hook_of(
    client: FakeClient, clock: Clock | None = None, *, patience: Patience = PATIENT, limiter: Limiter | None = None
) -> BatchHook:
    clock = clock or Clock()
    limiter = limiter or Limiter(most=10**6)
    given: dict[str, Any] = {"patience": patience, "limiter": limiter, "clock": clock, "pause": clock.pause}
    return BatchHook(AwsConnection(), clients=FakeClients(client), **given)


THROTTLED = aws_says("TooManyRequestsException", 429)


def test_the_sdk_retries_no_call_of_batch() -> None:
    clients = FakeClients(FakeClient(answers("id-1")))
    hook = BatchHook(AwsConnection(), clients=clients)
    hook.submit(REQUEST)
    hook.describe(["a"])
    assert clients.one_try == [True, True]


@pytest.mark.parametrize(("code", "status"), [("TooManyRequestsException", 429), ("ClientException", 429)])
def test_throttling_is_waited_out_with_growing_pauses(code: str, status: int) -> None:
    clock = Clock()
    client = FakeClient(*[fails(aws_says(code, status))] * 999, answers("id-1"))
    assert hook_of(client, clock).submit(REQUEST) == "id-1"
    assert len(clock.pauses) == 999
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] <= 30


LOST = [
    ReadTimeoutError(endpoint_url="https://batch"),
    EndpointConnectionError(endpoint_url="https://batch"),
    aws_says("ServerException", 500),
    aws_says("InternalFailure", 503),
]


@pytest.mark.parametrize("error", LOST)
def test_after_a_lost_answer_the_job_that_exists_is_taken(error: Exception) -> None:
    client = FakeClient(fails(error, submitted=True))
    assert hook_of(client).submit(REQUEST) == "id of encode-01234567-0123456789ab"


@pytest.mark.parametrize("error", LOST)
def test_after_a_lost_answer_without_a_job_it_is_submitted_again(error: Exception) -> None:
    client = FakeClient(fails(error), answers("id-2"))
    assert hook_of(client).submit(REQUEST) == "id-2"


def test_a_job_of_another_name_in_other_letters_is_not_taken() -> None:
    client = FakeClient(fails(LOST[0]), answers("id-2"))
    client.names = [REQUEST["jobName"].upper()]
    assert hook_of(client).submit(REQUEST) == "id-2"


def test_after_a_lost_answer_it_is_not_submitted_again_before_the_job_was_looked_for() -> None:
    client = FakeClient(fails(LOST[0], submitted=True), troubles=[LOST[1], THROTTLED])
    assert hook_of(client).submit(REQUEST) == "id of encode-01234567-0123456789ab"
    assert client.calls == ["submit_job", "list_jobs", "list_jobs", "list_jobs"]


def test_a_job_that_can_not_be_looked_for_is_not_submitted_again_but_worth_a_retry() -> None:
    client = FakeClient(fails(LOST[0]), troubles=[aws_says("AccessDeniedException", 403)])
    with pytest.raises(SubmissionFailed, match=r"whether the job is in q can't be seen: .*AccessDenied") as caught:
        hook_of(client).submit(REQUEST)
    assert caught.value.retry
    assert client.calls == ["submit_job", "list_jobs"]


@pytest.mark.parametrize("error", LOST)
def test_an_aws_that_can_not_be_reached_fails_the_try_after_fifteen_minutes(error: Exception) -> None:
    clock = Clock()
    with pytest.raises(SubmissionFailed, match="can't be carried out"):
        hook_of(FakeClient(fails(error)), clock).submit(REQUEST)
    assert clock.now == 900


def test_an_outage_counts_from_the_last_time_that_aws_answered() -> None:
    clock = Clock()
    troubles = [*[LOST[1]] * 30, THROTTLED, *[LOST[1]] * 30]
    assert hook_of(FakeClient(troubles=troubles), clock).describe(["a"])["a"].job_id == "a"
    assert clock.now > 900


@pytest.mark.parametrize("trouble", [THROTTLED, *LOST])
def test_no_call_gives_up_for_trouble_that_passes(trouble: Exception) -> None:
    hook = hook_of(client := FakeClient(troubles=[trouble] * 9))
    assert list(hook.describe(["a"])) == ["a"]
    client.names, client.troubles = ["b"], [trouble] * 9
    assert hook.find("b", "q") is not None
    client.troubles = [trouble] * 9
    hook.terminate("c", "why")
    assert client.terminated == [["c"]]


@pytest.mark.parametrize("error", [aws_says("ClientException", 400), NoCredentialsError()])
def test_what_would_end_the_same_again_is_raised_at_once(error: Exception) -> None:
    clock = Clock()
    with pytest.raises(type(error)):
        hook_of(FakeClient(troubles=[error]), clock).describe(["a"])
    assert clock.pauses == []


@pytest.mark.parametrize(("patience", "seconds"), [(HURRIED, 3.0), (ONCE, 0.0)])
@pytest.mark.parametrize("trouble", [THROTTLED, LOST[1]])
def test_who_has_no_time_is_told_soon(patience: Patience, seconds: float, trouble: Exception) -> None:
    clock = Clock()
    hook = hook_of(FakeClient(troubles=[trouble] * 99), clock).with_patience(patience)
    with pytest.raises(type(trouble)):
        hook.describe(["a"])
    assert clock.now == seconds


def test_an_execution_timeout_ends_a_patient_wait() -> None:
    class Timeout(BaseException):
        pass

    def alarm(seconds: float) -> None:
        raise Timeout

    hook = BatchHook(AwsConnection(), clients=FakeClients(FakeClient(fails(LOST[1]))), pause=alarm, limiter=Limiter())
    with pytest.raises(Timeout):
        hook.submit(REQUEST)


def test_the_log_has_a_line_for_a_spell_of_trouble_and_one_for_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "airstep")
    hook_of(FakeClient(troubles=[THROTTLED] * 9)).describe(["a"])
    begin, end = [record.getMessage() for record in caplog.records]
    assert begin.startswith("DescribeJobs: AWS throttles it; it is repeated until it is done (An error occurred")
    assert end == "DescribeJobs: done, after 9 more tries"


@pytest.mark.parametrize("script", [[], [fails(THROTTLED), answers("id-1")]], ids=["describe", "submit"])
def test_the_limiter_hears_of_throttling_by_any_call(script: list[Step]) -> None:
    limiter = Limiter(clock=lambda: 0.0)
    hook = hook_of(client := FakeClient(*script), limiter=limiter)
    limiter.wait = lambda priority: None  # type: ignore[method-assign]  # its clock stands still
    client.troubles = [] if script else [THROTTLED]
    _ = hook.submit(REQUEST) if script else hook.describe(["a"])
    assert limiter.per_second() == 22.5


def test_hooks_of_one_connection_and_region_share_a_limiter() -> None:
    def limiter_of(**connection: Any) -> Limiter:
        return BatchHook(AwsConnection(**connection), clients=FakeClients(FakeClient()))._limiter

    assert limiter_of(region_name="a") is limiter_of(region_name="a", verify=False)
    assert limiter_of(region_name="a") is not limiter_of(region_name="b")
    assert limiter_of(region_name="a") is not limiter_of(region_name="a", aws_conn_id="other")


def refused(job: str, code: str) -> dict[str, str]:
    return {"job": job, "code": code, "message": "words"}


def test_jobs_are_ended_fifty_a_call_in_order_each_once() -> None:
    ids = [f"j{number}" for number in range(120)]
    client = FakeClient(answers([]))
    assert hook_of(client).terminate_all([*ids, "j0"], "why") == {}
    assert client.terminated == [ids[:50], ids[50:100], ids[100:]]


def test_a_job_that_can_not_be_ended_stops_no_other_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    client = FakeClient(answers([refused("b", "AccessDenied")]))
    failed = hook_of(client).terminate_all(["a", "b", "c"], "why")
    assert list(failed) == ["b"]
    assert "Job b could not be terminated: An error occurred (AccessDenied)" in caplog.text
    assert client.terminated == [["a", "b", "c"]]


def test_jobs_whose_end_was_throttled_or_met_an_error_of_aws_are_asked_for_again() -> None:
    first = [refused("a", "ThrottlingException"), refused("b", "ValidationException"), refused("c", "ServerException")]
    client = FakeClient(answers(first), fails(THROTTLED), answers([]))
    assert list(hook_of(client).terminate_all(["a", "b", "c", "d"], "why")) == ["b"]
    assert client.terminated == [["a", "b", "c", "d"], ["a", "c"], ["a", "c"]]


def test_a_refusal_of_fifty_jobs_does_not_stop_the_next_fifty() -> None:
    ids = [f"j{number}" for number in range(60)]
    client = FakeClient(fails(aws_says("ClientException", 400)), answers([]))
    assert list(hook_of(client).terminate_all(ids, "why")) == ids[:50]
    assert client.terminated == [ids[:50], ids[50:]]


def test_after_fifteen_minutes_of_outage_the_rest_is_tried_once() -> None:
    clock, ids = Clock(), [f"j{number}" for number in range(150)]
    client = FakeClient(fails(LOST[1]))
    assert list(hook_of(client, clock).terminate_all(ids, "why")) == ids
    assert clock.now == 900


def test_a_boto3_without_the_operation_for_many_ends_them_one_by_one() -> None:
    client = OlderClient(troubles=[aws_says("ClientException", 400)])
    assert list(hook_of(client).terminate_all(["a", "b", "c"], "why")) == ["a"]
    assert client.terminated == [["b"], ["c"]]


@pytest.mark.parametrize(("code", "status"), [("MissingAuthenticationTokenException", 403), ("501", 501), ("404", 404)])
def test_an_aws_without_the_operation_for_many_ends_them_one_by_one(code: str, status: int) -> None:
    clock, client = Clock(), FakeClient(fails(aws_says(code, status)))
    assert hook_of(client, clock).terminate_all(["a", "b"], "why") == {}
    assert client.terminated[1:] == [["a"], ["b"]]
    assert clock.pauses == []


@pytest.mark.parametrize("code", ["ClientException", "AccessDeniedException"])
def test_a_refusal_is_final_and_holds_the_words_of_aws(code: str) -> None:
    client = FakeClient(fails(aws_says(code, 400, "JobQueue q is not there")))
    with pytest.raises(SubmissionRejected, match="JobQueue q is not there") as caught:
        hook_of(client).submit(REQUEST)
    assert not caught.value.retry


def test_expired_credentials_are_worth_a_retry() -> None:
    client = FakeClient(fails(aws_says("ExpiredTokenException", 403)))
    with pytest.raises(SubmissionFailed) as caught:
        hook_of(client).submit(REQUEST)
    assert caught.value.retry


def test_what_a_signal_handler_needs_is_made_beforehand_and_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    connection = AwsConnection(aws_conn_id=None, region_name="eu-north-1")
    hook = BatchHook(connection, clients=ProviderClients(connection))
    assert hook.fresh().clients is not hook.fresh().clients
    hook.prepare()
    prepared = hook.fresh().clients
    assert prepared is hook.fresh().clients
    assert prepared.client("batch", one_try=True) is not hook.clients.client("batch", one_try=True)
    hook.clients.forget()
    assert hook.fresh().clients is not prepared
