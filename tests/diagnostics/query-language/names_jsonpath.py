"""Names that JSONPath can't write: of params, in their defaults, and of what holds others."""

from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG, Param

PARAMS = {"a'b": Param(1, type="integer"), "name.$": 1, "default": Param({"inner.$": 1}), "right": "b"}

with DAG("names_jsonpath", params=PARAMS):
    SnsPublishOperator(task_id="told", target_arn="arn", message="{{ params.right }}", message_attributes={"c.$": "d"})
