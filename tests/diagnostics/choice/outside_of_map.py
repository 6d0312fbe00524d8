"""A choice of each item of a mapped group, directly before a task outside of the group."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("outside_of_map", params={"frames": 10}):
    after = BatchJobOperator(task_id="after", **JOB)

    @task_group
    def each(size: str) -> None:
        """A job for each size, if there is much to do."""
        choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 5 }}", "each.render")])
        choice >> [BatchJobOperator(task_id="render", environment={"SIZE": size}, **JOB), after]

    each.expand(size=["s", "m"])
