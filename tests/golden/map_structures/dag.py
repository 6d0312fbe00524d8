"""Items that differ in what they set: lists and mappings of another size, and fields that only some of them have."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_structures", params={"level": Param("info", type="string")}):
    BatchJobOperator.partial(task_id="environments", **JOB).expand(
        environment=[{"LEVEL": "{{ params.level }}"}, {"LEVEL": "debug", "DUMP": "1"}]
    )
    BatchJobOperator.partial(task_id="retries", **JOB).expand(
        retry_strategy=[
            {"attempts": 2},
            {"attempts": 3, "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}]},
        ]
    )
    BatchJobOperator.partial(task_id="fields", **JOB).expand_kwargs(
        [{"command": ["probe"]}, {"parameters": {"Codec": "h264"}}, {"tags": {"Team": "video"}}]
    )
