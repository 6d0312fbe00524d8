"""Conditions that aren't one expression that is true or false."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
CONDITIONS = {
    "text": "{{ params.name }}",
    "unknown": "{{ params.anything }}",
    "two": "{{ params.frames > 1 }} {{ params.frames < 9 }}",
    "number": "{{ params.frames }}",
    "broken": "{{ params.frames > }}",
    "run": "{{ var.value.flag == 'on' }}",
}

with DAG(
    "conditions",
    params={"name": Param("x", type="string"), "frames": Param(1, type="integer"), "anything": None},
):
    following = BatchJobOperator(task_id="next", trigger_rule="none_failed", **JOB)
    for name, condition in CONDITIONS.items():
        ChoiceOperator(task_id=name, choices=[(condition, "next")]) >> following
    first = BatchJobOperator(task_id="first", result="s3://bucket/results", **JOB)
    ChoiceOperator(task_id="result", choices=[(first.output, "next")]) >> following
