"""`batch:submitJob`: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.stepfunctions.integrations.optimized import BatchJob
from local_aws.stepfunctions.integrations.task import Task
from local_aws.stepfunctions.resources import parse_resource
from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import (
    SUBMIT,
    StateMachines,
    branch,
    job,
    jobs_named,
    machine,
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def test_sync_waits_for_the_job_and_gives_its_description_in_pascal_case(machines: StateMachines, batch: Batch) -> None:
    execution = machines.run(machine(Job=job(batch, "exit 0", Tags={"team": "a"})))

    described = batch.describe(execution.output["JobId"])
    assert described["status"] == "SUCCEEDED"
    assert execution.output["Status"] == "SUCCEEDED"
    assert execution.output["JobName"] == "job"
    assert execution.output["Container"]["ExitCode"] == 0
    assert execution.output["Container"]["Command"] == ["sh", "-c", "exit 0"]
    assert execution.output["Attempts"][0]["Container"]["ExitCode"] == 0
    assert execution.output["StartedAt"] == described["startedAt"]
    assert execution.output["Tags"]["team"] == "a"


def test_sync_tells_the_job_that_step_functions_manages_it(machines: StateMachines, batch: Batch) -> None:
    own = {"Environment": [{"Name": "RUN", "Value": "7"}]}

    execution = machines.run(machine(Job=job(batch, 'echo "$RUN by $MANAGED_BY_AWS"', ContainerOverrides=own)))

    described = batch.describe(execution.output["JobId"])
    assert batch.log(described) == ["7 by STARTED_BY_STEP_FUNCTIONS"]


def test_without_sync_the_job_is_submitted_and_not_waited_for(machines: StateMachines, batch: Batch) -> None:
    state = {**job(batch, "sleep 60"), "Resource": "arn:aws:states:::batch:submitJob"}

    output = machines.run(machine(Job=state)).output

    assert batch.status(output["JobId"]) not in ("SUCCEEDED", "FAILED")
    assert output["JobArn"].endswith(output["JobId"])
    assert "MANAGED_BY_AWS" not in json.dumps(batch.describe(output["JobId"]))


def test_a_failed_job_is_states_task_failed_with_its_description_as_cause(
    machines: StateMachines, batch: Batch
) -> None:
    execution = machines.run(machine(Job=job(batch, "exit 3")))

    cause = json.loads(execution.cause)
    assert execution.error == "States.TaskFailed"
    assert (cause["Status"], cause["Container"]["ExitCode"]) == ("FAILED", 3)
    assert cause["StatusReason"] == batch.describe(cause["JobId"])["statusReason"]
    assert execution.details("TaskFailed")[0]["error"] == "States.TaskFailed"


def test_an_unknown_queue_is_a_batch_client_exception_with_the_apis_message(
    machines: StateMachines, batch: Batch
) -> None:
    execution = machines.run(machine(Job=job(batch, JobQueue="no-such-queue")))

    assert execution.error == "Batch.ClientException"
    assert "no-such-queue" in execution.cause
    assert "(Service: AWSBatch; Status Code: 400; Error Code: ClientException;" in execution.cause
    assert len(execution.details("TaskSubmitFailed")) == 1


def test_every_field_of_submit_job_is_passed_on(machines: StateMachines, batch: Batch) -> None:
    state = job(
        batch,
        'echo "Ref::word"',
        ContainerOverrides={
            "Command": ["echo", "Ref::word"],
            "Environment": [{"Name": "A", "Value": "b"}],
            "ResourceRequirements": [{"Type": "VCPU", "Value": "2"}, {"Type": "MEMORY", "Value": "256"}],
        },
        ArrayProperties={"Size": 2},
        Parameters={"word": "hello"},
        PropagateTags=True,
        RetryStrategy={"Attempts": 2, "EvaluateOnExit": [{"OnExitCode": "9", "Action": "RETRY"}]},
        Tags={"case": "Kept-As-Is"},
        Timeout={"AttemptDurationSeconds": 77},
    )

    output = machines.run(machine(Job=state)).output

    described = batch.describe(output["JobId"])
    assert described["arrayProperties"]["size"] == 2
    assert described["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 2
    assert output["ArrayProperties"]["StatusSummary"]["SUCCEEDED"] == 2
    assert described["parameters"]["word"] == "hello"
    assert described["propagateTags"] is True
    assert described["retryStrategy"]["evaluateOnExit"] == [{"onExitCode": "9", "action": "RETRY"}]
    assert described["tags"]["case"] == "Kept-As-Is"
    assert described["timeout"] == {"attemptDurationSeconds": 77}
    assert {"type": "VCPU", "value": "2"} in described["container"]["resourceRequirements"]


def test_depends_on_makes_a_job_wait_for_another(machines: StateMachines, batch: Batch) -> None:
    first = {**job(batch, "sleep 0.5", JobName="first"), "Resource": "arn:aws:states:::batch:submitJob"}
    second = job(batch, JobName="second", DependsOn=[{"JobId": "{% $states.input.JobId %}"}])

    output = machines.run(machine(First=first, Second=second)).output

    (before,) = jobs_named(batch, "first")
    assert output["DependsOn"] == [{"JobId": before["jobId"]}]
    assert before["stoppedAt"] <= output["StartedAt"]


def test_a_number_where_batch_wants_a_text_is_refused_by_field(machines: StateMachines, batch: Batch) -> None:
    wrong = {"Environment": [{"Name": "RUN", "Value": 7}]}

    execution = machines.run(machine(Job=job(batch, ContainerOverrides=wrong)))

    assert execution.error == "States.Runtime"
    assert "The value for the field 'Value' must be a STRING" in execution.cause


def test_a_field_without_its_capital_is_refused(machines: StateMachines, batch: Batch) -> None:
    wrong = {"Environment": [{"name": "RUN", "Value": "7"}]}

    execution = machines.run(machine(Job=job(batch, ContainerOverrides=wrong)))

    assert execution.error == "States.Runtime"
    assert "The field 'name' is not supported by Step Functions" in execution.cause


def test_a_misspelt_field_is_refused_when_the_machine_is_created(machines: StateMachines, batch: Batch) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition) as refusal:
        machines.create(machine(Job=job(batch, JobQeue="x")))

    assert "The field 'JobQeue' is not supported by Step Functions at /States/Job/Arguments/JobQeue" in str(
        refusal.value
    )


def test_the_history_has_the_submitted_jobs_id_between_scheduled_and_succeeded(
    machines: StateMachines, batch: Batch
) -> None:
    execution = machines.run(machine(Job=job(batch)))

    assert [event["type"] for event in execution.events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    (submitted,) = execution.details("TaskSubmitted")
    assert (submitted["resourceType"], submitted["resource"]) == ("batch", "submitJob.sync")
    assert json.loads(submitted["output"])["JobId"] == execution.output["JobId"]


def test_retry_submits_a_new_job_each_time(machines: StateMachines, batch: Batch) -> None:
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1}]
    state = {**job(batch, "exit 1", JobName="tried"), "Retry": retry}

    execution = machines.run(machine(Job=state))

    assert execution.error == "States.TaskFailed"
    assert len(jobs_named(batch, "tried")) == 3


def test_catch_hands_the_failure_on_and_the_machine_goes_on(machines: StateMachines, batch: Batch) -> None:
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "After", "Output": "{% $parse($states.errorOutput.Cause) %}"}]
    states = machine(Job={**job(batch, "exit 4"), "Catch": caught}, After={"Type": "Succeed"})

    output = machines.run(states).output

    assert output["Container"]["ExitCode"] == 4


def test_jsonpath_parameters_submit_the_same_job(machines: StateMachines, batch: Batch) -> None:
    state = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Parameters": {
            "JobName.$": "States.Format('job-{}', $.number)",
            "JobQueue.$": "$.queue",
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides": {
                "Command": ["sh", "-c", 'echo "n=$N"'],
                "Environment": [{"Name": "N", "Value.$": "States.JsonToString($.number)"}],
            },
        },
        "ResultSelector": {"id.$": "$.JobId"},
        "ResultPath": "$.job",
    }

    output = machines.run(machine("JSONPath", Job=state), {"number": 5, "queue": batch.queue}).output

    described = batch.describe(output["job"]["id"])
    assert output["number"] == 5
    assert described["jobName"] == "job-5"
    assert batch.log(described) == ["n=5"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ClientException", "Batch.ClientException"),
        ("ServerException", "Batch.ServerException"),
        ("TooManyRequestsException", "Batch.AWSBatchException"),
        ("AccessDeniedException", "Batch.AWSBatchException"),
    ],
)
def test_an_error_is_named_as_batchs_api_names_it_and_any_other_aws_batch_exception(code: str, name: str) -> None:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": 429, "RequestId": "r"}}
    resource = parse_resource(SUBMIT)
    task = Task(resource=resource, payload={}, frame=None, token=None, timeout=None, heartbeat=None)  # type: ignore[arg-type]

    error = BatchJob(prefix="Batch", product="AWSBatch").error(ClientError(answer, "SubmitJob"), task)

    assert error.name == name
    assert error.cause == f"m (Service: AWSBatch; Status Code: 429; Error Code: {code}; Request ID: r; Proxy: null)"


def test_forty_iterations_wait_for_their_own_jobs(machines: StateMachines, batch: Batch) -> None:
    state = {**job(batch, "true"), "Resource": SUBMIT}
    several = {"Type": "Map", "Items": "{% [1..40] %}", "ItemProcessor": branch(Job=state)}

    output = machines.run(machine(Map=several), seconds=60).output

    assert [one["Status"] for one in output] == ["SUCCEEDED"] * 40
    assert len({one["JobId"] for one in output}) == 40
