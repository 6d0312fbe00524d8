"""More items than one execution's history holds: each gets an execution of its own."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(number: int) -> None:
    values = {"NUMBER": number, "RUN": "{{ run_id }}", "SIZE": "{{ params.size }}"}
    first = BatchJobOperator(task_id="first", environment=values, **JOB)
    first >> BatchJobOperator(task_id="second", environment=values, **JOB)


with DAG("map_distributed", params={"size": 3}):
    each.expand(number=list(range(2000)))
