"""Fields and types that the services' APIs don't have: boto3 refuses them in Airflow."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.sdk import DAG, Param

JOB = {"job_name": "job", "job_queue": "low", "job_definition": "echo:1"}
TASK = {"cluster": "c", "task_definition": "d"}
MESSAGE = {"sqs_queue": "url", "message_content": '{"a": 1}'}

with DAG("types", params={"n": Param(2, type="integer")}):
    BatchOperator(task_id="number", container_overrides={"environment": [{"name": "A", "value": 5}]}, **JOB)
    BatchOperator(task_id="none", container_overrides={"command": ["a", None]}, **JOB)
    BatchOperator(task_id="rendered", container_overrides={"memory": "{{ params.n }}"}, **JOB)
    BatchOperator(
        task_id="resource", container_overrides={"resourceRequirements": [{"type": "VCPU", "value": 2}]}, **JOB
    )
    BatchOperator(task_id="nodes", node_overrides={"numNodes": "{{ params.n }}"}, **JOB)
    BatchOperator(task_id="no_target", node_overrides={"nodePropertyOverrides": [{}]}, **JOB)
    BatchOperator(task_id="unknown", container_overrides={"enviroment": []}, **JOB)
    BatchOperator(task_id="flag", retry_strategy={"attempts": True}, **JOB)
    BatchOperator.partial(task_id="mapped", **JOB).expand(
        container_overrides=[{"command": ["a"], "vcpus": 1}, {"command": ["b"], "vcpus": "2"}]
    )
    EcsRunTaskOperator(task_id="cpu", overrides={"cpu": 5, "containerOverrides": [{"command": [1]}]}, **TASK)
    EcsRunTaskOperator(task_id="tags", overrides={}, tags={"a": 5}, **TASK)
    SqsPublishOperator(
        task_id="attribute", message_attributes={"a": {"DataType": "Number", "StringValue": 5}}, **MESSAGE
    )
    SqsPublishOperator(
        task_id="small_letter", message_attributes={"a": {"dataType": "String", "StringValue": "x"}}, **MESSAGE
    )
    GlueJobOperator(task_id="worker", job_name="j", run_job_kwargs={"WorkerType": 5})
    LambdaInvokeFunctionOperator(task_id="any_json", function_name="f", payload="null")
    EcsRunTaskOperator(task_id="as_it_should_be", overrides={"cpu": "{{ params.n }}"}, tags={"a": "{{ ds }}"}, **TASK)
