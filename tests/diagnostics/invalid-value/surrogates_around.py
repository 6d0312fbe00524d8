"""Half of a surrogate pair in what the DAG says of itself, its tasks and groups, and in keys."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
HALF = "\ud83c"

with DAG("surrogates_around", description=HALF, dag_display_name=HALF, tags=[HALF]):
    with TaskGroup("group", tooltip=HALF, group_display_name=HALF):
        BatchJobOperator(task_id="documented", doc_md=HALF, doc=HALF, **JOB)
    BatchJobOperator(task_id="named", task_display_name=HALF, job_name="job", **JOB)
    BatchJobOperator(task_id="keys", parameters={HALF: "1"}, **JOB)
    BatchJobOperator.partial(task_id="each", **JOB).expand(doc=["whole", HALF])
