"""Other services than Batch: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html"""

from __future__ import annotations

import asyncio
import json
import uuid
from io import BytesIO
from typing import Any

import pytest

from local_aws.stepfunctions.errors import StatesError
from local_aws.stepfunctions.integrations.functions import Invoke
from local_aws.stepfunctions.integrations.task import Task
from local_aws.stepfunctions.resources import Resource
from local_aws.stepfunctions.tokens import Tokens, UnknownTokenError
from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import StateMachines, machine


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def task(resource: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, **fields}


def unique() -> str:
    return f"t{uuid.uuid4().hex[:10]}"


def test_s3_objects_are_written_and_read_as_text(machines: StateMachines, local_aws: LocalAws) -> None:
    bucket = unique()
    local_aws.client("s3").create_bucket(Bucket=bucket)
    where = {"Bucket": bucket, "Key": "a.json"}
    definition = machine(
        Put=task("aws-sdk:s3:putObject", {**where, "Body": {"n": [1, None]}}),
        Get=task("aws-sdk:s3:getObject", where, Output="{% $parse($states.result.Body).n %}"),
    )

    assert machines.run(definition).output == [1, None]


@pytest.mark.parametrize("action", ["getObject", "headObject"])
def test_a_missing_object_is_s3_no_such_key_exception(
    machines: StateMachines, local_aws: LocalAws, action: str
) -> None:
    bucket = unique()
    local_aws.client("s3").create_bucket(Bucket=bucket)

    execution = machines.run(machine(Get=task(f"aws-sdk:s3:{action}", {"Bucket": bucket, "Key": "no"})))

    assert execution.error == "S3.NoSuchKeyException"
    assert "Service: S3, Status Code: 404" in execution.cause


def test_a_message_body_may_be_an_object(machines: StateMachines, local_aws: LocalAws) -> None:
    sqs = local_aws.client("sqs")
    queue = sqs.create_queue(QueueName=unique())["QueueUrl"]

    output = machines.run(
        machine(Send=task("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"n": "{% $states.input.n %}"}})),
        {"n": 5},
    ).output

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert (message["MessageId"], json.loads(message["Body"])) == (output["MessageId"], {"n": 5})


def test_sns_publishes_to_its_subscribers(machines: StateMachines, local_aws: LocalAws) -> None:
    sns, sqs = local_aws.client("sns"), local_aws.client("sqs")
    topic = sns.create_topic(Name=unique())["TopicArn"]
    queue = sqs.create_queue(QueueName=unique())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    output = machines.run(
        machine(Tell=task("sns:publish", {"TopicArn": topic, "Message": "done", "Subject": "S"}))
    ).output

    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "done"
    assert json.loads(message["Body"])["MessageId"] == output["MessageId"]


def test_an_unknown_topic_is_an_sns_error(machines: StateMachines) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:nobody"

    execution = machines.run(machine(Tell=task("sns:publish", {"TopicArn": topic, "Message": "x"})))

    assert execution.error == "SNS.NotFoundException"


def test_events_reach_a_rules_target(machines: StateMachines, local_aws: LocalAws) -> None:
    events, sqs = local_aws.client("events"), local_aws.client("sqs")
    rule, source = unique(), unique()
    queue = sqs.create_queue(QueueName=unique())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"Source": source, "DetailType": "done", "Detail": {"n": 1}}

    output = machines.run(machine(Tell=task("events:putEvents", {"Entries": [entry]}))).output

    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    assert output["FailedEntryCount"] == 0


def test_sync_2_reads_the_childs_output_and_sync_leaves_it_a_text(machines: StateMachines) -> None:
    child = machines.create(machine(Only={"Type": "Pass", "Output": {"twice": "{% $states.input.n * 2 %}"}}))
    request = {"StateMachineArn": child, "Input": {"n": 4}}

    parsed = machines.run(machine(Call=task("states:startExecution.sync:2", request))).output
    text = machines.run(machine(Call=task("states:startExecution.sync", request))).output

    assert (parsed["Output"], parsed["Status"]) == ({"twice": 8}, "SUCCEEDED")
    assert (text["Output"], text["Input"]) == ('{"twice":8}', '{"n":4}')


def test_a_failed_child_execution_is_states_task_failed_with_its_description(machines: StateMachines) -> None:
    child = machines.create(machine(Only={"Type": "Fail", "Error": "Child.Error", "Cause": "why"}))

    execution = machines.run(machine(Call=task("states:startExecution.sync:2", {"StateMachineArn": child})))

    assert execution.error == "States.TaskFailed"
    assert (json.loads(execution.cause)["Error"], json.loads(execution.cause)["Cause"]) == ("Child.Error", "why")


def test_stopping_an_execution_stops_its_child(machines: StateMachines) -> None:
    child = machines.create(machine(Only={"Type": "Wait", "Seconds": 60}))
    parent = machines.start(machine(Call=task("states:startExecution.sync:2", {"StateMachineArn": child})))
    (started,) = wait_for(lambda: machines.client.list_executions(stateMachineArn=child)["executions"])

    machines.client.stop_execution(executionArn=parent)

    assert machines.ended(started["executionArn"], seconds=5).status == "ABORTED"


def test_a_missing_function_is_lambda_resource_not_found(machines: StateMachines) -> None:
    execution = machines.run(machine(Call=task("lambda:invoke", {"FunctionName": "nobody", "Payload": {"a": 1}})))

    assert execution.error == "Lambda.ResourceNotFoundException"
    assert "nobody" in execution.cause


def test_a_missing_functions_arn_as_the_resource_fails_alike(machines: StateMachines) -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function:nobody"

    execution = machines.run(machine(Call={"Type": "Task", "Resource": function, "Arguments": {"a": 1}}))

    assert execution.error == "Lambda.ResourceNotFoundException"
    assert execution.details("LambdaFunctionScheduled")[0]["resource"] == function
    assert execution.details("LambdaFunctionFailed")[0]["error"] == "Lambda.ResourceNotFoundException"


def invoked(answer: str, **more: Any) -> Any:
    """What a task makes of the answer of a function that was called by its ARN."""
    resource = Resource(service="lambda", action="invoke", function="arn:aws:lambda:us-east-1:123456789012:function:f")
    task = Task(resource=resource, payload={}, frame=NO_FRAME, token=None, timeout=None, heartbeat=None)
    body = BytesIO(answer.encode())
    return Invoke(prefix="Lambda", product="AWSLambda").result({"Payload": body, **more}, task)


NO_FRAME: Any = None


def test_a_functions_answer_is_read_as_json() -> None:
    assert invoked('{"n": [1, null]}') == {"n": [1, None]}


def test_an_error_a_function_raised_is_named_after_its_type() -> None:
    body = '{"errorType": "ValueError", "errorMessage": "no"}'

    with pytest.raises(StatesError) as failure:
        invoked(body, FunctionError="Unhandled")

    assert (failure.value.name, failure.value.cause) == ("ValueError", body)


def test_a_function_that_can_not_be_run_here_fails_with_the_reason() -> None:
    with pytest.raises(StatesError, match=r"Lambda.ServiceException: The local AWS could not run .* no docker here"):
        invoked("no docker here")


WAITING = "sqs:sendMessage.waitForTaskToken"


def with_token(local_aws: LocalAws, **fields: Any) -> tuple[dict[str, Any], Any]:
    """A machine that sends its token to a queue and waits, and what reads the token."""
    sqs = local_aws.client("sqs")
    queue = sqs.create_queue(QueueName=unique())["QueueUrl"]
    arguments = {"QueueUrl": queue, "MessageBody": "{% $states.context.Task.Token %}"}

    def token() -> str:
        (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
        return str(message["Body"])

    return machine(Ask=task(WAITING, arguments, **fields)), token


def test_a_task_token_is_waited_for_until_it_succeeds(machines: StateMachines, local_aws: LocalAws) -> None:
    definition, token = with_token(local_aws)
    execution = machines.start(definition)

    machines.client.send_task_success(taskToken=token(), output='{"answer": 42}')

    assert machines.ended(execution).output == {"answer": 42}


def test_a_task_token_fails_with_the_error_sent(machines: StateMachines, local_aws: LocalAws) -> None:
    definition, token = with_token(local_aws)
    execution = machines.start(definition)

    machines.client.send_task_failure(taskToken=token(), error="Their.Error", cause="why")

    ended = machines.ended(execution)
    assert (ended.error, ended.cause) == ("Their.Error", "why")


def test_heartbeats_keep_a_task_alive_and_their_absence_ends_it(machines: StateMachines, local_aws: LocalAws) -> None:
    definition, token = with_token(local_aws, HeartbeatSeconds=1)
    execution = machines.start(definition)

    machines.client.send_task_heartbeat(taskToken=token())

    ended = machines.ended(execution, seconds=10)
    assert ended.error == "States.HeartbeatTimeout"
    assert len(ended.details("TaskTimedOut")) == 1


def test_a_token_nobody_waits_for_is_refused(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.TaskDoesNotExist):
        machines.client.send_task_success(taskToken="gone", output="{}")


def test_dynamodb_items_go_in_and_out(machines: StateMachines, local_aws: LocalAws) -> None:
    table = unique()
    local_aws.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"id": {"S": "a"}}
    definition = machine(
        Put=task("dynamodb:putItem", {"TableName": table, "Item": {**key, "count": {"N": "3"}}}),
        Get=task("dynamodb:getItem", {"TableName": table, "Key": key}, Output="{% $states.result.Item.count.N %}"),
    )

    assert machines.run(definition).output == "3"


def test_a_token_may_be_answered_before_its_task_waits() -> None:
    async def answered_first() -> Any:
        tokens = Tokens()
        token = tokens.issue()
        tokens.succeed(token, '{"n": 1}')
        return await tokens.wait(token, heartbeat=None)

    assert asyncio.run(answered_first()) == {"n": 1}


def test_a_token_is_unknown_once_its_task_has_ended() -> None:
    async def forgotten() -> None:
        tokens = Tokens()
        token = tokens.issue()
        tokens.forget(token)
        tokens.succeed(token, "1")

    with pytest.raises(UnknownTokenError):
        asyncio.run(forgotten())
