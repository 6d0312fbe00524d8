"""BatchJobOperator with every field of SubmitJob that goes with containers."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

with DAG("every_field"):
    BatchJobOperator(
        task_id="full",
        job_name="full-job",
        job_queue="arn:aws:batch:eu-west-1:123456789012:job-queue/high",
        job_definition="transcode:3",
        parameters={"codec": "av1", "crf": 30},
        container_overrides={"instanceType": "m7i.large", "environment": [{"name": "MODE", "value": "fast"}]},
        command=["encode", "Ref::codec"],
        memory=2048,
        array_properties={"size": 100},
        depends_on=[{"jobId": "0b6ae1c2-8a5c-4d0e-9d2f-5c8a5a3b7e11", "type": "N_TO_N"}],
        retry_strategy={"attempts": 3, "evaluateOnExit": [{"onExitCode": "137", "action": "RETRY"}]},
        share_identifier="team",
        scheduling_priority_override=5,
        propagate_tags=True,
        tags={"costCentre": 42},
        submit_job_timeout=3600,
    )
