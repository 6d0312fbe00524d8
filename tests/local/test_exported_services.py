"""Exported operators of other services than Batch really do what they say, in both query languages."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor, WaitSensor
from airflow.sdk import DAG, Param

from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import Batch
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws
from tests.local.services import Services
from tests.local.state_machines import StateMachines

PARAMS = {"film": Param("rain", type="string"), "frames": Param(24, type="integer")}


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws, batch: Batch) -> Exporter:
    return Exporter(machines=StateMachines(local_aws), batch=batch, language=request.param)


@pytest.fixture
def services(local_aws: LocalAws) -> Services:
    return Services.new(local_aws)


def test_a_topic_gets_the_message_with_its_attributes_and_the_next_one_its_id(
    exporter: Exporter, services: Services
) -> None:
    queue = services.queue()
    topic = services.topic(queue)
    with DAG("sns", params=PARAMS) as dag:
        attributes = {"film": "{{ params.film }}", "frames": 24, "sizes": ["a", 1]}
        first = SnsPublishOperator(
            task_id="first", target_arn=topic, message='{"f": "{{ params.film }}"}', message_attributes=attributes
        )
        first >> SnsPublishOperator(
            task_id="second", target_arn=topic, message="after {{ ti.xcom_pull('first').MessageId }}", subject="S"
        )
    assert exporter.run(dag, {"film": "sun"}).execution.output == {}
    one, other = (json.loads(message["Body"]) for message in services.messages(queue, 2))
    assert one["Message"] == '{"f": "sun"}'
    assert one["MessageAttributes"] == {
        "film": {"Type": "String", "Value": "sun"},
        "frames": {"Type": "Number", "Value": "24"},
        "sizes": {"Type": "String.Array", "Value": '["a", 1]'},
    }
    assert (other["Message"], other["Subject"]) == (f"after {one['MessageId']}", "S")


def test_a_queue_gets_the_message_with_its_attributes(exporter: Exporter, services: Services) -> None:
    queue = services.queue(DelaySeconds="900")
    with DAG("sqs", params=PARAMS) as dag:
        SqsPublishOperator(
            task_id="send",
            sqs_queue=queue,
            message_content='{"film": "{{ params.film }}"}',
            message_attributes={"film": {"DataType": "String", "StringValue": "{{ params.film }}"}},
        )
    assert exporter.run(dag).execution.output == {}
    # The queue's own delay would keep it back.
    (message,) = services.messages(queue)
    assert message["Body"] == '{"film": "rain"}'
    assert message["MessageAttributes"]["film"]["StringValue"] == "rain"


def test_a_fifo_queue_takes_a_message_once(exporter: Exporter, services: Services) -> None:
    queue = services.queue(".fifo", FifoQueue="true")
    with DAG("fifo", params=PARAMS) as dag:
        settings = {
            "sqs_queue": queue,
            "message_group_id": "{{ params.film }}",
            "message_deduplication_id": "{{ run_id }}",
        }
        first = SqsPublishOperator(task_id="first", message_content="1", **settings)
        first >> SqsPublishOperator(task_id="second", message_content="2", **settings)
    assert exporter.run(dag).execution.output == {}
    assert [message["Body"] for message in services.messages(queue)] == ["1"]


def test_a_machine_is_started_with_its_input_and_waited_for_when_deferrable(
    exporter: Exporter, services: Services
) -> None:
    child = services.machine(Pause={"Type": "Wait", "Seconds": 1})
    with DAG("child", params=PARAMS) as dag:
        first = StepFunctionStartExecutionOperator(
            task_id="first",
            state_machine_arn=child,
            state_machine_input={"film": "{{ params.film }}", "sizes": [1080]},
            deferrable=True,
        )
        first >> StepFunctionStartExecutionOperator(
            task_id="second", state_machine_arn=child, state_machine_input='{"frames": {{ params.frames }}}'
        )
        exporter.job("job", environment={"ARN": first.output})
    run = exporter.run(dag)
    assert sorted(services.inputs(child), key=str) == [{"film": "rain", "sizes": [1080]}, {"frames": 24}]
    (job,) = run.jobs["job"]
    (arn,) = (item["value"] for item in job["container"]["environment"] if item["name"] == "ARN")
    described = exporter.machines.client.describe_execution(executionArn=arn)
    assert described["status"] == "SUCCEEDED"
    assert int(described["stopDate"].timestamp()) <= job["startedAt"] // 1000


@pytest.mark.parametrize(("waits", "ended"), [(True, "FAILED"), (False, "SUCCEEDED")])
def test_a_machine_that_fails_fails_the_task_that_waits_for_it(
    exporter: Exporter, services: Services, waits: bool, ended: str
) -> None:
    child = services.machine(Only={"Type": "Fail", "Error": "Child.Error", "Cause": "why"})
    with DAG("failing") as dag:
        StepFunctionStartExecutionOperator(task_id="start", state_machine_arn=child, deferrable=waits)
    assert exporter.run(dag).execution.status == ended


@pytest.mark.parametrize("waits", [True, False])
def test_an_ecs_task_runs_with_its_overrides(exporter: Exporter, services: Services, waits: bool) -> None:
    cluster, definition = services.cluster()
    with DAG("ecs", params=PARAMS) as dag:
        EcsRunTaskOperator(
            task_id="run",
            cluster=cluster,
            task_definition=definition,
            overrides={
                "containerOverrides": [
                    {"name": "main", "environment": [{"name": "FILM", "value": "{{ params.film }}"}], "memory": 32}
                ]
            },
            tags={"film": "{{ params.film }}"},
            wait_for_completion=waits,
        )
    assert exporter.run(dag).execution.output == {}
    (task,) = services.tasks()
    (override,) = task["overrides"]["containerOverrides"]
    assert override["environment"] == [{"name": "FILM", "value": "rain"}]
    assert task["launchType"] == "EC2"


def test_a_missing_cluster_fails_the_task(exporter: Exporter) -> None:
    with DAG("ecs") as dag:
        EcsRunTaskOperator(task_id="run", cluster="nobody", task_definition="nothing", overrides={})
    assert exporter.run(dag).execution.error.startswith("ECS.")


def test_a_glue_job_runs_with_its_arguments_and_its_runs_id_is_handed_on(
    exporter: Exporter, services: Services
) -> None:
    name = services.glue_job()
    with DAG("glue", params=PARAMS) as dag:
        first = GlueJobOperator(task_id="first", job_name=name, script_args={"--film": "{{ params.film }}"})
        second = GlueJobOperator(
            task_id="second", job_name=name, script_args={"--after": first.output}, wait_for_completion=False
        )
        exporter.job("job", environment={"RUN": second.output})
    run = exporter.run(dag)
    arguments = {each["Id"]: each["Arguments"] for each in services.glue_runs()}
    (first_run,) = (key for key, given in arguments.items() if given == {"--film": "rain"})
    (second_run,) = (key for key, given in arguments.items() if given == {"--after": first_run})
    assert {"name": "RUN", "value": second_run} in run.jobs["job"][0]["container"]["environment"]


def test_a_missing_function_fails_the_task_after_its_retries(exporter: Exporter) -> None:
    with DAG("function") as dag:
        LambdaInvokeFunctionOperator(
            task_id="call", function_name="nobody", payload="{}", retries=1, retry_delay=timedelta(seconds=1)
        )
    execution = exporter.run(dag).execution
    assert execution.error == "Lambda.ResourceNotFoundException"
    assert len(execution.details("TaskFailed")) == 2


def test_waits_last_until_their_moments(exporter: Exporter) -> None:
    with DAG("waits") as dag:
        past = DateTimeSensor(task_id="past", target_time="2026-03-09")
        logical_date = DateTimeSensor(task_id="logical_date", target_time="{{ logical_date }}")
        past >> WaitSensor(task_id="pause", time_to_wait=timedelta(seconds=1)) >> logical_date >> exporter.job("job")
    begun = datetime.now(UTC)
    moment = begun + timedelta(seconds=3)
    run = exporter.run(dag, {"logical_date": moment.isoformat()})
    assert run.span("job")[0] >= moment.timestamp() * 1000 - 1


def test_a_delta_and_a_text_without_a_zone_are_waited_for(local_aws: LocalAws, batch: Batch) -> None:
    exporter = Exporter(machines=StateMachines(local_aws), batch=batch, language=QueryLanguage.JSONATA)
    with DAG("waits", params={"when": Param("", type="string")}) as dag:
        later = TimeDeltaSensor(task_id="later", delta=timedelta(hours=1))
        later >> exporter.job("after_delta")
        DateTimeSensor(task_id="text", target_time="{{ params.when }}") >> exporter.job("after_text")
    moment = datetime.now(UTC) + timedelta(seconds=2)
    given = {
        "data_interval_end": (moment - timedelta(hours=1)).isoformat(),
        "when": moment.replace(tzinfo=None).isoformat(sep=" "),
    }
    run = exporter.run(dag, given)
    assert run.execution.output == {}
    assert min(run.span("after_delta")[0], run.span("after_text")[0]) >= moment.timestamp() * 1000 - 1
