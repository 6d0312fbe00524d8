"""How often AWS is called: below its limit, less while it throttles, looks before submissions."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from airstep.limiter import MOST, Limiter, Priority, Rate
from tests.local.local_aws_server import wait_for


def calls_within(rate: Rate, seconds: float, *, start: float = 0.0) -> int:
    """How many calls a rate allows in a while."""
    now, calls = start, 0
    while (now := now + rate.pause(now)) < start + seconds:
        rate.take(now)
        calls += 1
    return calls


def test_it_starts_below_the_fifty_calls_a_second_of_aws_batch() -> None:
    assert calls_within(Rate(), 10.0) == pytest.approx(450, abs=1)


def test_a_pause_allows_no_burst_after_it() -> None:
    rate = Rate()
    assert calls_within(rate, 1.0) == pytest.approx(45, abs=1)
    assert calls_within(rate, 1.0, start=1000.0) == pytest.approx(45, abs=1)


def test_throttling_halves_it() -> None:
    rate = Rate()
    rate.throttled(5.0)
    assert rate.per_second(5.0) == MOST / 2


def test_calls_that_were_throttled_together_halve_it_once() -> None:
    rate = Rate()
    for now in (5.0, 5.1, 5.9):
        rate.throttled(now)
    assert rate.per_second(5.9) == pytest.approx(MOST / 2, abs=0.5)
    rate.throttled(6.0)
    assert rate.per_second(6.0) == pytest.approx(MOST / 4, abs=0.5)


def test_it_grows_slowly_back_to_what_it_was_and_no_further() -> None:
    rate = Rate()
    rate.throttled(0.0)
    assert [rate.per_second(now) for now in (0.0, 2.0, 45.0, 9999.0)] == [22.5, 23.5, 45.0, 45.0]


def test_however_long_aws_throttles_some_calls_are_left() -> None:
    rate = Rate()
    for now in range(100):
        rate.throttled(float(now))
    assert 0.5 <= rate.per_second(99.0) < 1.0


def test_who_waits_goes_in_order_and_looks_before_submissions() -> None:
    now, went = 0.0, list[str]()

    def go(name: str, priority: Priority) -> None:
        limiter.wait(priority)
        went.append(name)

    limiter = Limiter(clock=lambda: now)
    limiter.wait(Priority.SUBMIT)
    names = {"s1": Priority.SUBMIT, "s2": Priority.SUBMIT, "l1": Priority.LOOK, "l2": Priority.LOOK}
    with ThreadPoolExecutor(4) as threads:
        for count, (name, priority) in enumerate(names.items(), start=1):
            threads.submit(go, name, priority)
            wait_for(lambda count=count: limiter.waiting() == count or None)
        for count in range(1, 5):
            now += 1.0
            wait_for(lambda count=count: len(went) == count or None)
    assert went == ["l1", "l2", "s1", "s2"]


def test_many_threads_never_go_faster_than_the_rate_allows() -> None:
    limiter, times, lock = Limiter(most=200.0), list[float](), threading.Lock()

    def go() -> None:
        limiter.wait(Priority.LOOK)
        with lock:
            times.append(limiter._clock())

    with ThreadPoolExecutor(20) as threads:
        for _ in range(60):
            threads.submit(go)
    assert len(times) == 60
    assert max(times) - min(times) >= 59 / 200 - 0.02


def test_who_is_interrupted_leaves_the_line() -> None:
    class Alarm(BaseException):
        pass

    def clock() -> float:
        if alarm:
            raise Alarm
        return 0.0

    alarm = False
    limiter = Limiter(clock=clock)
    alarm = True
    with pytest.raises(Alarm):
        limiter.wait(Priority.LOOK)
    alarm = False
    assert limiter.waiting() == 0
    limiter.wait(Priority.LOOK)
