"""The same two DAGs with the stock operator and with ours; their jobs end at once."""

from typing import Any

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "benchmark", "job_definition": "noop"}
OPERATORS: dict[str, Any] = {"stock": BatchOperator, "airstep": BatchJobOperator}

for name, operator in OPERATORS.items():
    with DAG(f"video_{name}", schedule=None):
        metadata = operator(task_id="extract_metadata", job_name="SplitVideo", **JOB)
        with TaskGroup("process_video") as process:
            operator(task_id="extract_features", job_name="ExtractFeatures", **JOB)
            with TaskGroup("transcode_video"):
                for rendition in ("4k", "1080p", "720p", "480p"):
                    first, second = (
                        operator(
                            task_id=f"transcode_{rendition}-{part}", job_name=f"Transcode_{rendition}-{part}", **JOB
                        )
                        for part in (1, 2)
                    )
                    first >> second
        metadata >> process

    with DAG(f"map_{name}", schedule=None):
        operator.partial(task_id="item", job_name="item", **JOB).expand(
            container_overrides=[{"environment": [{"name": "ITEM", "value": str(item)}]} for item in range(10)]
        )
