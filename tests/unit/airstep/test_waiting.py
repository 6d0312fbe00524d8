"""How often a job is looked at, by its age."""

from collections.abc import Sequence

import pytest

from airstep.errors import JobLost
from airstep.job import Job
from airstep.operators.waiting import Every, wait_for_job
from airstep.pace import backoff, look_interval


class World:
    """A clock that only pauses move, and a Batch whose one job ends at a given second."""

    def __init__(self, *, ends_at: float, known_from: float = 0.0, broken_until: float = 0.0) -> None:
        self.now = 0.0
        self.looks: list[float] = []
        self.ends_at, self.known_from, self.broken_until = ends_at, known_from, broken_until

    def describe(self, job_ids: Sequence[str]) -> dict[str, Job]:
        self.looks.append(self.now)
        if self.now < self.broken_until:
            raise ConnectionError("no network")
        status = "SUCCEEDED" if self.now >= self.ends_at else "RUNNING"
        job = Job(job_id="j", job_name="n", queue="q", definition="d", status=status)
        return {"j": job} if self.now >= self.known_from else {}

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.mark.parametrize("seconds", [0.0, 0.2, 1.0, 10.0, 600.0, 36_000.0])
def test_the_end_is_seen_at_most_a_tenth_of_the_duration_late(seconds: float) -> None:
    world = World(ends_at=seconds)
    wait_for_job(world, "j", clock=world.clock, pause=world.pause)
    assert world.now - seconds <= max(min(seconds * 0.11, 30), 0.15)


def test_a_job_of_ten_hours_costs_few_looks() -> None:
    world = World(ends_at=36_000)
    wait_for_job(world, "j", clock=world.clock, pause=world.pause)
    assert len(world.looks) < 1_300


def test_the_longest_pause_is_the_poll_interval() -> None:
    world = World(ends_at=1_000)
    wait_for_job(world, "j", longest=5, clock=world.clock, pause=world.pause)
    assert max(b - a for a, b in zip(world.looks, world.looks[1:], strict=False)) == pytest.approx(5)


def test_errors_of_describe_jobs_are_waited_out() -> None:
    world = World(ends_at=5, broken_until=200)
    assert wait_for_job(world, "j", clock=world.clock, pause=world.pause).succeeded
    assert len(world.looks) < 16


def test_a_job_that_aws_lists_late_is_waited_for() -> None:
    world = World(ends_at=20, known_from=15)
    assert wait_for_job(world, "j", clock=world.clock, pause=world.pause).succeeded


def test_a_job_that_aws_never_lists_is_lost_after_a_minute() -> None:
    world = World(ends_at=0, known_from=1e9)
    with pytest.raises(JobLost):
        wait_for_job(world, "j", clock=world.clock, pause=world.pause)
    assert 60 <= world.now <= 80


def test_meanwhile_actions_are_done_at_their_interval() -> None:
    world, done = World(ends_at=100), list[float]()
    every = Every(10, lambda job: done.append(world.now))
    wait_for_job(world, "j", meanwhile=[every], clock=world.clock, pause=world.pause)
    assert len(done) in (8, 9)


def test_intervals_grow_with_age_between_their_limits() -> None:
    assert [look_interval(age) for age in (0, 1, 10, 300, 1e6)] == [0.15, 0.15, 1.0, 30.0, 30.0]


def test_backoff_grows_to_half_a_minute_and_differs_between_keys() -> None:
    assert backoff(1) == 0.5
    assert backoff(50) == 30
    assert backoff(5, key="a") != backoff(5, key="b")
