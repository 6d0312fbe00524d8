"""A Map Run: what DescribeMapRun tells of a distributed Map, and when it has failed too often.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from local_aws.stepfunctions.items.batching import ChildInput

MOST_CHILDREN = 10_000
"""Child executions at once. Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""


class Child(Protocol):
    """A child execution, as its Map Run sees it."""

    status: str
    output: str | None

    async def run(self) -> None:
        """Run to the end, whatever that is."""

    def to_description(self) -> dict[str, Any]:
        """As DescribeExecution answers."""


@dataclass(slots=True, kw_only=True)
class MapRun:
    """One run of a distributed Map. Everything but what UpdateMapRun may set belongs to the event loop.

    :param max_concurrency: children at once; 0 is as many as AWS allows.
    :param tolerated_count: failed items that are put up with; None is not set.
    :param tolerated_percentage: the same in percent of all items.
    """

    arn: str
    execution_arn: str
    machine_arn: str
    max_concurrency: int
    tolerated_count: int | None
    tolerated_percentage: float | None
    inputs: Sequence[ChildInput] = ()
    children: dict[int, Child] = field(default_factory=dict)
    status: str = "RUNNING"
    failed: int = 0
    total: int = 0
    written: int = 0
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    stopped: datetime | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def ended(self, child: Child, given: ChildInput) -> None:
        """Count a child that has ended by itself."""
        if child.status != "SUCCEEDED":
            self.failed += given.items

    def end(self, status: str) -> None:
        """Record how it ended."""
        self.status = status
        self.stopped = datetime.now(UTC)

    def load(self, inputs: Sequence[ChildInput]) -> None:
        """Take the children's inputs, once the items are read."""
        self.inputs = inputs
        self.total = sum(given.items for given in inputs)

    @property
    def limit(self) -> int:
        """Children at once, now."""
        return min(self.max_concurrency or MOST_CHILDREN, MOST_CHILDREN)

    def exceeded(self) -> bool:
        """Whether more items failed than is tolerated. Without either threshold none is.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#maprun-fail-threshold
        """
        if self.tolerated_count is None and self.tolerated_percentage is None:
            return self.failed > 0
        too_many = self.tolerated_count is not None and self.failed > self.tolerated_count
        return too_many or (
            self.tolerated_percentage is not None and self.failed * 100 > self.tolerated_percentage * self.total
        )

    def to_description(self) -> dict[str, Any]:
        """As DescribeMapRun answers."""
        description = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": self.started,
            "stopDate": self.stopped,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailurePercentage": self.tolerated_percentage or 0.0,
            "toleratedFailureCount": self.tolerated_count or 0,
            "itemCounts": self._counts([given.items for given in self.inputs]),
            "executionCounts": self._counts([1] * len(self.inputs)),
            "redriveCount": 0,
        }
        return {name: value for name, value in description.items() if value is not None}

    def to_entry(self) -> dict[str, Any]:
        """As ListMapRuns lists it."""
        entry = {
            "executionArn": self.execution_arn,
            "mapRunArn": self.arn,
            "stateMachineArn": self.machine_arn,
            "startDate": self.started,
            "stopDate": self.stopped,
        }
        return {name: value for name, value in entry.items() if value is not None}

    def _counts(self, weights: Sequence[int]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for index, weight in enumerate(weights):
            child = self.children.get(index)
            counts[child.status if child else "PENDING"] += weight
        return {
            "pending": counts["PENDING"],
            "running": counts["RUNNING"],
            "succeeded": counts["SUCCEEDED"],
            "failed": counts["FAILED"],
            "timedOut": counts["TIMED_OUT"],
            "aborted": counts["ABORTED"],
            "total": sum(counts.values()),
            "resultsWritten": self.written,
            "failuresNotRedrivable": 0,
            "pendingRedrive": 0,
        }
