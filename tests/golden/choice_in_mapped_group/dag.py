"""Each item of a mapped group chooses for itself."""

from airflow.sdk import DAG, Param, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 10 }}", "each.long")], default="each.short")
    job = {"environment": {"NAME": name}, **JOB}
    long = BatchJobOperator(task_id="long", **job)
    short = BatchJobOperator(task_id="short", **job)
    join = BatchJobOperator(task_id="join", trigger_rule="none_failed_min_one_success", **job)
    choice >> [long, short] >> join


with DAG("choice_in_mapped_group", params={"frames": Param(100, type="integer")}):
    each.expand(name=["a", "b"])
