"""Results of tasks with do_xcom_push=False: Airflow keeps none; a job's description it keeps all the same."""

from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:films"

with DAG("not_pushed"):
    job = BatchJobOperator(task_id="job", do_xcom_push=False, **JOB)
    listed = BatchJobOperator(task_id="listed", result="s3://bucket/results", do_xcom_push=False, **JOB)
    each = BatchJobOperator.partial(task_id="each", do_xcom_push=False, **JOB).expand(command=[["a"], ["b"]])
    told = SnsPublishOperator(task_id="told", target_arn=TOPIC, message="m", do_xcom_push=False)
    unread = BatchJobOperator(task_id="unread", do_xcom_push=False, **JOB)
    reader = BatchJobOperator(
        task_id="reader",
        environment={
            "ID": job.output,
            "PULLED": "{{ ti.xcom_pull('job') }}",
            "KEPT": "{{ ti.xcom_pull('job', key='job').job_id }}",
            "KEY": listed.output["frames"],
            "TOLD": "{{ ti.xcom_pull('told').MessageId }}",
            "EACH": "{{ ti.xcom_pull(['each'])[0] }}",
        },
        **JOB,
    )
    items = BatchJobOperator.partial(task_id="items", **JOB).expand(command=listed.output)
    [job, listed, told, each, unread] >> reader
