"""An execution's history: the events that GetExecutionHistory lists.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.stepfunctions.errors import RUNTIME, StatesError

EVENT_LIMIT = 25_000
"""Events of a standard execution. Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

UNTRUNCATED: Mapping[str, bool] = {"truncated": False}

_LAST_WORDS = ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut", "ExecutionSucceeded")


class History:
    """The events of one execution, in order. `kept` is False for one whose history nobody can ask for."""

    def __init__(self, *, kept: bool = True) -> None:
        self.events: list[dict[str, Any]] = []
        self._kept = kept
        self._count = 0

    def add(self, kind: str, details: Mapping[str, Any] | None, *, previous: int) -> int:
        """Record an event; its id.

        :param details: one entry, named as the API names the details of such an event.
        :raises StatesError: States.Runtime past the limit on events.
        """
        if self._count >= EVENT_LIMIT - 1 and kind not in _LAST_WORDS:
            raise StatesError(
                RUNTIME, f"The execution reached the maximum number of history events ({EVENT_LIMIT}).", located=False
            )
        self._count += 1
        if self._kept:
            event = {"timestamp": datetime.now(UTC), "type": kind, "id": self._count, "previousEventId": previous}
            self.events.append({**event, **(details or {})})
        return self._count


@dataclass(slots=True, kw_only=True)
class Cursor:
    """Where one branch of an execution is in the history: each of its events follows its last one."""

    history: History
    last: int = 0

    def add(self, kind: str, details: Mapping[str, Any] | None = None) -> int:
        """Record an event after this branch's last one."""
        self.last = self.history.add(kind, details, previous=self.last)
        return self.last

    def branch(self) -> Cursor:
        """A cursor for a branch that starts here."""
        return Cursor(history=self.history, last=self.last)
