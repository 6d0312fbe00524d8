"""Items that read params, in a mapped task beside what is the same for all."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_params", params={"bucket": Param("in", type="string"), "crf": Param(23, type="integer")}):
    BatchJobOperator.partial(task_id="encode", environment={"CRF": "{{ params.crf }}"}, **JOB).expand(
        parameters=[{"from": f"s3://{{{{ params.bucket }}}}/{name}.mp4"} for name in ("intro", "film")]
    )
