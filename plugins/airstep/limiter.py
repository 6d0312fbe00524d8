"""How often a process calls AWS: below its limit, less while it throttles, looks first. Pure: no airflow, no boto3."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from enum import IntEnum

MOST = 45.0
"""Calls a second of one process at first; AWS Batch allows an account 50 SubmitJob calls a second.

Source: https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
"""

LEAST = 0.5
"""Calls a second that are left however much AWS throttles."""

GROWTH = 0.5
"""By how many calls a second the rate grows each second after it was halved, up to what it was at first."""

SAME_THROTTLING = 1.0
"""Seconds after a halving in which more throttling says nothing new: those calls had been made before it."""


class Priority(IntEnum):
    """Whose turn is first when several wait: to see how jobs are comes before submitting more."""

    LOOK = 0
    SUBMIT = 1


class Rate:
    """Calls a second that shrink by halves and grow slowly; `now` is always the same clock's seconds."""

    def __init__(self, *, most: float = MOST) -> None:
        self._most = most
        self._rate = most
        self._since = 0.0
        self._halved = -math.inf
        self._free = -math.inf

    def per_second(self, now: float) -> float:
        """The calls a second that are allowed now."""
        return min(self._most, self._rate + GROWTH * (now - self._since))

    def pause(self, now: float) -> float:
        """Seconds until the next call is allowed."""
        return max(self._free - now, 0.0)

    def take(self, now: float) -> None:
        """A call is made now."""
        self._free = max(self._free, now) + 1 / self.per_second(now)

    def throttled(self, now: float) -> None:
        """AWS has refused a call as one too many: half as many from here on."""
        if now - self._halved >= SAME_THROTTLING:
            self._rate, self._since, self._halved = max(self.per_second(now) / 2, LEAST), now, now


class Limiter:
    """Lets the threads of a process call AWS one after the other, no more often than a `Rate` allows.

    Not for signal handlers, which may interrupt a thread that holds its lock: they need one of their own.
    """

    def __init__(self, *, most: float = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = Rate(most=most)
        self._clock = clock
        self._turns = threading.Condition()
        self._count = itertools.count()
        self._line: list[tuple[Priority, int]] = []

    def wait(self, priority: Priority) -> None:
        """Return when a call may be made; those of a better priority go first, else who came first."""
        with self._turns:
            ticket = (priority, next(self._count))
            heapq.heappush(self._line, ticket)
            try:
                while (pause := self._pause(ticket)) != 0:
                    self._turns.wait(pause)
                self._rate.take(self._clock())
            finally:
                self._line.remove(ticket)
                heapq.heapify(self._line)
                self._turns.notify_all()

    def throttled(self) -> None:
        """AWS has refused a call as one too many."""
        with self._turns:
            self._rate.throttled(self._clock())

    def per_second(self) -> float:
        """The calls a second that are allowed now."""
        with self._turns:
            return self._rate.per_second(self._clock())

    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._turns:
            return len(self._line)

    def _pause(self, ticket: tuple[Priority, int]) -> float | None:
        """Seconds until the first in line may call; None for the others, who are told when the line moves."""
        return self._rate.pause(self._clock()) if self._line[0] == ticket else None
