"""A function's answer sizes the array job that follows."""

from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

with DAG("lambda_array_size"):
    frames = LambdaInvokeFunctionOperator(task_id="frames", function_name="count-frames")
    frames >> BatchJobOperator(
        task_id="render",
        job_queue="low",
        job_definition="render:1",
        array_properties={"size": "{{ macros.json.loads(ti.xcom_pull('frames'))['body']['arrayJobSize'] }}"},
    )
