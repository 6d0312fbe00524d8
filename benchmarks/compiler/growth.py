"""How time grows with tasks, beside n log n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import linear_regression

from benchmarks.compiler.export_time import Measurement

FROM = 300
"""Tasks from which growth is judged: below, what every export costs hides it."""
TOLERANCE = 0.1
"""By how much the measured power of n may lie above that of n log n: what a busy machine makes of the same growth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A shape's growth: time goes as n to `power`, n log n as n to `allowed` over the same sizes.

    `steps`: from each size to the next, how much more the time grew than n log n; 1 is as much, less is better.
    """

    shape: str
    power: float
    allowed: float
    steps: tuple[float, ...]

    @property
    def is_kept(self) -> bool:
        """Whether the time grows no faster than n log n."""
        return self.power <= self.allowed + TOLERANCE


def growths(measured: Sequence[Measurement]) -> list[Growth]:
    """The growth of each shape with two sizes or more, in seconds of the processor."""
    shapes = dict.fromkeys(each.shape for each in measured)
    points = {
        shape: [(each.tasks, each.processor_seconds) for each in measured if each.shape == shape] for shape in shapes
    }
    return [_growth(shape, found) for shape, found in points.items() if sum(size >= FROM for size, _ in found) > 1]


def n_log_n(tasks: int) -> float:
    """What the time is compared with."""
    return tasks * math.log(tasks)


def _growth(shape: str, points: Sequence[tuple[int, float]]) -> Growth:
    judged = [(size, seconds) for size, seconds in points if size >= FROM]
    sizes = [math.log(size) for size, _ in judged]
    return Growth(
        shape=shape,
        power=round(linear_regression(sizes, [math.log(seconds) for _, seconds in judged]).slope, 2),
        allowed=round(linear_regression(sizes, [math.log(n_log_n(size)) for size, _ in judged]).slope, 2),
        steps=tuple(
            round(then / before / (n_log_n(more) / n_log_n(fewer)), 2)
            for (fewer, before), (more, then) in pairwise(points)
        ),
    )
