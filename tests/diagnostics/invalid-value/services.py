"""Values with which Airflow's own call would fail, or that nobody knows before the run."""

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG

with DAG("services", params={"minutes": 5}):
    LambdaInvokeFunctionOperator(task_id="no_json", function_name="f", payload="{'single': 'quotes'}")
    LambdaInvokeFunctionOperator(task_id="no_number", function_name="f", payload='{"ratio": NaN}')
    LambdaInvokeFunctionOperator(task_id="bytes", function_name="f", payload=b"{}")
    SnsPublishOperator(task_id="flag", target_arn="arn", message="m", message_attributes={"last": True})
    SnsPublishOperator(task_id="long_subject", target_arn="arn", message="m", subject="x" * 101)
    SnsPublishOperator(task_id="lines", target_arn="arn", message="m", subject="{{ ds }}:\nrendered")
    SnsPublishOperator(task_id="list", target_arn="arn", message="m", subject=["rendered"])
    SnsPublishOperator(task_id="as_long_as_may_be", target_arn="arn", message="m", subject="é" * 100)
    SqsPublishOperator(task_id="delay", sqs_queue="url", message_content="m", delay_seconds="{{ params.minutes }}")
    EcsRunTaskOperator(
        task_id="role", cluster="c", task_definition="d", overrides={"taskRoleArn": "arn:aws:iam::123456789012:role/r"}
    )
    GlueJobOperator(task_id="number", job_name="j", script_args={"--frames": 24})
    GlueJobOperator(task_id="unknown", job_name="j", run_job_kwargs={"Workers": 2})
    S3KeySensor(task_id="no_bucket", bucket_key="films/a.mp4")
    S3KeySensor(task_id="no_key", bucket_key=["s3://films", "s3://films//"])
    S3KeySensor(task_id="only_query", bucket_key="s3://films/?cut.mp4")
    S3KeySensor(task_id="empty_bucket", bucket_key="s3:///cut.mp4")
    S3KeySensor(task_id="both", bucket_name="films", bucket_key="s3://films/a.mp4")
    DateTimeSensor(task_id="no_moment", target_time="tomorrow")
    TimeDeltaSensor(task_id="run_knows", delta="{{ params.minutes }}")
