"""Numbers that JSON doesn't have: in fields, templates and texts of JSON."""

from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:films"

with DAG("numbers"):
    BatchJobOperator(task_id="parameters", parameters={"x": float("nan"), "y": float("-inf"), "z": 10**5000}, **JOB)
    BatchJobOperator(task_id="template", command=["{{ 1e999 }}", "{{ params.x | default(1e999) }}"], **JOB)
    LambdaInvokeFunctionOperator(task_id="payload", function_name="f", payload='{"x": 1e999}')
    LambdaInvokeFunctionOperator(task_id="half", function_name="f", payload='{"x": "\\ud800"}')
    SnsPublishOperator(task_id="told", target_arn=TOPIC, message="m", message_attributes={"x": float("inf")})
