"""The stock BatchOperator with every field of SubmitJob; keys that the user chose keep their letters."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

with DAG("stock_operator"):
    BatchOperator(
        task_id="full",
        job_name="full-job",
        job_queue="high",
        job_definition="transcode:3",
        parameters={"lowerCase": "{{ run_id }}"},
        container_overrides={
            "command": ["python", "-c", "print(1)"],
            "environment": [{"name": "someName", "value": "x"}],
            "resourceRequirements": [{"type": "VCPU", "value": "2"}],
        },
        array_properties={"size": 10},
        retry_strategy={"attempts": 3, "evaluateOnExit": [{"onStatusReason": "Host EC2*", "action": "RETRY"}]},
        share_identifier="team",
        scheduling_priority_override=5,
        tags={"costCentre": "42"},
        submit_job_timeout=120,
    )
    BatchOperator(
        task_id="forget", job_name="forget", job_queue="low", job_definition="echo", wait_for_completion=False
    )
