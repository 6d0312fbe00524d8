"""Tasks named as the states that the export adds."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("states_of_that_name", params={"x": Param("1", type="string")}):
    names = ("Params", "Check params", "Params refused", "a", "a failed", "a and 1 more", "a and 1 more outcome")
    tasks = [
        BatchJobOperator(task_id=str(i), task_display_name=name, job_name=f"job-{i}", **JOB)
        for i, name in enumerate(names)
    ]
    tasks[3] >> tasks[4:]
    BatchJobOperator(task_id="reads", environment={"X": "{{ params.x }}"}, **JOB)
