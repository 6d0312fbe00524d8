"""Whole numbers of more than 15 digits in JSON texts that the machine reads; as texts, and in constants, they stay."""

from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.sdk import DAG, Param

with DAG("long_numbers", params={"frame": Param(1, type="integer")}):
    LambdaInvokeFunctionOperator(
        task_id="payload",
        function_name="plan",
        payload='{"frame": {{ params.frame }}, "ns": -1773040000123456789}',
    )
    StepFunctionStartExecutionOperator(
        task_id="input",
        state_machine_arn="arn",
        state_machine_input='[{{ params.frame }}, "say \\"{{ ds }}\\"", 1773040000123456]',
    )
    LambdaInvokeFunctionOperator(
        task_id="right",
        function_name="plan",
        payload='{"frame": {{ params.frame }}, "a": "\\"1773040000123456", "b": 177304000012345, "c": 0.1234567890123}',
    )
    LambdaInvokeFunctionOperator(task_id="constant", function_name="plan", payload='{"ns": 1773040000123456789}')
