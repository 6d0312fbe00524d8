"""Items that a Map can't read, and maps in maps."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchMapOperator, S3Csv, S3JsonLines, S3Objects, item

JOB = {"results": "s3://results", "job_queue": "low", "job_definition": "echo:1", "command": ["echo", item]}
ROWS = "s3://lists/rows.csv"


@task_group
def each(name: str) -> None:
    BatchMapOperator(task_id="inside", items=[name], strategy="jobs", **JOB)


with DAG("batch_map", params={"most": 10, "delimiter": ";", "column": "a", "items": [1]}):
    BatchMapOperator(task_id="suffix", items=S3Objects("media", suffix=".wav"), strategy="jobs", **JOB)
    most = S3JsonLines("s3://lists/a.jsonl", max_items="{{ params.most }}")
    BatchMapOperator(task_id="most", items=most, strategy="jobs", **JOB)
    delimiter = S3Csv(ROWS, delimiter="{{ params.delimiter }}")
    BatchMapOperator(task_id="delimiter", items=delimiter, strategy="jobs", **JOB)
    headers = S3Csv(ROWS, headers=["{{ params.column }}"])
    BatchMapOperator(task_id="headers", items=headers, strategy="jobs", **JOB)
    BatchMapOperator(task_id="template", items="{{ params['items'] }}", strategy="jobs", **JOB)
    BatchMapOperator.partial(task_id="mapped", strategy="jobs", **JOB).expand(items=[["a"], ["b"]])
    each.expand(name=["a", "b"])
