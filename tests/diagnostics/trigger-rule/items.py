"""Maps whose items may not be there when their rule lets them run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1", "result": "s3://bucket/results"}

with DAG("items"):
    first = BatchJobOperator(task_id="first", **JOB)
    each = BatchJobOperator.partial(task_id="each", **JOB).expand(command=first.output)
    BatchJobOperator.partial(task_id="at_once", trigger_rule="always", **JOB).expand(command=first.output)
    BatchJobOperator.partial(task_id="of_some", trigger_rule="all_done", **JOB).expand(command=each.output)
    early = BatchJobOperator.partial(task_id="early", trigger_rule="one_done", **JOB).expand(command=first.output)
    BatchJobOperator(task_id="other", **JOB) >> early
