"""An array job has no exit code and no log stream of its own."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_of_many_containers"):
    array = BatchJobOperator(task_id="array", array_properties={"size": 3}, **JOB)
    array >> BatchJobOperator(
        task_id="after",
        environment={
            "EXIT_CODE": "{{ ti.xcom_pull('array', key='job')['exit_code'] }}",
            "STATUS": "{{ ti.xcom_pull('array', key='job')['status'] }}",
        },
        **JOB,
    )
