"""Settings of the operators of other services that a state machine has nothing for."""

from datetime import timedelta

from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.sdk import DAG

with DAG("services"):
    LambdaInvokeFunctionOperator(task_id="function", function_name="f", region_name="eu-west-1", aws_conn_id="other")
    EcsRunTaskOperator(
        task_id="ecs",
        cluster="c",
        task_definition="d",
        overrides={},
        quota_retry={"maximum_retry_delay": 60},
        skip_on_exit_code=99,
        volume_configurations=[{"name": "scratch"}],
        waiter_max_attempts=10,
    )
    GlueJobOperator(
        task_id="glue",
        job_name="clean",
        script_location="clean.py",
        s3_bucket="scripts",
        iam_role_name="glue",
        create_job_kwargs={"GlueVersion": "4.0"},
        update_config=True,
        sleep_before_return=10,
    )
    StepFunctionStartExecutionOperator(
        task_id="machine",
        state_machine_arn="arn:aws:states:eu-west-1:123456789012:stateMachine:m",
        name="again",
        is_redrive_execution=True,
        execution_timeout=timedelta(hours=1),
    )
