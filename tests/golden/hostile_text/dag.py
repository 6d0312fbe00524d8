"""Text full of what has a meaning in a query language keeps its own."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("hostile_text", params={"name": Param("x", type="string")}):
    BatchJobOperator(
        task_id="hostile",
        task_display_name="It's {% $a %} \n\U0001f3ac",
        parameters={"plain": "it's {} \\ $.x", "mixed": "{{ params.name }}" + "'\"{}$.`[?(@)] \u00e9 \U0001f3ac"},
        environment={"PERCENT": "%} {{ params.name }} 100%"},
        **JOB,
    )
