"""No setting of Airflow or of an operator is without a treatment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest
from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensor, DateTimeSensorAsync
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor, WaitSensor
from airflow.sdk import DAG, BaseOperator

from airstep.operators import BatchJobOperator, BatchMapOperator, ChoiceOperator
from asl_export.frontend.operators import arguments
from asl_export.frontend.readers import READERS
from asl_export.frontend.settings import BASE_OPERATOR, DAG_SETTINGS, Treatment

JOB = {"job_name": "job", "job_queue": "low", "job_definition": "echo:1"}
MADE: Mapping[type, Callable[[], Any]] = {
    BatchOperator: lambda: BatchOperator(task_id="t", **JOB),
    BatchJobOperator: lambda: BatchJobOperator(task_id="t", **JOB),
    BatchMapOperator: lambda: BatchMapOperator(task_id="t", items=[1], results="s3://b/r", **JOB),
    ChoiceOperator: lambda: ChoiceOperator(task_id="t", choices=[(True, "a")]),
    EmptyOperator: lambda: EmptyOperator(task_id="t"),
    LambdaInvokeFunctionOperator: lambda: LambdaInvokeFunctionOperator(task_id="t", function_name="f"),
    SnsPublishOperator: lambda: SnsPublishOperator(task_id="t", target_arn="arn", message="m"),
    SqsPublishOperator: lambda: SqsPublishOperator(task_id="t", sqs_queue="url", message_content="m"),
    EcsRunTaskOperator: lambda: EcsRunTaskOperator(task_id="t", cluster="c", task_definition="d", overrides={}),
    GlueJobOperator: lambda: GlueJobOperator(task_id="t"),
    StepFunctionStartExecutionOperator: lambda: StepFunctionStartExecutionOperator(task_id="t", state_machine_arn="a"),
    TimeDeltaSensor: lambda: TimeDeltaSensor(task_id="t", delta=timedelta(1)),
    WaitSensor: lambda: WaitSensor(task_id="t", time_to_wait=timedelta(1)),
    DateTimeSensor: lambda: DateTimeSensor(task_id="t", target_time="2026-03-09"),
    DateTimeSensorAsync: lambda: DateTimeSensorAsync(task_id="t", target_time="2026-03-09"),
    S3KeySensor: lambda: S3KeySensor(task_id="t", bucket_key="s3://bucket/key"),
}


def test_every_field_of_airflows_base_operator_is_classified() -> None:
    public = {name for name in BaseOperator.__dataclass_fields__ if not name.startswith("_")}
    hooks = {"_pre_execute_hook", "_post_execute_hook", "_task_display_name"}
    assert public | hooks <= set(BASE_OPERATOR)
    assert hooks <= set(BaseOperator.__dataclass_fields__)


def test_every_argument_of_airflows_base_operator_is_classified() -> None:
    assert set(arguments(BaseOperator)) <= set(BASE_OPERATOR)


def test_every_field_of_airflows_dag_is_classified() -> None:
    public = {field.alias.strip("_") for field in attrs.fields(DAG) if not field.name.startswith("_")}
    assert public <= set(DAG_SETTINGS)


@pytest.mark.parametrize("operator", READERS)
def test_every_argument_of_an_exported_operator_is_classified(operator: type) -> None:
    assert set(arguments(operator)) <= {*BASE_OPERATOR, *READERS[operator].settings}


@pytest.mark.parametrize("operator", READERS)
def test_an_operator_keeps_each_argument_that_matters_under_its_name(operator: type) -> None:
    matter = {
        name
        for name in arguments(operator)
        if name in READERS[operator].settings
        and READERS[operator].settings[name].treatment is not Treatment.HARMLESS
        and name not in dir(MADE[operator]())
    }
    assert matter == set()


def test_an_argument_of_a_base_class_is_one_of_the_operators() -> None:
    assert {"aws_conn_id", "region_name", "poke_interval", "soft_fail"} <= set(arguments(S3KeySensor))


def test_an_argument_that_nobody_classified_would_be_seen() -> None:
    class Newer(BaseOperator):
        def __init__(self, *, brand_new: int, **kwargs: object) -> None:
            super().__init__(**kwargs)

    assert "brand_new" in set(arguments(Newer)) - set(BASE_OPERATOR)
