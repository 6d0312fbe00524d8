"""Params that are objects and lists, read by key and position; keys that need quotes."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "params_nested",
    params={"source": Param({"bucket": "in", "keys": ["a", "b"], "odd key": "x"}, type="object"), "sizes": [480, 720]},
):
    BatchJobOperator(
        task_id="read",
        parameters={
            "key": "{{ params.source.bucket }}/{{ params.source['keys'][1] }}",
            "odd": "{{ params['source']['odd key'] }}",
            "size": "{{ params.sizes[0] }}",
        },
        **JOB,
    )
