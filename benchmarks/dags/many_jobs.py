"""The same jobs of a second each, with the stock operator and with ours; how many, the environment says."""

import os
from typing import Any

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, BatchMapOperator

ITEMS = range(int(os.environ.get("BENCHMARK_JOBS", "10")))
JOB: dict[str, Any] = {"job_queue": "benchmark", "job_definition": "noop"}
SLEEP = ["sleep", "1"]
OVERRIDES = [{"command": SLEEP, "environment": [{"name": "ITEM", "value": str(each)}]} for each in ITEMS]

for name, operator in (("stock", BatchOperator), ("airstep", BatchJobOperator)):
    for deferrable in (False, True):
        with DAG(f"{name}_{'deferred' if deferrable else 'waiting'}", schedule=None):
            operator.partial(task_id="item", job_name="item", deferrable=deferrable, **JOB).expand(
                container_overrides=OVERRIDES
            )

for strategy in ("array", "jobs"):
    with DAG(f"map_{strategy}", schedule=None):
        # No runner in the children: on one machine its start, a Python each, would be all that is measured.
        BatchMapOperator(
            task_id="items",
            strategy=strategy,
            items=list(ITEMS),
            results="s3://benchmark-results/maps",
            command=SLEEP,
            runner=(),
            deferrable=True,
            **JOB,
        )
