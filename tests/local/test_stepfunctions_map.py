"""Map states, inline and distributed: https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import SUBMIT, Execution, StateMachines, branch, machine

DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
PASS = {"Type": "Pass"}
FAIL_ODD = branch(
    Choose={
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input % 2 = 1 %}", "Next": "Bad"}],
        "Default": "Good",
    },
    Bad={"Type": "Fail", "Error": "Odd", "Cause": "an odd number"},
    Good={"Type": "Succeed"},
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


@dataclass(frozen=True)
class Bucket:
    aws: LocalAws
    name: str

    @property
    def client(self) -> Any:
        return self.aws.client("s3")

    def put(self, key: str, body: str) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=body.encode())

    def json(self, key: str) -> Any:
        return json.loads(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())


@pytest.fixture
def bucket(local_aws: LocalAws) -> Bucket:
    made = Bucket(local_aws, f"bucket-{uuid.uuid4().hex[:8]}")
    made.client.create_bucket(Bucket=made.name)
    return made


def each(processor: dict[str, Any], *, config: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    settings = {} if config is None else {"ProcessorConfig": config}
    return {"Type": "Map", "ItemProcessor": {**settings, **processor}, **fields}


def reading(bucket: Bucket, action: str, arguments: dict[str, Any], **config: Any) -> dict[str, Any]:
    reader = {"Resource": f"arn:aws:states:::s3:{action}", "Arguments": {"Bucket": bucket.name, **arguments}}
    return {**reader, "ReaderConfig": config} if config else reader


def at_most_at_once(execution: Execution, begun: str, ended: str) -> int:
    """The most that had begun and not ended, over the history."""
    steps = [{begun: 1, ended: -1}.get(event["type"], 0) for event in execution.events]
    return max(sum(steps[: end + 1]) for end in range(len(steps)))


def test_inline_outputs_keep_the_items_order_whatever_ends_first(machines: StateMachines) -> None:
    rest = {"Type": "Wait", "Seconds": "{% $states.input = 1 ? 1 : 0 %}"}

    output = machines.run(machine(Map=each(branch(Rest=rest), Items=[1, 2, 3]))).output

    assert output == [1, 2, 3]


@pytest.mark.parametrize("config", [None, DISTRIBUTED])
def test_item_selector_sees_the_item_its_index_the_input_and_variables(
    machines: StateMachines, config: dict[str, Any] | None
) -> None:
    selector = {
        "value": "{% $states.context.Map.Item.Value %}",
        "index": "{% $states.context.Map.Item.Index %}",
        "all": "{% $states.input.k %}",
        "variable": "{% $v %}",
    }
    definition = machine(
        Set={"Type": "Pass", "Assign": {"v": 9}},
        Map=each(branch(Each=PASS), config=config, Items="{% $states.input.items %}", ItemSelector=selector),
    )

    assert machines.run(definition, {"items": ["a", None], "k": "z"}).output == [
        {"value": "a", "index": 0, "all": "z", "variable": 9},
        {"value": None, "index": 1, "all": "z", "variable": 9},
    ]


def test_jsonpath_items_path_and_item_selector(machines: StateMachines) -> None:
    selector = {"n.$": "$$.Map.Item.Value.n", "of.$": "$.of"}
    state = each(branch(Each=PASS), ItemsPath="$.list", ItemSelector=selector)

    output = machines.run(machine("JSONPath", Map=state), {"list": [{"n": 1}, {"n": 2}], "of": "x"}).output

    assert output == [{"n": 1, "of": "x"}, {"n": 2, "of": "x"}]


def test_max_concurrency_is_kept(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 0})
    state = each(rest, Items="{% [1..20] %}", MaxConcurrency="{% 1 + 2 %}")

    execution = machines.run(machine(Map=state))

    assert at_most_at_once(execution, "MapIterationStarted", "MapIterationSucceeded") == 3


def test_an_inline_map_without_max_concurrency_runs_40_at_once(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 1})

    execution = machines.run(machine(Map=each(rest, Items="{% [1..50] %}")))

    assert at_most_at_once(execution, "MapIterationStarted", "MapIterationSucceeded") == 40


def test_nested_maps_keep_their_own_items(machines: StateMachines) -> None:
    inner = each(branch(Each=PASS), Items="{% $states.input %}")

    assert machines.run(machine(Map=each(branch(Inner=inner), Items=[[1, 2], [], [3]]))).output == [[1, 2], [], [3]]


def test_items_that_are_no_array_are_refused(machines: StateMachines) -> None:
    execution = machines.run(machine(Map=each(branch(Each=PASS), Items="{% 7 %}")))

    assert (execution.error, "must select an array" in execution.cause) == ("States.Runtime", True)


def test_tolerance_belongs_to_distributed_maps_only(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition) as refusal:
        machines.create(machine(Map=each(branch(Each=PASS), Items=[], ToleratedFailureCount=1)))

    assert "'ToleratedFailureCount' is only supported in a Map state of Mode DISTRIBUTED" in str(refusal.value)


def test_a_distributed_map_runs_a_child_execution_for_each_item(machines: StateMachines) -> None:
    double = branch(Each={"Type": "Pass", "Output": "{% $states.input * 2 %}"})

    execution = machines.run(machine(Map=each(double, config=DISTRIBUTED, Items=[1, 2], Label="Twice")))

    (run,) = machines.client.list_map_runs(executionArn=execution.arn)["mapRuns"]
    children = machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    described = [machines.client.describe_execution(executionArn=child["executionArn"]) for child in children]
    assert execution.output == [2, 4]
    assert sorted((child["input"], child["output"]) for child in described) == [("1", "2"), ("2", "4")]
    assert "/Twice:" in children[0]["executionArn"]
    counts = machines.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (2, 2, 0)


def test_a_distributed_map_whose_children_fail_fails(machines: StateMachines) -> None:
    execution = machines.run(machine(Map=each(FAIL_ODD, config=DISTRIBUTED, Items=[1, 3])))

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.cause == "The specified tolerated failure threshold was exceeded"
    assert len(execution.details("MapRunFailed")) == 1


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailureCount": "{% $states.input %}"}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 10}, "FAILED"),
    ],
)
def test_failed_items_are_tolerated_up_to_the_threshold(
    machines: StateMachines, tolerance: dict[str, Any], status: str
) -> None:
    state = each(FAIL_ODD, config=DISTRIBUTED, Items=[1, 2, 3, 4], **tolerance)

    assert machines.run(machine(Map=state), 2).status == status


def test_past_the_threshold_running_children_are_aborted_with_their_jobs_and_the_rest_never_starts(
    machines: StateMachines, batch: Batch
) -> None:
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Arguments": {
            "JobName": "{% 'child-' & $states.input %}",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides": {"Command": ["sh", "-c", "{% $states.input = 0 ? 'sleep 1; exit 1' : 'sleep 60' %}"]},
        },
    }
    state = each(branch(Job=job), config=DISTRIBUTED, Items=[0, 1, 2, 3], MaxConcurrency=2)

    execution = machines.run(machine(Map=state))

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    jobs = {
        each["jobName"]: each["jobId"]
        for each in batch.client.list_jobs(jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["child-*"]}])[
            "jobSummaryList"
        ]
    }
    assert set(jobs) == {"child-0", "child-1"}
    assert "was aborted" in batch.wait(jobs["child-1"], seconds=10)["statusReason"]


def test_results_are_written_to_s3_with_a_manifest(machines: StateMachines, bucket: Bucket) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket.name, "Prefix": "out/here"}}
    state = each(FAIL_ODD, config=DISTRIBUTED, Items=[1, 2], ResultWriter=writer, ToleratedFailureCount=1)

    output = machines.run(machine(Map=state)).output

    details = output["ResultWriterDetails"]
    manifest = bucket.json(details["Key"])
    folder = f"out/here/{output['MapRunArn'].rsplit(':', 1)[1]}"
    assert details == {"Bucket": bucket.name, "Key": f"{folder}/manifest.json"}
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (bucket.name, output["MapRunArn"])
    (succeeded,) = bucket.json(manifest["ResultFiles"]["SUCCEEDED"][0]["Key"])
    (failed,) = bucket.json(manifest["ResultFiles"]["FAILED"][0]["Key"])
    assert manifest["ResultFiles"]["PENDING"] == []
    assert (succeeded["Input"], succeeded["Output"], succeeded["Status"]) == ("2", "2", "SUCCEEDED")
    assert (failed["Input"], failed["Error"], failed["Cause"]) == ("1", "Odd", "an odd number")
    assert manifest["ResultFiles"]["FAILED"][0]["Key"] == f"{folder}/FAILED_0.json"


def test_what_never_started_is_written_as_pending(machines: StateMachines, bucket: Bucket) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket.name, "Prefix": "out"}}
    state = each(FAIL_ODD, config=DISTRIBUTED, Items=[1, 2, 4], ResultWriter=writer, MaxConcurrency=1)

    execution = machines.run(machine(Map=state))

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    (pending,) = [
        found["Key"]
        for found in bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]
        if "PENDING" in found["Key"]
    ]
    assert [record["Input"] for record in bucket.json(pending)] == ["2", "4"]


def test_a_missing_bucket_for_the_results_is_result_writer_failed(machines: StateMachines) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "nobody-has-this", "Prefix": ""}}
    state = each(branch(Each=PASS), config=DISTRIBUTED, Items=[1], ResultWriter=writer)

    assert machines.run(machine(Map=state)).error == "States.ResultWriterFailed"


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({"Transformation": "COMPACT"}, [[1, 2], [3]]),
        ({"Transformation": "FLATTEN"}, [1, 2, 3]),
    ],
)
def test_a_transformation_without_export_shapes_the_output(
    machines: StateMachines, config: dict[str, str], output: Any
) -> None:
    writer = {"WriterConfig": {**config, "OutputType": "JSON"}}
    state = each(branch(Each=PASS), config=DISTRIBUTED, Items=[[1, 2], [3]], ResultWriter=writer)

    assert machines.run(machine(Map=state)).output == output


def test_list_objects_reads_every_page_and_an_empty_prefix(machines: StateMachines, bucket: Bucket) -> None:
    client = bucket.client
    for number in range(1005):
        client.put_object(Bucket=bucket.name, Key=f"folder/{number:05}", Body=b"x")
    key = branch(Each={"Type": "Pass", "Output": "{% $states.input.Key %}"})
    reader = reading(bucket, "listObjectsV2", {"Prefix": ""})

    output = machines.run(machine(Map=each(key, config=DISTRIBUTED, ItemReader=reader)), seconds=60).output

    assert output == [f"folder/{number:05}" for number in range(1005)]


def test_list_objects_gives_key_size_etag_and_time(machines: StateMachines, bucket: Bucket) -> None:
    bucket.put("in/a", "four")
    bucket.put("other/b", "")
    reader = reading(bucket, "listObjectsV2", {"Prefix": "in/"})

    (item,) = machines.run(machine(Map=each(branch(Each=PASS), config=DISTRIBUTED, ItemReader=reader))).output

    assert (item["Key"], item["Size"], item["StorageClass"]) == ("in/a", 4, "STANDARD")
    assert isinstance(item["LastModified"], int)
    assert item["Etag"].startswith('"')


@pytest.mark.parametrize(
    ("config", "body", "items"),
    [
        ({"InputType": "JSON"}, '[1, {"a": null}]', [1, {"a": None}]),
        ({"InputType": "JSON", "ItemsPointer": "/x/0"}, '{"x": [[1, 2]]}', [1, 2]),
        ({"InputType": "JSONL"}, '{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ({"InputType": "JSONL", "MaxItems": 1}, "1\n2\n", [1]),
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, 'a,b\n1,"x, y"\n', [{"a": "1", "b": "x, y"}]),
        (
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["n", "m"], "CSVDelimiter": "PIPE"},
            "1|2\n3|4\n",
            [{"n": "1", "m": "2"}, {"n": "3", "m": "4"}],
        ),
    ],
)
def test_files_are_read_as_their_type_says(
    machines: StateMachines, bucket: Bucket, config: dict[str, Any], body: str, items: Any
) -> None:
    bucket.put("items", body)
    reader = reading(bucket, "getObject", {"Key": "items"}, **config)

    assert machines.run(machine(Map=each(branch(Each=PASS), config=DISTRIBUTED, ItemReader=reader))).output == items


@pytest.mark.parametrize(("key", "body"), [("missing", "[]"), ("items", "{not json"), ("items", "7")])
def test_items_that_can_not_be_read_are_item_reader_failed(
    machines: StateMachines, bucket: Bucket, key: str, body: str
) -> None:
    bucket.put("items", body)
    reader = reading(bucket, "getObject", {"Key": key}, InputType="JSON")

    execution = machines.run(machine(Map=each(branch(Each=PASS), config=DISTRIBUTED, ItemReader=reader)))

    assert execution.error == "States.ItemReaderFailed"
    assert key in execution.cause


def test_an_item_batcher_groups_items_with_a_shared_input(machines: StateMachines) -> None:
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"k": "{% $states.input.k %}"}}
    state = each(branch(Each=PASS), config=DISTRIBUTED, Items="{% [1..5] %}", ItemBatcher=batcher)

    output = machines.run(machine(Map=state), {"k": "z"}).output

    assert output == [{"BatchInput": {"k": "z"}, "Items": items} for items in ([1, 2], [3, 4], [5])]


def test_an_item_batcher_keeps_a_limit_of_bytes(machines: StateMachines) -> None:
    state = each(
        branch(Each={"Type": "Pass", "Output": "{% $count($states.input.Items) %}"}),
        config=DISTRIBUTED,
        Items="{% $map([1..6], function($i) { $pad('', 100, 'x') }) %}",
        ItemBatcher={"MaxInputBytesPerBatch": 320},
    )

    assert machines.run(machine(Map=state)).output == [2, 2, 2]


def test_express_children_run_and_keep_no_history(machines: StateMachines) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}

    execution = machines.run(machine(Map=each(branch(Each=PASS), config=config, Items=[1])))

    (run,) = machines.client.list_map_runs(executionArn=execution.arn)["mapRuns"]
    (child,) = machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert machines.client.get_execution_history(executionArn=child["executionArn"])["events"] == []
    assert execution.output == [1]


def test_update_map_run_changes_the_concurrency_of_a_run_under_way(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 1})
    state = each(rest, config=DISTRIBUTED, Items="{% [1..30] %}", MaxConcurrency=1)
    execution = machines.start(machine(Map=state))
    (run,) = wait_for(lambda: machines.client.list_map_runs(executionArn=execution)["mapRuns"])

    machines.client.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=30)

    assert machines.ended(execution, seconds=10).status == "SUCCEEDED"


@pytest.mark.slow
def test_ten_thousand_children_need_no_thread_each(machines: StateMachines, bucket: Bucket) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket.name, "Prefix": "out"}}
    bucket.put("items", "\n".join(map(str, range(10_000))))
    reader = reading(bucket, "getObject", {"Key": "items"}, InputType="JSONL")
    rest = branch(Rest={"Type": "Wait", "Seconds": 1})
    state = each(rest, config=DISTRIBUTED, ItemReader=reader, ResultWriter=writer)

    output = machines.run(machine(Map=state), seconds=120).output

    manifest = bucket.json(output["ResultWriterDetails"]["Key"])
    records = bucket.json(manifest["ResultFiles"]["SUCCEEDED"][0]["Key"])
    assert [int(record["Input"]) for record in records] == list(range(10_000))


def test_a_jsonpath_distributed_map_takes_its_settings_from_the_input(machines: StateMachines, bucket: Bucket) -> None:
    bucket.put("in/a.mp3", "x")
    bucket.put("in/b.mp3", "y")
    state = each(
        branch(Each={"Type": "Pass", "Parameters": {"name.$": "States.Format('{}-{}', $.prefix, $.key)"}}),
        config=DISTRIBUTED,
        ItemReader={
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "Parameters": {"Bucket.$": "$.input.s3_bucket", "Prefix.$": "$.input.s3_prefix"},
            "ReaderConfig": {"MaxItemsPath": "$.most"},
        },
        ItemSelector={"key.$": "$$.Map.Item.Value.Key", "prefix.$": "$.name"},
        MaxConcurrencyPath="$.at_once",
        ToleratedFailurePercentagePath="$.tolerated",
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket.$": "$.input.s3_bucket", "Prefix": "results"},
        },
        ResultPath="$.results",
    )
    data = {
        "name": "archive",
        "input": {"s3_bucket": bucket.name, "s3_prefix": "in/"},
        "most": 1,
        "at_once": 5,
        "tolerated": 10,
    }

    output = machines.run(machine("JSONPath", Archive=state), data).output

    manifest = bucket.json(output["results"]["ResultWriterDetails"]["Key"])
    records = bucket.json(manifest["ResultFiles"]["SUCCEEDED"][0]["Key"])
    run = machines.client.describe_map_run(mapRunArn=output["results"]["MapRunArn"])
    assert output["name"] == "archive"
    assert [json.loads(record["Output"]) for record in records] == [{"name": "archive-in/a.mp3"}]
    assert (run["maxConcurrency"], run["toleratedFailurePercentage"], run["status"]) == (5, 10.0, "SUCCEEDED")


def test_container_overrides_built_at_the_map_reach_each_job(machines: StateMachines, batch: Batch) -> None:
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Parameters": {
            "JobName": "run",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides.$": "$.ContainerOverrides",
        },
    }
    environment = [{"Name": "RunNumber", "Value.$": "States.Format('{}', $$.Map.Item.Value)"}]
    overrides = {"Command": ["sh", "-c", "echo run $RunNumber"], "Environment": environment}
    state = each(
        branch(Job=job),
        ItemsPath="$.myRuns",
        MaxConcurrency=6,
        ItemSelector={"ContainerOverrides": overrides},
        ResultSelector={"ids.$": "$[*].JobId"},
    )

    output = machines.run(machine("JSONPath", Runs=state), {"myRuns": [1, 2, 3]}).output

    assert [batch.log(batch.describe(job_id)) for job_id in output["ids"]] == [["run 1"], ["run 2"], ["run 3"]]


def test_an_array_jobs_size_comes_from_an_earlier_result(machines: StateMachines, batch: Batch) -> None:
    plan = {"Type": "Pass", "Result": {"body": {"arrayJobSize": 2}}, "ResultPath": "$.output.Payload"}
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Parameters": {
            "JobName.$": "$.jobName",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ArrayProperties": {"Size.$": "$.output.Payload.body.arrayJobSize"},
            "Parameters": {"action": "render"},
            "ContainerOverrides": {"Command": ["echo", "Ref::action"]},
        },
        "ResultPath": "$.output",
    }

    output = machines.run(machine("JSONPath", Plan=plan, Render=job), {"jobName": "scene"}).output

    assert (output["output"]["ArrayProperties"]["Size"], output["output"]["Status"]) == (2, "SUCCEEDED")
    assert output["jobName"] == "scene"
