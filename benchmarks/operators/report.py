"""The measurements of operators as people read them, and what is promised of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from airstep.hooks.batch import DESCRIBE_LIMIT
from airstep.maps.shards import MOST_CHILDREN
from benchmarks.operators import many_jobs, ten_jobs
from benchmarks.operators.waiting import Waiting
from benchmarks.promises import Promise

LEAST_TIMES_FASTER = 10.0
"""How many times faster than the stock operator ours has to be with ten jobs that end at once, in each workflow."""
MOST_MILLISECONDS = 1000.0
"""Of the processor for a look at 5,000 jobs, which is due every 30 seconds."""
_CALLS = ("SubmitJob", "DescribeJobs", "all calls")


def operator_promises(
    ratios: Mapping[str, float], many: Sequence[many_jobs.Measurement], waiting: Waiting
) -> list[Promise]:
    """Each promise, with the number that was measured."""
    faster = (
        Promise(
            what=f"times faster than stock, {ten_jobs.WORKFLOWS[workflow]}", measured=each, least=LEAST_TIMES_FASTER
        )
        for workflow, each in ratios.items()
    )
    return [*faster, *_of_maps(many), *_of_waiting(waiting)]


def ten_jobs_table(measured: Sequence[ten_jobs.Measurement], ratios: Mapping[str, float]) -> Table:
    """Seconds and calls of each workflow and operator."""
    table = _table(
        "Ten jobs that end at once, `airflow dags test`", "workflow", "operator", "seconds", *_CALLS, "faster"
    )
    for each in measured:
        faster = f"{ratios[each.workflow]:.1f}×" if each.operator == "airstep" else ""
        workflow = ten_jobs.WORKFLOWS[each.workflow]
        table.add_row(workflow, each.operator, f"{each.seconds:.1f}", *_calls(each), faster)
    return table


def many_jobs_table(measured: Sequence[many_jobs.Measurement]) -> Table:
    """Seconds and calls of each size and operator."""
    title = "Jobs of one second each, a real scheduler and triggerer"
    table = _table(title, "operator", "jobs", "done", "seconds", *_CALLS)
    for each in measured:
        name = many_jobs.OPERATORS[each.operator]
        seconds = f"{each.seconds:.0f}" if each.is_complete else f"({each.seconds:.0f})"
        table.add_row(name, f"{each.jobs:,}", f"{each.done:,}", seconds, *_calls(each))
    return table


def shortfalls(measured: Sequence[many_jobs.Measurement]) -> Iterator[str]:
    """What was not done within the limit, and why."""
    for each in measured:
        if each.reason:
            yield f"{many_jobs.OPERATORS[each.operator]}, {each.jobs:,} jobs: {each.done:,} done: {each.reason}"


def waiting_text(waiting: Waiting) -> str:
    """What a look costs, as a sentence."""
    return (
        f"A look at {waiting.jobs:,} deferred jobs: {waiting.calls_a_look:g} calls, "
        f"{waiting.processor_ms_a_look:g} ms of the processor"
    )


def _of_maps(many: Sequence[many_jobs.Measurement]) -> Iterator[Promise]:
    """A map is complete; by array its jobs are as few as AWS allows."""
    for each in (each for each in many if each.operator in many_jobs.MAPS):
        name = many_jobs.OPERATORS[each.operator]
        yield Promise(what=f"{name}: jobs done of {each.jobs:,}", measured=each.done, least=each.jobs)
        if each.operator == "map_array":
            most = math.ceil(each.jobs / MOST_CHILDREN)
            yield Promise(what=f"{name}: SubmitJob calls for {each.jobs:,}", measured=each.submit_jobs, most=most)


def _of_waiting(waiting: Waiting) -> Iterator[Promise]:
    looked_at = f"for a look at {waiting.jobs:,} deferred jobs"
    most = math.ceil(waiting.jobs / DESCRIBE_LIMIT)
    yield Promise(what=f"DescribeJobs calls {looked_at}", measured=waiting.calls_a_look, most=most)
    yield Promise(
        what=f"milliseconds of the processor {looked_at}", measured=waiting.processor_ms_a_look, most=MOST_MILLISECONDS
    )


def _calls(each: ten_jobs.Measurement | many_jobs.Measurement) -> Iterator[str]:
    return (f"{count:,}" for count in (each.submit_jobs, each.describe_jobs, each.all_calls))


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(first, title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in others:
        table.add_column(heading, justify="left" if heading == "operator" else "right")
    return table
