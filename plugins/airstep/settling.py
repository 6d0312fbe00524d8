"""How long Airflow may take to notice that the process of a task has ended."""

from __future__ import annotations

from airflow.sdk.configuration import conf

_SCHEDULER_LOOPS = 3.0
"""Seconds: the scheduler reads the ends once in each of its loops."""


def noticed_within() -> float:
    """Seconds after which Airflow's scheduler knows that a task's process has ended; 8 by default.

    Where a task is queued again for the same try before that, as after a deferral, Airflow 3.3 takes the first end for
    the second and fails the task: "finished with state success, but … is queued". The process's supervisor, which waits
    for its output or for the time of the next heartbeat, was seen to notice the end only at the latter.
    """
    heartbeats: float = conf.getfloat("workers", "min_heartbeat_interval", fallback=5.0)
    return _SCHEDULER_LOOPS + heartbeats
