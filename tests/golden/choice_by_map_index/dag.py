"""A choice whose condition differs between the items of a mapped group."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    choice = ChoiceOperator(task_id="choice", choices=[("{{ ti.map_index == 0 }}", "each.first")], default="each.other")
    job = {"environment": {"NAME": name}, **JOB}
    choice >> [BatchJobOperator(task_id="first", **job), BatchJobOperator(task_id="other", **job)]


with DAG("choice_by_map_index"):
    each.expand(name=["a", "b"])
