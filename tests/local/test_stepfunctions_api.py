"""The Step Functions API, with boto3."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest

from local_aws.stepfunctions.shapes import iso_time
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import ROLE, StateMachines, branch, machine

PASS = machine(Only={"Type": "Pass"})
REST = machine(Only={"Type": "Wait", "Seconds": 60})


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def name() -> str:
    return f"m{uuid.uuid4().hex[:10]}"


def test_executions_without_a_name_do_not_collide(machines: StateMachines) -> None:
    arn = machines.create(PASS)

    started = {machines.client.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(3)}

    assert len(started) == 3
    assert all(each.startswith(arn.replace(":stateMachine:", ":execution:")) for each in started)


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(machines: StateMachines) -> None:
    request = {"stateMachineArn": machines.create(REST), "name": "once", "input": "{}"}
    first = machines.client.start_execution(**request)

    again = machines.client.start_execution(**request)

    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    with pytest.raises(machines.client.exceptions.ExecutionAlreadyExists):
        machines.client.start_execution(**{**request, "input": "[]"})
    machines.client.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(machines.client.exceptions.ExecutionAlreadyExists):
        machines.client.start_execution(**request)


def test_input_that_is_no_json_is_refused(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.InvalidExecutionInput):
        machines.client.start_execution(stateMachineArn=machines.create(PASS), input="{")


def test_the_same_machine_again_is_the_one_there_is_and_a_different_one_is_refused(machines: StateMachines) -> None:
    taken = name()
    arn = machines.create(PASS, name=taken)

    assert machines.create(PASS, name=taken) == arn
    with pytest.raises(machines.client.exceptions.StateMachineAlreadyExists, match="State Machine Already Exists"):
        machines.create(REST, name=taken)


def test_an_update_is_for_executions_started_after_it(machines: StateMachines) -> None:
    arn = machines.create(machine(Only={"Type": "Wait", "Seconds": 1}))
    before = machines.client.start_execution(stateMachineArn=arn, input="1")["executionArn"]

    machines.client.update_state_machine(
        stateMachineArn=arn, definition=json.dumps(machine(Only={"Type": "Pass", "Output": 2}))
    )

    after = machines.client.start_execution(stateMachineArn=arn, input="1")["executionArn"]
    assert (machines.ended(before).output, machines.ended(after).output) == (1, 2)


def test_deleting_a_machine_aborts_its_executions_and_frees_the_name(machines: StateMachines) -> None:
    taken = name()
    arn = machines.create(REST, name=taken)
    machines.client.start_execution(stateMachineArn=arn)

    machines.client.delete_state_machine(stateMachineArn=arn)

    with pytest.raises(machines.client.exceptions.StateMachineDoesNotExist):
        machines.client.describe_state_machine(stateMachineArn=arn)
    assert machines.create(PASS, name=taken) == arn


def test_lists_come_in_pages_newest_first_and_by_status(machines: StateMachines) -> None:
    arn = machines.create(PASS)
    started = [machines.client.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(5)]
    ended = [machines.ended(each).arn for each in started]

    first = machines.client.list_executions(stateMachineArn=arn, maxResults=3, statusFilter="SUCCEEDED")
    second = machines.client.list_executions(stateMachineArn=arn, maxResults=3, nextToken=first["nextToken"])

    listed = [each["executionArn"] for each in first["executions"] + second["executions"]]
    assert listed == ended[::-1]
    assert "nextToken" not in second
    assert machines.client.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []


def test_the_history_comes_in_pages_either_way_round(machines: StateMachines) -> None:
    execution = machines.run(PASS)

    page = machines.client.get_execution_history(executionArn=execution.arn, maxResults=2, reverseOrder=True)

    assert [event["id"] for event in page["events"]] == [4, 3]
    assert page["nextToken"]
    assert [event["previousEventId"] for event in execution.events] == [0, 1, 2, 3]


def test_data_is_left_out_when_only_metadata_is_asked_for(machines: StateMachines) -> None:
    execution = machines.run(PASS, {"secret": 1})

    history = machines.client.get_execution_history(executionArn=execution.arn, includeExecutionData=False)
    described = machines.client.describe_execution(executionArn=execution.arn, includedData="METADATA_ONLY")

    assert len(history["events"]) == 4
    assert "secret" not in f"{history} {described}"
    assert described["status"] == "SUCCEEDED"


def test_parallel_branches_link_their_events_to_where_they_began(machines: StateMachines) -> None:
    both = {"Type": "Parallel", "Branches": [branch(A={"Type": "Pass"}), branch(B={"Type": "Pass"})]}

    events = machines.run(machine(Both=both)).events

    started = next(event["id"] for event in events if event["type"] == "ParallelStateStarted")
    assert [event["previousEventId"] for event in events if event["type"] == "PassStateEntered"] == [started, started]


def test_describe_execution_tells_times_input_and_output(machines: StateMachines) -> None:
    description = machines.run(PASS, {"a": 1}).description

    assert description["startDate"] <= description["stopDate"]
    assert (description["input"], description["output"]) == ('{"a": 1}', '{"a":1}')
    assert description["outputDetails"] == {"included": True}


def test_versions_and_aliases_run_what_they_point_to(machines: StateMachines) -> None:
    client = machines.client
    old = client.create_state_machine(
        name=name(), definition=json.dumps(machine(Only={"Type": "Pass", "Output": 1})), roleArn=ROLE, publish=True
    )
    client.update_state_machine(
        stateMachineArn=old["stateMachineArn"], definition=json.dumps(machine(Only={"Type": "Pass", "Output": 2}))
    )
    route = [{"stateMachineVersionArn": old["stateMachineVersionArn"], "weight": 100}]
    alias = client.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]

    arns = (old["stateMachineArn"], old["stateMachineVersionArn"], alias)
    started = [client.start_execution(stateMachineArn=arn)["executionArn"] for arn in arns]

    assert [machines.ended(each).output for each in started] == [2, 1, 1]


def test_cloudformation_makes_state_machines_that_run(machines: StateMachines, local_aws: LocalAws) -> None:
    properties = {"DefinitionString": json.dumps(PASS), "RoleArn": ROLE, "StateMachineName": name()}
    template = {"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
    cloudformation = local_aws.client("cloudformation")
    stack = name()
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))

    resource = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="Machine")
    arn = resource["StackResourceDetail"]["PhysicalResourceId"]

    started = machines.client.start_execution(stateMachineArn=arn, input='"hello"')["executionArn"]
    assert machines.ended(started).output == "hello"


def test_a_fail_state_that_says_nothing_leaves_error_and_cause_away(machines: StateMachines) -> None:
    execution = machines.run(machine(Only={"Type": "Fail"}))

    assert {"error", "cause"} & set(execution.description) == set()
    assert execution.details("ExecutionFailed") == [{}]


def test_a_time_on_the_full_second_has_no_fraction() -> None:
    at = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)

    assert (iso_time(at), iso_time(at.replace(microsecond=20_999))) == (
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05.020Z",
    )
