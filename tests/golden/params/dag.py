"""Params with defaults, one that must be given, and JSON Schema rules."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "params",
    params={
        "bucket": Param(type="string", minLength=3, maxLength=63),
        "preset": Param("fast", type="string", enum=["fast", "slow"]),
        "frames": Param(24, type="integer", minimum=1, maximum=240),
        "note": Param(None, type=["null", "string"]),
    },
):
    BatchJobOperator(
        task_id="encode",
        array_properties={"size": "{{ params.frames }}"},
        parameters={"target": "s3://{{ params.bucket }}/{{ params.preset }}-{{ params.frames }}"},
        **JOB,
    )
