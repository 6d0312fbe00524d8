"""`airstep reap` finds what is left of a run on AWS, and ends it, without Airflow's database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from airstep.job_names import unique_name
from tests.local.conftest import Batch, wait_for

DAG, RUN = "films", "manual__2026-11-02T10:00:00+00:00"
REASON = f"Left of run {RUN} of DAG {DAG}, ended by airstep reap"


def name(task_id: str, *, run_id: str = RUN) -> str:
    return unique_name(task_id, DAG, run_id, task_id, -1, 1)


def reap(batch: Batch, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **batch.aws.environment, "AIRFLOW_HOME": str(folder / "no-airflow")}
    command = [sys.executable, "-m", "airstep", "reap", "--dag-id", DAG, "--run-id", RUN, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def left(batch: Batch) -> dict[str, str]:
    """Jobs by task: one that runs, one that waits for it, an array that waits for room; and one of another run."""
    running = batch.submit("sleep 600", jobName=name("running"))
    batch.wait(running, "RUNNING")
    return {
        "running": running,
        "waiting": batch.submit("true", jobName=name("waiting"), dependsOn=[{"jobId": running}]),
        "array": batch.submit("sleep 600", jobName=name("array"), arrayProperties={"size": 3}),
        "other": batch.submit("sleep 600", jobName=name("other", run_id="another")),
    }


def test_a_dry_run_shows_what_is_left_and_ends_nothing(batch: Batch, left: dict[str, str], tmp_path: Path) -> None:
    done = reap(batch, tmp_path)
    assert done.returncode == 1, done.stderr
    shown = [line for line in done.stdout.splitlines() if batch.queue in line]
    assert [task for line in shown for task, job in left.items() if job in line] == ["running", "waiting", "array"]
    assert all(name(task) in done.stdout for task in ("running", "waiting", "array"))
    assert f"Left of run {RUN} of DAG {DAG}: 3. With --terminate they would be ended by TerminateJobs" in done.stdout
    assert batch.status(left["running"]) == "RUNNING"


def test_told_to_terminate_it_ends_the_jobs_of_the_run_alone(
    batch: Batch, left: dict[str, str], tmp_path: Path
) -> None:
    done = reap(batch, tmp_path, "--terminate", "--job-queue", batch.queue)
    assert done.returncode == 0, done.stderr
    assert f"Ended of run {RUN} of DAG {DAG}: 3 of 3." in done.stdout
    ended = {task: batch.wait(left[task]) for task in ("running", "waiting", "array")}
    assert {job["status"] for job in ended.values()} == {"FAILED"}
    assert {ended[task]["statusReason"] for task in ("running", "waiting")} == {REASON}
    wait_for(lambda: batch.status(left["other"]) == "RUNNING")
    assert (again := reap(batch, tmp_path)).returncode == 0
    assert again.stdout.startswith(
        f"Nothing is left of run {RUN} of DAG {DAG}: no job of it is waiting or running in any"
    )


def test_what_aws_refuses_is_told_in_a_line(batch: Batch, tmp_path: Path) -> None:
    done = reap(batch, tmp_path, "--job-queue", "nobody-made-this")
    assert (done.returncode, done.stdout) == (3, "")
    assert "AWS can't be asked about the run's jobs: " in done.stderr
    assert "nobody-made-this does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_airflow_connection_says_how_to_reach_aws(
    batch: Batch, left: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "aws://?region_name=us-east-1")
    monkeypatch.setenv("AIRFLOW__CORE__UNIT_TEST_MODE", "False")
    done = reap(batch, tmp_path, "--aws-conn-id", "other")
    assert done.returncode == 1, done.stderr
    assert left["running"] in done.stdout
    unknown = reap(batch, tmp_path, "--aws-conn-id", "nobody-defined-this")
    assert unknown.returncode == 2, unknown.stderr
    assert "Airflow knows no connection" in unknown.stderr
