"""What is left of a run is found by its jobs' names, in all queues and statuses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from airstep.__main__ import _duration, app
from airstep.job_names import unique_name
from airstep.reap import Run, leftovers, reap

RUN = Run(dag_id="d", run_id="r")
FIRST, SECOND = (unique_name("encode", "d", "r", "t", index, 1) for index in range(2))
OTHERS = unique_name("encode", "d", "another", "t", -1, 1)


class FakeHook:
    """Batch with queues of jobs, each a name and a status; the jobs' ids count from j0, the first is the oldest."""

    def __init__(self, **jobs: list[tuple[str, str]]) -> None:
        self.terminated: list[tuple[str, str]] = []
        numbered = enumerate((queue, job) for queue, listed in jobs.items() for job in listed)
        self._jobs = {f"j{number}": (queue, *job, number) for number, (queue, job) in numbered}
        self._queues = list(jobs)

    def queues(self) -> list[str]:
        return [f"arn:aws:batch:r:1:job-queue/{queue}" for queue in self._queues]

    def summaries(self, queue: str, status: str) -> Iterator[Mapping[str, Any]]:
        for job_id, (where, name, its, number) in self._jobs.items():
            if (where, its) == (queue.rpartition("/")[2], status):
                yield {"jobId": job_id, "jobName": name, "status": its, "createdAt": number * 1000}

    def terminate_all(self, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
        self.terminated = [(job_id, reason) for job_id in job_ids]
        return {}


def found(hook: FakeHook, **more: Any) -> list[str]:
    return [each.job_id for each in leftovers(hook, RUN, now=100.0, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"])
def test_a_job_of_the_run_is_found_in_every_status_before_its_end_and_once(status: str) -> None:
    assert found(FakeHook(q=[(FIRST, status)])) == ["j0"]


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_a_job_that_has_ended_is_not_left(status: str) -> None:
    assert found(FakeHook(q=[(FIRST, status)])) == []


def test_jobs_of_other_runs_and_of_others_are_left_alone() -> None:
    assert found(FakeHook(q=[(OTHERS, "RUNNING"), ("encode", "RUNNING"), (SECOND, "RUNNABLE")])) == ["j2"]


def test_all_queues_are_looked_into_unless_some_are_named() -> None:
    hook = FakeHook(a=[(FIRST, "RUNNING")], b=[(SECOND, "RUNNABLE")])
    assert found(hook) == ["j0", "j1"]
    assert found(hook, queues=["b"]) == ["j1"]


def test_a_leftover_says_where_it_is_and_for_how_long() -> None:
    (job,) = leftovers(FakeHook(q=[(FIRST, "RUNNING")]), RUN, now=100.0)  # type: ignore[arg-type]
    assert (job.name, job.queue, job.status, job.age) == (FIRST, "q", "RUNNING", timedelta(seconds=100))


def test_what_waits_for_a_job_is_ended_before_it() -> None:
    hook = FakeHook(q=[(FIRST, "RUNNING"), (SECOND, "PENDING")])
    jobs = leftovers(hook, RUN, now=100.0)  # type: ignore[arg-type]
    assert reap(hook, RUN, jobs) == {}  # type: ignore[arg-type]
    assert hook.terminated == [(job, "Left of run r of DAG d, ended by airstep reap") for job in ("j1", "j0")]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (45, "45 s"), (200, "3 min 20 s"), (3600, "1 h 0 min"), (7500, "2 h 5 min"), (273600, "3 d 4 h")],
)
def test_a_time_is_told_in_two_units(seconds: float, words: str) -> None:
    assert _duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dag-id", "d"], "Missing option '--run-id'"),
        (["--dag-id", "d", "--run-id", "r", "--profile", "p", "--aws-conn-id", "c"], "leave one"),
        (["--dag-id", "d", "--run-id", "r", "--profile", "nobody-has-this"], "nobody-has-this"),
    ],
)
def test_wrong_usage_is_told_and_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = CliRunner().invoke(app, ["reap", *arguments])
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", "").split())
