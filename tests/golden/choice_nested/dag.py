"""A choice behind a choice: what the first one skips, the second skips too."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_nested", params={"frames": Param(100, type="integer")}):
    outer = ChoiceOperator(task_id="outer", choices=[("{{ params.frames > 10 }}", "inner")], default="other")
    inner = ChoiceOperator(task_id="inner", choices=[("{{ params.frames > 50 }}", "long")], default="short")
    long, short, other = (BatchJobOperator(task_id=name, **JOB) for name in ("long", "short", "other"))
    join = BatchJobOperator(task_id="join", trigger_rule="none_failed_min_one_success", **JOB)
    outer >> inner >> [long, short] >> join
    outer >> other >> join
