"""One file per operator: what its attributes mean. READERS lists them."""

from __future__ import annotations

from collections.abc import Mapping

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

from airstep.operators import BatchJobOperator, BatchMapOperator, ChoiceOperator
from asl_export.frontend.readers.batch import OWN_SETTINGS, STOCK_SETTINGS, job_result, read_job, read_stock_job
from asl_export.frontend.readers.batch_map import BATCH_MAP_SETTINGS, map_result, read_batch_map
from asl_export.frontend.readers.choice import CHOICE_SETTINGS, read_choice
from asl_export.frontend.readers.date_time import DATE_TIME_ASYNC_SETTINGS, DATE_TIME_SETTINGS, read_date_time
from asl_export.frontend.readers.ecs import ECS_SETTINGS, check_ecs, read_ecs
from asl_export.frontend.readers.glue import GLUE_SETTINGS, read_glue, run_result
from asl_export.frontend.readers.lambda_function import LAMBDA_SETTINGS, lambda_result, read_lambda
from asl_export.frontend.readers.reading import OperatorReader
from asl_export.frontend.readers.s3_key import S3_KEY_SETTINGS, check_s3_key, read_s3_key
from asl_export.frontend.readers.sensor import check_wait
from asl_export.frontend.readers.sns import SNS_SETTINGS, message_result, read_sns
from asl_export.frontend.readers.sqs import SQS_SETTINGS, read_sqs
from asl_export.frontend.readers.step_function import START_EXECUTION_SETTINGS, execution_result, read_start_execution
from asl_export.frontend.readers.time_delta import (
    TIME_DELTA_SETTINGS,
    WAIT_SENSOR_SETTINGS,
    read_time_delta,
    read_wait_sensor,
)

READERS: Mapping[type, OperatorReader] = {
    BatchOperator: OperatorReader(settings=STOCK_SETTINGS, read=read_stock_job, result=job_result),
    BatchJobOperator: OperatorReader(settings=OWN_SETTINGS, read=read_job, result=job_result),
    BatchMapOperator: OperatorReader(settings=BATCH_MAP_SETTINGS, read=read_batch_map, result=map_result),
    ChoiceOperator: OperatorReader(
        settings=CHOICE_SETTINGS,
        read=read_choice,
        raw=("choices", "default"),
        single="a Choice state asks once: it has no items",
    ),
    EmptyOperator: OperatorReader(settings={}, read=None),
    LambdaInvokeFunctionOperator: OperatorReader(
        settings=LAMBDA_SETTINGS,
        read=read_lambda,
        result=lambda_result,
        json_texts=("payload",),
        request="Invoke",
    ),
    SnsPublishOperator: OperatorReader(settings=SNS_SETTINGS, read=read_sns, result=message_result, request="Publish"),
    SqsPublishOperator: OperatorReader(
        settings=SQS_SETTINGS, read=read_sqs, result=message_result, request="SendMessage"
    ),
    EcsRunTaskOperator: OperatorReader(settings=ECS_SETTINGS, read=read_ecs, request="RunTask", check=check_ecs),
    GlueJobOperator: OperatorReader(settings=GLUE_SETTINGS, read=read_glue, result=run_result, request="StartJobRun"),
    StepFunctionStartExecutionOperator: OperatorReader(
        settings=START_EXECUTION_SETTINGS,
        read=read_start_execution,
        result=execution_result,
        json_texts=("state_machine_input",),
        request="StartExecution",
    ),
    TimeDeltaSensor: OperatorReader(
        settings=TIME_DELTA_SETTINGS, read=read_time_delta, raw=("delta",), request="Wait", check=check_wait
    ),
    WaitSensor: OperatorReader(
        settings=WAIT_SENSOR_SETTINGS, read=read_wait_sensor, raw=("time_to_wait",), request="Wait", check=check_wait
    ),
    DateTimeSensor: OperatorReader(
        settings=DATE_TIME_SETTINGS, read=read_date_time, raw=("target_time",), request="Wait", check=check_wait
    ),
    DateTimeSensorAsync: OperatorReader(
        settings=DATE_TIME_ASYNC_SETTINGS, read=read_date_time, raw=("target_time",), request="Wait"
    ),
    S3KeySensor: OperatorReader(settings=S3_KEY_SETTINGS, read=read_s3_key, request="HeadObject", check=check_s3_key),
}
