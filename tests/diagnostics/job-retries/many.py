"""More attempts, and more rules for them, than Batch allows."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_name": "job", "job_queue": "low", "job_definition": "echo:1"}
RULES = [{"onExitCode": str(number), "action": "EXIT"} for number in range(6)]

with DAG("many"):
    BatchOperator(task_id="attempts", retry_strategy={"attempts": 11}, **JOB)
    BatchOperator(task_id="rules", retry_strategy={"attempts": 2, "evaluateOnExit": RULES}, **JOB)
