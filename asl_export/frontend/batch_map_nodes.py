"""The node of a `BatchMapOperator`, and those of the jobs that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.diagnostics import Code
from asl_export.frontend.readers.reading import BatchMapReading
from asl_export.frontend.refusal import RefusalError
from asl_export.ir.graph import BatchMapNode, JobNode, RetryPlan
from asl_export.ir.values import Document


def batch_map_node(
    reading: BatchMapReading, *, retry: RetryPlan | None, timeout: int | None, **common: Any
) -> BatchMapNode:
    """The node of a map.

    :param common: what every task has.
    :raises RefusalError: a setting of the task can't be kept for all of its jobs together.
    """
    if timeout is not None:
        raise RefusalError(
            Code.UNSUPPORTED_SETTING,
            "execution_timeout of a map can't be exported",
            why="a Map state has no time limit",
            fix="limit each job with submit_job_timeout, or the run with dagrun_timeout",
            field="execution_timeout",
        )
    if retry is not None and reading.plan is not None:
        raise RefusalError(
            Code.UNSUPPORTED_SETTING,
            "retries of a map by array jobs can't be exported",
            why="the exported machine submits an array job once; it is Batch that repeats children that fail",
            fix="use retry_strategy={'attempts': …}, or strategy='jobs'",
            field="retries",
        )

    def job(request: Mapping[str, Document] | None, **settings: Any) -> JobNode | None:
        return JobNode(request=request, **{**common, **settings}) if request is not None else None

    return BatchMapNode(
        job=JobNode(request=reading.job, retry=retry, **common),
        single=job(reading.single),
        items=reading.items,
        reader=reading.reader,
        max_concurrency=reading.max_concurrency,
        tolerated_percentage=reading.tolerated_percentage,
        tolerated_count=reading.tolerated_count,
        results=reading.results,
        plan=job(reading.plan),
        finish=job(reading.finish, result=reading.summary),
        most_items=reading.most_items,
        items_per_array_job=reading.items_per_array_job,
        **common,
    )
