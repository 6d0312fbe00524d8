"""What only Airflow's database knows, and places in a value that only the run knows."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("run_only", params={"n": Param(1, type="integer")}):
    job = BatchJobOperator(task_id="job", result="s3://bucket/results", **JOB)
    reader = BatchJobOperator(
        task_id="reader",
        command=["{{ conn.aws.host }}", "{{ ti.xcom_pull('job')[params.n] }}"],
        environment={
            "VARIABLE": "{{ var.json.settings.size }}",
            "SLICE": "{{ ti.xcom_pull('job')[1:2] }}",
            "TRY": "{{ ti.try_number }}",
            "METHOD": "{{ params.n.bit_length() }}",
            "MACRO": "{{ macros.random() }}",
            "TEST": "{{ 'x' if params.n is divisibleby 3 else 'y' }}",
            "SET": "{% set x = 1 %}{{ x }}",
        },
        **JOB,
    )
    job >> reader
