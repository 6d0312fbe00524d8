"""The Retry of a task's state."""

from __future__ import annotations

from asl_export.asl import states as asl
from asl_export.ir.graph import RetryPlan

# A request that Batch throttles, or can't answer, is sent again without counting as a try of the task.
THROTTLED = asl.Retrier(
    errors=("Batch.AWSBatchException",), attempts=5, interval=2, backoff=2.0, max_delay=60, jitter=True
)


def retriers(plan: RetryPlan | None, *, own_only: bool = False) -> tuple[asl.Retrier, ...]:
    """The rules of a plan, after one for throttling unless it is a service of which AWS doesn't say so."""
    if plan is None:
        return ()
    own = asl.Retrier(
        errors=("States.ALL",),
        attempts=plan.attempts,
        interval=plan.delay,
        backoff=plan.backoff,
        max_delay=plan.max_delay,
        jitter=plan.spread,
    )
    return (own,) if own_only else (THROTTLED, own)
