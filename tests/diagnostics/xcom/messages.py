"""Parts of what services answer that the machine doesn't keep, and texts of which it keeps only what they say."""

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG

TOPIC = "arn:aws:sns:eu-west-1:123456789012:films"

with DAG("messages"):
    told = SnsPublishOperator(task_id="told", target_arn=TOPIC, message="m")
    answer = LambdaInvokeFunctionOperator(task_id="answer", function_name="f")
    sent = LambdaInvokeFunctionOperator(task_id="sent", function_name="f", invocation_type="Event")
    task = EcsRunTaskOperator(task_id="task", cluster="c", task_definition="d", overrides={})
    status = SnsPublishOperator(
        task_id="status",
        target_arn=TOPIC,
        message="{{ ti.xcom_pull('told').ResponseMetadata.HTTPStatusCode }}",
    )
    text = SnsPublishOperator(task_id="text", target_arn=TOPIC, message="{{ ti.xcom_pull('answer') }}")
    nothing = SnsPublishOperator(task_id="nothing", target_arn=TOPIC, message="{{ ti.xcom_pull('sent') }}")
    arn = SnsPublishOperator(task_id="arn", target_arn=TOPIC, message="{{ ti.xcom_pull('task', key='ecs_task_arn') }}")
    told >> status
    answer >> text
    sent >> nothing
    task >> arn
