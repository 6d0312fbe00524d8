"""The shorthand fields of BatchJobOperator end in ContainerOverrides."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("shorthand"):
    BatchJobOperator(
        task_id="full",
        command=["encode", "--crf", 23, "{{ run_id }}"],
        environment={"DEBUG": True, "LEVEL": 3, "name": "{{ params.name }}"},
        vcpus=2,
        memory=1024,
        gpus=1,
        propagate_tags=True,
        **JOB,
    )
