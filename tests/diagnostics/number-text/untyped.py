"""Params of no single type whose default is a float, or that may be a number, as text."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

PARAMS = {
    "ratio": 2.0,
    "crf": Param(23.5),
    "either": Param(None, type=["number", "null"]),
    "video": {"rates": [23.976, 24]},
    "size": 10,
    "name": "film",
}

with DAG("untyped", params=PARAMS):
    BatchJobOperator(
        task_id="warned",
        environment={
            "RATIO": "{{ params.ratio }}",
            "CRF": "{{ params.crf }}",
            "EITHER": "x{{ params.either }}",
            "RATE": "{{ params.video.rates[0] }}",
        },
        **JOB,
    )
    BatchJobOperator(
        task_id="right",
        environment={
            "SIZE": "{{ params.size }}",
            "NAME": "{{ params.name }}",
            "RATE": "{{ params.video.rates[1] }}",
            "RATIO": "{{ params.ratio | tojson }}",
        },
        **JOB,
    )
