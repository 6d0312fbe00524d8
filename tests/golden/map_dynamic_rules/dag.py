"""A group mapped over a result that may be missing: then nothing of it runs, whatever the rules say."""

from airflow.sdk import DAG, Param, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    work = BatchJobOperator(task_id="work", environment={"NAME": name}, **JOB)
    work >> BatchJobOperator(task_id="clean_up", trigger_rule="all_done", environment={"NAME": name}, **JOB)


with DAG("map_dynamic_rules", params={"look": Param(True, type="boolean")}):
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.look }}", "names")])
    names = BatchJobOperator(task_id="names", result="s3://results/golden", **JOB)
    choice >> names
    each.expand(name=names.output) >> BatchJobOperator(task_id="last", trigger_rule="one_failed", **JOB)
