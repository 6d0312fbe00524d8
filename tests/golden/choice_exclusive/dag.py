"""A choice between three branches, and a join behind them."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_exclusive", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="how_long",
        choices=[("{{ params.frames > 1000 }}", "split"), ("{{ params.frames > 0 }}", "render")],
        default="nothing",
    )
    split = BatchJobOperator(task_id="split", **JOB)
    merge = BatchJobOperator(task_id="merge", **JOB)
    render = BatchJobOperator(task_id="render", **JOB)
    nothing = EmptyOperator(task_id="nothing")
    join = BatchJobOperator(task_id="join", trigger_rule="none_failed_min_one_success", **JOB)
    choice >> split >> merge >> join
    choice >> [render, nothing] >> join
