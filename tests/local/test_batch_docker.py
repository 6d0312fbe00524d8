"""The same jobs as containers: `--runner docker`."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.local.batch_resources import Batch, new_batch
from tests.local.local_aws_server import IMAGES, SHELL, serving, wait_for
from tests.local.test_server import run

pytestmark = [pytest.mark.docker, pytest.mark.slow]


def docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=300, check=True)


@pytest.fixture(scope="module")
def engine() -> None:
    try:
        docker("version")
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no Docker engine answers: start one to run these")
    docker("build", "--tag", SHELL, str(IMAGES / "shell"))


@pytest.fixture(scope="module")
def batch(engine: None) -> Iterator[Batch]:
    with serving("--runner", "docker", "--minimum-timeout", "1", "--stop-timeout", "2") as server:
        yield new_batch(server)


def test_a_job_runs_in_its_image_with_its_variables_and_reaches_aws(batch: Batch) -> None:
    script = (
        "cat /etc/debian_version > /dev/null; echo $SHELL_IMAGE $AWS_BATCH_JOB_ATTEMPT; hostname -I > /dev/null; exit 4"
    )
    job = batch.wait(batch.submit(script))
    assert (batch.log(job), job["container"]["exitCode"]) == (["yes 1"], 4)
    port = batch.aws.endpoint.rpartition(":")[2]
    reach = f"exec 3<>/dev/tcp/127.0.0.1/{port}"
    assert batch.wait(batch.submit(containerOverrides={"command": ["bash", "-c", reach]}))["status"] == "SUCCEEDED"


def test_children_of_an_array_are_containers_each(batch: Batch) -> None:
    array = batch.submit("echo $AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 3})
    assert batch.wait(array, seconds=60)["status"] == "SUCCEEDED"
    assert [batch.log(batch.describe(f"{array}:{index}")) for index in range(3)] == [["0"], ["1"], ["2"]]


def test_a_terminated_container_is_gone(batch: Batch) -> None:
    job_id = batch.submit("echo ready; exec sleep 600")
    job = batch.wait(job_id, "RUNNING")
    wait_for(lambda: batch.log(job), what="the container's first line")
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    job = batch.wait(job_id)
    # The program is process 1 there, which ignores SIGTERM unless it handles it: SIGKILL ends it.
    assert (job["statusReason"], job["container"]["exitCode"]) == ("not wanted", 137)
    wait_for(lambda: not docker("ps", "--quiet", "--filter", f"name={job_id}").stdout, what="the container's removal")


def test_an_unknown_image_can_not_be_pulled(batch: Batch) -> None:
    definition = batch.define("-unknown", container={"image": "127.0.0.1:1/airstep/nowhere"})
    job = batch.wait(batch.submit("true", jobDefinition=definition), seconds=60)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Task failed to start")
    assert job["container"]["reason"].startswith("CannotPullContainerError: ")


def test_a_missing_program_can_not_start(batch: Batch) -> None:
    job = batch.wait(batch.submit(containerOverrides={"command": ["no-such-program"]}))
    assert job["container"]["reason"].startswith("CannotStartContainerError: ")
    assert "no-such-program" in job["container"]["reason"]


def test_the_containers_of_a_killed_server_do_not_live_on(engine: None) -> None:
    with serving("--runner", "docker") as server:
        own = new_batch(server)
        job_id = own.submit("echo ready; exec sleep 600")
        job = own.wait(job_id, "RUNNING")
        wait_for(lambda: own.log(job), what="the container's first line")
        server.process.kill()
        wait_for(lambda: not docker("ps", "-q", "--filter", f"name={job_id}").stdout, what="the container's removal")


def test_without_an_engine_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DOCKER_HOST", "unix:///no/such.sock")
    ended = run("--runner", "docker", "--images", str(IMAGES))
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1)
    assert ended.stderr.startswith("--runner docker: ")
