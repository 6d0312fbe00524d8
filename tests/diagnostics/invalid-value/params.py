"""Params that a state machine can't hold: no JSON, or rules that aren't JSON Schema."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "params",
    params={
        "no_number": Param(float("nan")),
        "endless": Param({"list": [1, float("inf")]}),
        "huge": Param(10**400),
        "half": Param("\ud800"),
        "half_of_several": Param("a", enum=["a", "\ud800"]),
        "half_\ud800": "name",
        "number_as_key": Param({1: 2}),
        3: "number as name",
        "rule": Param(1, minimum="x", type=["integer", "string"]),
        "pattern": Param("a", type="string", pattern="["),
        "type": Param("a", type="text"),
        "right": Param("a", type="string", minLength=1, pattern="^a"),
    },
):
    BatchJobOperator(task_id="job", params={1: 2}, command=["{{ params.rule }}"], **JOB)
