"""More intrinsic functions in one field than Step Functions takes."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

with DAG("many_functions_jsonpath"):
    BatchJobOperator(
        task_id="job",
        job_queue="low",
        job_definition="echo:1",
        parameters={"one": "{{ ds_nodash }}.log", "two": "{{ ds_nodash }}/{{ ds_nodash }}"},
        command=[f"{number}-{{{{ run_id }}}}" for number in range(10)],
    )
