"""An edge to only some of the jobs of a job graph, and a task between two jobs of a mapped group."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph"):
    with BatchJobGraph("graph"):
        left, right = (BatchJobOperator(task_id=name, **JOB) for name in ("left", "right"))
    left >> BatchJobOperator(task_id="after_left", **JOB)

    @task_group
    def each(size: str) -> None:
        """A first and a last job for each size."""
        BatchJobOperator(task_id="first", environment={"SIZE": size}, **JOB)
        BatchJobOperator(task_id="last", environment={"SIZE": size}, **JOB)

    each.expand(size=["s", "m"])
    between = BatchJobOperator(task_id="between", **JOB)
    between.set_upstream(between.dag.get_task("each.first"))
    between.set_downstream(between.dag.get_task("each.last"))
