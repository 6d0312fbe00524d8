"""Exported S3KeySensors ask until the object is there, and give up in time, in both query languages."""

from threading import Timer

import pytest
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG, Param

from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import Batch
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import StateMachines


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws, batch: Batch) -> Exporter:
    return Exporter(machines=StateMachines(local_aws), batch=batch, language=request.param)


def test_an_object_that_comes_later_is_waited_for(exporter: Exporter, bucket: Bucket) -> None:
    with DAG("later", params={"film": Param("rain", type="string")}) as dag:
        sensor = S3KeySensor(
            task_id="sensor",
            bucket_key=f"s3://{bucket.name}/cuts/{{{{ params.film }}}}.mp4",
            poke_interval=1,
            timeout=20,
            deferrable=True,
        )
        sensor >> exporter.job("job")
    coming = Timer(3, bucket.put, ("cuts/rain.mp4", "x"))
    coming.start()
    run = exporter.run(dag)
    coming.join()
    written = bucket.client.head_object(Bucket=bucket.name, Key="cuts/rain.mp4")["LastModified"]
    assert run.statuses == {"job": ["SUCCEEDED"]}
    assert run.span("job")[0] >= written.timestamp() * 1000
    assert {failed["error"] for failed in run.execution.details("TaskFailed")} == {"S3.NoSuchKeyException"}


def test_a_sensor_that_waits_too_long_fails_after_as_many_questions_as_airflow_asks(
    exporter: Exporter, bucket: Bucket
) -> None:
    with DAG("never") as dag:
        sensor = S3KeySensor(
            task_id="sensor", bucket_name=bucket.name, bucket_key="no", poke_interval=2, timeout=3, retries=2
        )
        sensor >> exporter.job("job")
    run = exporter.run(dag)
    assert run.statuses == {}
    assert run.execution.error == "S3.NoSuchKeyException"
    # After 0, 2 and 4 s; Airflow doesn't retry a sensor that has waited too long.
    assert len(run.execution.details("TaskFailed")) == 3


def test_a_sensor_that_gives_up_softly_skips_what_follows_and_fails_nothing(exporter: Exporter, bucket: Bucket) -> None:
    with DAG("soft") as dag:
        sensor = S3KeySensor(
            task_id="sensor",
            bucket_name=bucket.name,
            bucket_key="no",
            poke_interval=1,
            timeout=1,
            soft_fail=True,
        )
        sensor >> exporter.job("skipped") >> exporter.job("skipped_too")
        joined = exporter.job("joined", trigger_rule="none_failed")
        [sensor, exporter.job("beside")] >> joined
    run = exporter.run(dag)
    assert run.execution.output == {}
    assert run.statuses == {"beside": ["SUCCEEDED"], "joined": ["SUCCEEDED"]}


def test_an_object_that_is_there_lets_a_soft_sensor_go_on(exporter: Exporter, bucket: Bucket) -> None:
    bucket.put("yes", "x")
    bucket.put("yes too", "x")
    with DAG("there") as dag:
        sensor = S3KeySensor(
            task_id="sensor",
            bucket_name=bucket.name,
            bucket_key=["yes", "yes too"],
            timeout=600,
            soft_fail=True,
        )
        sensor >> exporter.job("job")
    assert exporter.run(dag).statuses == {"job": ["SUCCEEDED"]}


def test_each_item_of_a_mapped_sensor_asks_for_its_own_object(exporter: Exporter, bucket: Bucket) -> None:
    bucket.put("a", "x")
    bucket.put("b", "x")
    with DAG("mapped") as dag:
        sensors = S3KeySensor.partial(task_id="sensor", bucket_name=bucket.name, poke_interval=1, timeout=1).expand(
            bucket_key=["a", "b", "c"]
        )
        sensors >> exporter.job("job")
    run = exporter.run(dag)
    assert run.statuses == {}
    assert run.execution.error == "S3.NoSuchKeyException"
    asked = [event["parameters"] for event in run.execution.details("TaskScheduled")]
    assert sorted(asked)[0].endswith('"Key":"a"}')
    assert len(asked) == 4


def test_a_bucket_that_is_not_there_yet_is_waited_for_as_well(exporter: Exporter) -> None:
    with DAG("bucket") as dag:
        S3KeySensor(
            task_id="sensor", bucket_name="nobodys-bucket", bucket_key="no", poke_interval=1, timeout=1, soft_fail=True
        )
    assert exporter.run(dag).execution.output == {}
