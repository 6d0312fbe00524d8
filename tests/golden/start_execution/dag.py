"""Executions of other machines: waited for when the operator is deferrable, and only then."""

from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.sdk import DAG, Param

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:"

with DAG("start_execution", params={"film": Param("rain", type="string"), "frames": Param(24, type="integer")}):
    mapping = StepFunctionStartExecutionOperator(
        task_id="mapping",
        state_machine_arn=f"{MACHINE}render",
        name="render-{{ params.film }}",
        state_machine_input={"film": "{{ params.film }}", "frames": 24, "sizes": ["1080p"]},
        deferrable=True,
    )
    text = StepFunctionStartExecutionOperator(
        task_id="text",
        state_machine_arn=f"{MACHINE}check",
        state_machine_input='{"frames": {{ params.frames }}, "rendered": "{{ ti.xcom_pull("mapping") }}"}',
    )
    mapping >> text >> StepFunctionStartExecutionOperator(task_id="plain", state_machine_arn=f"{MACHINE}tell")
