"""The same jobs as containers: `--runner docker`."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.local.batch_resources import Batch, new_batch
from tests.local.local_aws_server import IMAGES, SHELL, serving, wait_for
from tests.local.mapped_items import MappedItems
from tests.local.s3_bucket import new_bucket
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


@pytest.fixture
def items_image(batch: Batch) -> str:
    """The definition of jobs in an image with the item runner."""
    try:
        docker("image", "inspect", "airstep/item_runner")
    except subprocess.SubprocessError:  # it needs the internet, for boto3
        build = "docker build -f containers/item_runner/Dockerfile -t airstep/item_runner ."
        pytest.skip(f"no image of the item runner: {build}")
    docker("build", "--tag", "airstep/items:1", str(IMAGES / "items"))
    return batch.define("-items", container={"image": "airstep/items:1"})


def test_the_items_of_a_map_run_in_containers(batch: Batch, items_image: str) -> None:
    items = MappedItems.of(new_bucket(batch.aws), *([{"name": name}] for name in ("a", "b", "nobody")))
    overrides = {
        "command": ["airstep-item", "--", "greet", "{name}"],
        "environment": [{"name": "AIRSTEP_ITEMS", "value": items.environment["AIRSTEP_ITEMS"]}],
    }
    array = batch.submit(jobDefinition=items_image, containerOverrides=overrides, arrayProperties={"size": 3})
    assert batch.wait(array, seconds=60)["status"] == "FAILED"
    assert [batch.describe(f"{array}:{index}")["container"]["exitCode"] for index in range(3)] == [0, 0, 3]
    assert (items.markers("succeeded"), items.markers("failed")) == ([0, 1], [2])


def test_the_item_runner_is_process_1_and_stops_its_command(batch: Batch, items_image: str) -> None:
    items = MappedItems.of(new_bucket(batch.aws), ["x"])
    overrides = {
        "command": ["airstep-item", "--", "sh", "-c", "echo $PPID; exec sleep 600"],
        "environment": [{"name": "AIRSTEP_ITEMS", "value": items.environment["AIRSTEP_ITEMS"]}],
    }
    job_id = batch.submit(jobDefinition=items_image, containerOverrides=overrides)
    job = batch.wait(job_id, "RUNNING")
    wait_for(lambda: batch.log(job) == ["1"], what="the command's first line")
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    assert batch.wait(job_id)["container"]["exitCode"] == 143
    assert items.marker("failed")["reason"].startswith("The item was stopped: SIGTERM came")


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
