"""What BatchMapOperator promises, held against the measurements."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from airstep.hooks.batch import DESCRIBE_LIMIT
from airstep.maps.shards import MOST_CHILDREN
from airstep.pace import look_interval
from benchmarks.maps.counting_aws import LOOKS
from benchmarks.maps.listing import Listing
from benchmarks.maps.one_map import Phases
from benchmarks.maps.runs import Unfinished
from benchmarks.promises import Promise

LEAST_ITEMS_A_SECOND = 50_000
MOST_MEGABYTES = 200
MOST_GROWTH = 1.2
"""How much more memory the most items may take than the fewest."""


def map_promises(
    simulated: Sequence[Phases], arrays: Sequence[Phases | Unfinished], listings: Sequence[Listing]
) -> list[Promise]:
    """Each promise, with the number that was measured."""
    return [*_simulated(simulated), *_arrays(arrays), *_listings(listings)]


def array_jobs(items: int) -> int:
    """The fewest array jobs for so many items."""
    return math.ceil(items / MOST_CHILDREN)


def looks_within(seconds: float) -> int:
    """How often a job is looked at that is submitted now and ends after so many seconds."""
    age, looks = 0.0, 0
    while age < seconds:
        age += look_interval(age)
        looks += 1
    return looks


def _simulated(simulated: Sequence[Phases]) -> Iterator[Promise]:
    most = max(simulated, key=lambda each: each.items)
    least = min(simulated, key=lambda each: each.items)
    yield Promise(
        what=f"items planned a second, of {most.items:,}", measured=items_a_second(most), least=LEAST_ITEMS_A_SECOND
    )
    for each in simulated:
        jobs = array_jobs(each.items)
        yield Promise(
            what=f"MiB of a process that maps {each.items:,} items", measured=each.peak_megabytes, most=MOST_MEGABYTES
        )
        yield _submits(each)
        yield Promise(
            what=f"DescribeJobs calls for {each.items:,} items, looked at {LOOKS + 1} times",
            measured=each.calls["DescribeJobs"],
            most=(LOOKS + 1) * math.ceil(jobs / DESCRIBE_LIMIT),
        )
    yield Promise(
        what=f"memory for {most.items:,} items, by that for {least.items:,}",
        measured=round(most.peak_megabytes / least.peak_megabytes, 2),
        most=MOST_GROWTH,
    )


def _arrays(arrays: Sequence[Phases | Unfinished]) -> Iterator[Promise]:
    for each in arrays:
        if isinstance(each, Unfinished):
            yield Promise(what=f"seconds of {each.items:,} items by array", measured=math.inf, most=each.seconds)
            continue
        yield _submits(each, " by array")
        # One look when there is nothing to wait for any more: what has ended is noted.
        most = (looks_within(each.poll) + 1) * math.ceil(array_jobs(each.items) / DESCRIBE_LIMIT)
        yield Promise(
            what=f"DescribeJobs calls for {each.items:,} items by array, one for each look",
            measured=each.calls["DescribeJobs"],
            most=most,
        )


def _submits(each: Phases, how: str = "") -> Promise:
    return Promise(
        what=f"SubmitJob calls for {each.items:,} items{how}",
        measured=each.calls["SubmitJob"],
        most=array_jobs(each.items),
    )


def _listings(listings: Sequence[Listing]) -> Iterator[Promise]:
    for each in listings:
        if each.what == "listed as maps do":
            yield Promise(what=f"objects {each.what} a second", measured=each.a_second, least=LEAST_ITEMS_A_SECOND)


def items_a_second(each: Phases) -> int:
    """How many items are planned a second."""
    return round(each.items / each.plan)
