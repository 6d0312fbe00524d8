"""Exported calls of functions, whose answers the test gives: nothing runs functions here."""

import json
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator
from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws, serving
from tests.local.state_machines import ROLE, StateMachines


@pytest.fixture(scope="module")
def answering() -> Iterator[LocalAws]:
    """A local AWS of its own, in which functions answer what they are told to."""
    with serving("--minimum-timeout", "1", "--stop-timeout", "2") as aws:
        post(aws, "/moto-api/config", {"lambda": {"use_docker": False}})
        aws.client("iam").create_role(RoleName="states", AssumeRolePolicyDocument="{}")
        zipped = BytesIO()
        with ZipFile(zipped, "w") as archive:
            archive.writestr("main.py", "")
        aws.client("lambda").create_function(
            FunctionName="function",
            Runtime="python3.12",
            Role=ROLE,
            Code={"ZipFile": zipped.getvalue()},
            Handler="main.f",
        )
        yield aws


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, answering: LocalAws) -> Iterator[Exporter]:
    batch: Batch = new_batch(answering)
    yield Exporter(machines=StateMachines(answering), batch=batch, language=request.param)
    stop_all(batch)


def post(aws: LocalAws, path: str, body: Any) -> None:
    request = urllib.request.Request(aws.endpoint + path, data=json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request).read()


def answer(exporter: Exporter, *answers: Any) -> None:
    """What the next calls give."""
    results = [json.dumps(each) for each in answers]
    post(exporter.machines.aws, "/moto-api/static/lambda-simple/response", {"results": results})


def test_a_functions_answer_sizes_an_array_job(exporter: Exporter) -> None:
    answer(exporter, {"statusCode": 200, "body": {"arrayJobSize": 3}})
    with DAG("frames") as dag:
        frames = LambdaInvokeFunctionOperator(task_id="frames", function_name="function")
        size = "{{ macros.json.loads(ti.xcom_pull('frames'))['body']['arrayJobSize'] }}"
        frames >> BatchJobOperator(
            task_id="render", command=["true"], array_properties={"size": size}, **exporter.where
        )
    run = exporter.run(dag)
    assert run.execution.output == {}
    assert run.jobs["render"][0]["arrayProperties"]["size"] == 3


def test_a_payload_says_in_a_machine_what_its_text_says(exporter: Exporter) -> None:
    answer(exporter, {"n": [1, None]}, "text", None)
    params = {"film": Param('the "rain"', type="string"), "frames": Param(24, type="integer")}
    with DAG("payloads", params=params) as dag:
        first = LambdaInvokeFunctionOperator(
            task_id="first",
            function_name="function",
            payload='{"film": {{ params.film | tojson }}, "frames": {{ params.frames }}}',
        )
        second = LambdaInvokeFunctionOperator(task_id="second", function_name="function", payload=first.output)
        third = LambdaInvokeFunctionOperator(
            task_id="third", function_name="function", payload='{"said": {{ ti.xcom_pull("second") }}}'
        )
        second >> third
    execution = exporter.run(dag).execution
    assert execution.output == {}
    sent = [json.loads(event["parameters"])["Payload"] for event in execution.details("TaskScheduled")]
    assert [json.loads(each) if isinstance(each, str) else each for each in sent] == [
        {"film": 'the "rain"', "frames": 24},
        {"n": [1, None]},
        {"said": "text"},
    ]
