"""The hook on an AWS that throttles, and on a line that fails: everything gets done, nothing twice."""

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airstep.hooks.aws import AwsConnection, SessionClients
from airstep.hooks.batch import BatchHook
from airstep.limiter import MOST, Limiter
from tests.local.batch_resources import Batch, new_batch
from tests.local.local_aws_server import serving, wait_for

JOBS = 15


@pytest.fixture
def throttling(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Batch on an AWS that allows 5 calls a second of each operation, and a hook whose limiter thinks it allows 50."""
    with serving("--rate-limit", "5") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        limiter = Limiter()
        yield new_batch(server), BatchHook(AwsConnection(), clients=SessionClients(), limiter=limiter), limiter


def test_many_threads_submit_find_and_end_jobs_on_an_aws_that_throttles(
    throttling: tuple[Batch, BatchHook, Limiter],
) -> None:
    batch, hook, limiter = throttling
    request = {"jobQueue": batch.queue, "jobDefinition": f"{batch.name}-definition"}
    sleep = {"containerOverrides": {"command": ["sleep", "600"]}}
    names = [f"job{number}-01234567-0123456789ab" for number in range(JOBS)]
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda name: hook.submit({**request, **sleep, "jobName": name}), names))
        found = list(threads.map(lambda name: hook.find(name, batch.queue), names))
    assert [job.job_id for job in found if job] == ids
    assert len(set(ids)) == JOBS
    assert limiter.per_second() < MOST
    assert hook.terminate_all(ids, "the test is over") == {}
    wait_for(lambda: {job.status for job in hook.describe(ids).values()} == {"FAILED"}, seconds=60)


class Line:
    """A line to AWS that fails for so many requests: before it carries them on, or before it brings the answer back."""

    def __init__(self, endpoint: str) -> None:
        self.down, self.deaf = 0, 0
        self._endpoint = endpoint.removeprefix("http://")
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # http.server's name
                line._carry(self)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def _carry(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if self.down:
            self.down -= 1
            handler.close_connection = True
            return
        upstream = http.client.HTTPConnection(self._endpoint)
        upstream.request("POST", handler.path, body, dict(handler.headers))
        answer = upstream.getresponse()
        text = answer.read()
        if self.deaf:
            self.deaf -= 1
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name in ("Content-Type", "x-amzn-errortype"):
            if value := answer.headers.get(name):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)


@pytest.fixture
def line(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A line to the local AWS, which the next hook uses."""
    made = Line(batch.aws.endpoint)
    for name, value in {**batch.aws.environment, "AWS_ENDPOINT_URL": made.endpoint}.items():
        monkeypatch.setenv(name, value)
    serving = threading.Thread(target=made.server.serve_forever)
    serving.start()
    yield made
    made.server.shutdown()
    serving.join()
    made.server.server_close()


@pytest.mark.parametrize(("down", "deaf"), [(3, 0), (0, 1), (1, 2)], ids=["no way there", "no way back", "neither"])
def test_a_line_that_fails_leaves_one_job_of_a_submission(batch: Batch, line: Line, down: int, deaf: int) -> None:
    line.down, line.deaf = down, deaf
    hook = BatchHook(AwsConnection(), clients=SessionClients())
    name = "job-01234567-0123456789ab"
    request = {"jobName": name, "jobQueue": batch.queue, "jobDefinition": f"{batch.name}-definition"}
    job_id = hook.submit(request)
    filters = [{"name": "JOB_NAME", "values": [name]}]
    listed = batch.client.list_jobs(jobQueue=batch.queue, filters=filters)["jobSummaryList"]
    assert [job["jobId"] for job in listed] == [job_id]
    assert (line.down, line.deaf) == (0, 0)


def test_a_line_that_fails_for_a_while_fails_no_other_call(batch: Batch, line: Line) -> None:
    hook = BatchHook(AwsConnection(), clients=SessionClients())
    job_id = batch.submit("sleep 600")
    line.down = 2
    assert list(hook.describe([job_id])) == [job_id]
    line.down, line.deaf = 1, 1
    assert hook.terminate_all([job_id], "the test is over") == {}
    assert batch.wait(job_id)["statusReason"] == "the test is over"
