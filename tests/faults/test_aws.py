"""AWS that throttles, breaks or can't be reached for a while: no try is used up, no job is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from tests.faults.conftest import Records, Start
from tests.faults.kinds import Kind
from tests.faults.work import Faults, Work

pytestmark = pytest.mark.slow

THROTTLED = {"status": 429, "code": "TooManyRequestsException", "message": "Too Many Requests"}
BROKEN = {"status": 500, "code": "ServerException", "message": "Internal error"}


def last(faults: Faults, seconds: float) -> int:
    """Let the faults last so long, then end them; at how many calls they have fired."""
    time.sleep(seconds)  # it is the fault that takes this time
    fired = faults.fired()
    faults.set()
    assert fired > 0
    return fired


def judge(records: Records, fault: str, works: Sequence[Work], *, injected: int, seconds: float) -> None:
    """Wait until the tasks have ended, and see what became of them."""
    for work in works:
        work.let_jobs_end()
    for work in works:
        work.ended(seconds=240)
        outcome, expected = work.outcome(), work.expected()
        records.judge(fault, work.kind, outcome, expected, injected=injected, shared=True, seconds=seconds)


def test_throttled_looks_are_waited_out(
    kinds: Sequence[Kind], start: Start, faults: Faults, records: Records, fault_seconds: float, turn: int
) -> None:
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
    faults.set({"service": "batch", "operation": "DescribeJobs", "error": THROTTLED})
    fired = last(faults, fault_seconds)
    judge(records, "DescribeJobs throttled", works, injected=fired, seconds=fault_seconds)


def test_every_third_call_of_batch_may_break(
    kinds: Sequence[Kind], start: Start, faults: Faults, records: Records, fault_seconds: float, turn: int
) -> None:
    faults.set({"service": "batch", "operation": "*", "error": BROKEN, "rate": 0.3, "seed": turn})
    works = start(kinds)
    for work in works:
        work.until(work.waits)
    fired = last(faults, fault_seconds)
    judge(records, "30 % of all Batch calls broken", works, injected=fired, seconds=fault_seconds)


def test_aws_may_be_out_of_reach_as_tasks_submit_and_wait_and_as_jobs_end(
    kinds: Sequence[Kind], start: Start, faults: Faults, records: Records, fault_seconds: float, turn: int
) -> None:
    waiting, ending = start(kinds), start(kinds)
    for work in (*waiting, *ending):
        work.wait_for_jobs()
    faults.set({"service": "*", "operation": "*", "drop": True})
    submitting = start(kinds)
    for work in ending:
        work.let_jobs_end()
    for work in submitting:
        work.until(lambda run: "running" in run.tasks.values())
    fired = last(faults, fault_seconds)
    for work in submitting:
        work.wait_for_jobs()
    for moment, works in (("as jobs run", waiting), ("as jobs end", ending), ("as tasks submit", submitting)):
        judge(records, f"AWS out of reach {moment}", works, injected=fired, seconds=fault_seconds)
