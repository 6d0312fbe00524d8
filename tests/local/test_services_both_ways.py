"""The same DAG under `airflow dags test` and as an exported machine asks the same of each service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag
from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import new_bucket
from tests.local.services import Services
from tests.local.state_machines import Execution, StateMachines

pytestmark = pytest.mark.slow

DAG = """
from datetime import timedelta
from airflow.providers.amazon.aws.operators.ecs import EcsRunTaskOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.operators.step_function import StepFunctionStartExecutionOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import WaitSensor
from airflow.sdk import DAG, Param

def tell(task_id, message, **more):
    return SnsPublishOperator(task_id=task_id, target_arn="{topic}", message=message, **more)

with DAG("d", schedule=None, params={{"film": Param("rain", type="string"), "frames": Param(24, type="integer")}}):
    told = tell(
        "told",
        '{{"film": "{{{{ params.film }}}}", "frames": {{{{ params.frames }}}}}}',
        subject="{{{{ params.film }}}}",
        message_attributes={{"film": "{{{{ params.film }}}}", "n": 3, "x": 2.50, "list": [1, None, "a"]}},
    )
    sent = SqsPublishOperator(
        task_id="sent", sqs_queue="{queue}", message_content="frames={{{{ params.frames }}}} \\u00e9",
        message_attributes={{"film": {{"DataType": "String", "StringValue": "{{{{ params.film }}}}"}}}},
    )
    started = StepFunctionStartExecutionOperator(
        task_id="started", state_machine_arn="{machine}",
        state_machine_input={{"film": "{{{{ params.film }}}}", "a": "{{{{ params.frames }}}}", "n": [1, 2.5, None]}},
    )
    parsed = StepFunctionStartExecutionOperator(
        task_id="parsed", state_machine_arn="{machine}",
        state_machine_input='{{"frames": {{{{ params.frames }}}}, "film": {{{{ params.film | tojson }}}}}}',
    )
    clean = GlueJobOperator(
        task_id="clean", job_name="{glue}", script_args={{"--film": "{{{{ params.film }}}}"}},
        run_job_kwargs={{"NumberOfWorkers": 2, "WorkerType": "G.1X"}}, job_poll_interval=1,
    )
    # moto never starts a task's containers, which the operator would wait for.
    ecs = EcsRunTaskOperator(
        task_id="ecs", cluster="{cluster}", task_definition="{definition}", wait_for_completion=False,
        overrides={{"containerOverrides": [{{"name": "main", "command": ["{{{{ params.film }}}}"], "cpu": 2}}]}},
        tags={{"film": "{{{{ params.film }}}}"}},
    )
    there = S3KeySensor(task_id="there", bucket_key="s3://{bucket}/cuts/{{{{ params.film }}}}", timeout=60)
    missing = S3KeySensor(
        task_id="missing", bucket_name="{bucket}", bucket_key="no", poke_interval=1, timeout=1, soft_fail=True
    )
    pause = WaitSensor(task_id="pause", time_to_wait=timedelta(seconds=1))
    past = DateTimeSensor(task_id="past", target_time="{{{{ logical_date }}}}")
    told >> sent >> started >> parsed >> clean >> ecs
    there >> tell("after_there", "found")
    missing >> tell("after_missing", "never")
    pause >> past >> tell("after_waits", "waited")
"""


class Both:
    """One DAG, run in each way, and what each way did."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self._services = Services.new(aws)
        self._queue = self._services.queue()
        self._machine = self._services.machine(Only={"Type": "Pass"})
        self._glue = self._services.glue_job()
        cluster, definition = self._services.cluster()
        bucket = new_bucket(aws)
        bucket.put("cuts/rain", "x")
        text = DAG.format(
            topic=self._services.topic(self._queue),
            queue=self._queue,
            machine=self._machine,
            glue=self._glue,
            cluster=cluster,
            definition=definition,
            bucket=bucket.name,
        )
        home = airflow_home(folder, dags={"d.py": text}, environment=aws.environment)
        self.direct: DagsTest = airflow_dags_test(home, "d")
        self.asked_directly = self._asked({})
        self.executions: dict[QueryLanguage, Execution] = {}
        self.asked: dict[QueryLanguage, dict[str, list[Any]]] = {}
        seen = self.asked_directly
        for language in QueryLanguage:
            export = export_dag(load_dag("d", folder / "dags" / "d.py"), query_language=language)
            self.executions[language] = StateMachines(aws).run(export.to_json(pretty=False), seconds=90)
            everything = self._asked(seen)
            self.asked[language] = {name: _new(found, seen[name]) for name, found in everything.items()}
            seen = everything

    def _asked(self, before: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """All that the services have been asked for so far; messages are gone once they are read."""
        messages = [_message(message) for message in self._services.messages(self._queue, 4)]
        runs = [(run["Arguments"], run["NumberOfWorkers"], run["WorkerType"]) for run in self._services.glue_runs()]
        tasks = [
            {name: task.get(name) for name in ("overrides", "launchType", "tags")} for task in self._services.tasks()
        ]
        return {
            "messages": [*before.get("messages", []), *messages],
            "inputs": self._services.inputs(self._machine),
            "runs": runs,
            "tasks": tasks,
        }


def _new(found: list[Any], seen: list[Any]) -> list[Any]:
    left = list(found)
    for item in seen:
        left.remove(item)
    return sorted(left, key=str)


def _message(message: dict[str, Any]) -> Any:
    """A message without what differs each time."""
    attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
    try:
        told = json.loads(message["Body"])
    except ValueError:
        return (message["Body"], attributes)
    return {name: told.get(name) for name in ("Message", "Subject", "MessageAttributes", "TopicArn")}


@pytest.fixture(scope="module")
def both(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(local_aws, tmp_path_factory.mktemp("airflow"))


def test_airflow_runs_the_dag_and_skips_what_follows_the_soft_sensor(both: Both) -> None:
    assert both.direct.run.state == "success", both.direct.output
    states = both.direct.run.tasks
    assert {name for name, state in states.items() if state == "skipped"} == {"missing", "after_missing"}
    assert set(states.values()) == {"success", "skipped"}


@pytest.mark.parametrize("language", QueryLanguage)
def test_the_machine_ends_well(both: Both, language: QueryLanguage) -> None:
    assert both.executions[language].output == {}


@pytest.mark.parametrize("language", QueryLanguage)
@pytest.mark.parametrize("what", ["messages", "inputs", "runs", "tasks"])
def test_the_machine_asks_for_what_airflow_asked_for(both: Both, language: QueryLanguage, what: str) -> None:
    assert both.asked[language][what] == sorted(both.asked_directly[what], key=str)
    assert both.asked[language][what]
