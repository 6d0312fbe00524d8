"""A `BatchMapOperator` exported and run: its job definitions, and the operator with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airstep.operators import BatchMapOperator
from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import new_batch, stop_all
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import StateMachines


@contextmanager
def map_exporter(local_aws: LocalAws, language: QueryLanguage) -> Iterator[Exporter]:
    """Exports and runs DAGs where an image has `airstep-item` in it, and another the planner."""
    batch = new_batch(local_aws)
    batch.define("-items", container={"image": "airstep/items:1"})
    batch.define("-planner", container={"image": "airstep/item_runner:1"})
    yield Exporter(machines=StateMachines(local_aws), batch=batch, language=language)
    stop_all(batch)


def mapped(exporter: Exporter, bucket: Bucket, task: str, **arguments: Any) -> BatchMapOperator:
    """A map whose results lie in the bucket."""
    name = exporter.batch.name
    given = {"job_definition": f"{name}-definition-items", "planner_job_definition": f"{name}-definition-planner"}
    results = f"s3://{bucket.name}/results"
    return BatchMapOperator(task_id=task, job_queue=exporter.batch.queue, results=results, **given, **arguments)
