"""ItemReader, ItemBatcher and ResultWriter of distributed Maps:
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and its siblings.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import (
    DISTRIBUTED,
    PASS,
    StateMachines,
    branch,
    each,
    failing_where_odd,
    machine,
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def reading(bucket: Bucket, action: str, arguments: dict[str, Any], **config: Any) -> dict[str, Any]:
    reader = {"Resource": f"arn:aws:states:::s3:{action}", "Arguments": {"Bucket": bucket.name, **arguments}}
    return {**reader, "ReaderConfig": config} if config else reader


def test_results_are_written_to_s3_with_a_manifest(machines: StateMachines, bucket: Bucket) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket.name, "Prefix": "out/here"}}
    state = each(failing_where_odd(), config=DISTRIBUTED, Items=[1, 2], ResultWriter=writer, ToleratedFailureCount=1)

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
    state = each(failing_where_odd(), config=DISTRIBUTED, Items=[1, 2, 4], ResultWriter=writer, MaxConcurrency=1)

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
