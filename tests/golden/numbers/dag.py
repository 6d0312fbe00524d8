"""Numbers as text where Batch wants text, as numbers where it wants numbers, templates too."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("numbers", params={"size": Param(10, type="integer"), "cpus": Param(2, type="integer")}):
    BatchJobOperator(
        task_id="all",
        vcpus="{{ params.cpus }}",
        memory=512,
        environment={"RATIO": 0.25, "WHOLE": 2.0, "ON": False},
        array_properties={"size": "{{ params.size }}"},
        retry_strategy={"attempts": "3"},
        scheduling_priority_override="7",
        share_identifier="team",
        **JOB,
    )
