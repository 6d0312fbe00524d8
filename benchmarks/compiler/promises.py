"""What the compiler promises about its speed and size, held against the measurements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.compiler.export_time import Measurement
from benchmarks.compiler.growth import Growth

MOST_SECONDS = {100: 0.3, 1_000: 3.0}
"""By tasks, beyond Airflow's import and parse."""
MOST_BYTES = {100: 60_000}
"""By tasks, minified, in either dialect; a mapped task is a machine of its own and isn't counted."""
WITHOUT_SIZE = ("mapped",)


def broken_promises(measured: Sequence[Measurement], found: Sequence[Growth]) -> list[str]:
    """Each promise that the measurements don't keep, in words."""
    return [*_too_slow(measured), *_too_large(measured), *_too_steep(found)]


def _too_slow(measured: Sequence[Measurement]) -> Iterator[str]:
    for each in measured:
        most = MOST_SECONDS.get(each.tasks)
        if most is not None and each.seconds >= most:
            yield f"{each.shape}, {each.tasks:,} tasks: {each.seconds:.2f} s, not under {most:g}"


def _too_large(measured: Sequence[Measurement]) -> Iterator[str]:
    for each in measured:
        most, size = MOST_BYTES.get(each.tasks), max(each.bytes, each.jsonpath_bytes or 0)
        if most is not None and size >= most and each.shape not in WITHOUT_SIZE:
            yield f"{each.shape}, {each.tasks:,} tasks: {size:,} bytes, not under {most:,}"


def _too_steep(found: Sequence[Growth]) -> Iterator[str]:
    for each in found:
        if not each.is_kept:
            yield f"{each.shape} grows as n^{each.power:.2f}, faster than n log n (n^{each.allowed:.2f})"
