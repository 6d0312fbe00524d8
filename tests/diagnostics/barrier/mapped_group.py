"""Edges into and out of the middle of a mapped group: the group starts and ends as a whole."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("mapped_group"):

    @task_group
    def group(size: str) -> None:
        """Two jobs for each size."""
        BatchJobOperator(task_id="left", environment={"SIZE": size}, **JOB)
        BatchJobOperator(task_id="right", environment={"SIZE": size}, **JOB)

    group.expand(size=["s", "m"])
    before, after = (BatchJobOperator(task_id=name, **JOB) for name in ("before", "after"))
    before.set_downstream(before.dag.get_task("group.left"))
    after.set_upstream(after.dag.get_task("group.right"))
