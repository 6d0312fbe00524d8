"""What became of a map's items, and where that is told."""

import json
from typing import Any

import pytest

from airstep.items import item
from airstep.maps.ends import ChildEnd, ItemEnd, ItemStatus, Tolerance, item_ends, marked_ends
from airstep.maps.requests import array_request, fields_outside, for_item, for_shard, with_retries, work_of
from airstep.maps.results import ResultsWriter
from airstep.maps.rounds import Round, Submitted
from airstep.maps.shards import Item, Shard
from tests.unit.airstep.fake_s3 import FakeS3

BASE = "s3://b/m"
ITEMS = [Item(f"{number:032x}", {"n": number}) for number in range(6)]


def s3_with(**marks: list[int]) -> FakeS3:
    """S3 with marks of items, given by number."""
    made = FakeS3()
    for kind, numbers in marks.items():
        for number in numbers:
            body = json.dumps({"reason": f"item {number} is bad"}).encode()
            made.objects["b", f"m/{kind}/{ITEMS[number].id}"] = body
    return made


def told(ends: Any) -> list[tuple[int, str, str]]:
    return [(end.item.value["n"], end.status.value, end.reason) for end in ends]


def test_a_child_that_succeeded_is_not_asked_about() -> None:
    s3 = s3_with()
    ends = told(item_ends(s3, BASE, [[ITEMS[0]], [ITEMS[1], ITEMS[2]]], {}))
    assert ends == [(0, "SUCCEEDED", ""), (1, "SUCCEEDED", ""), (2, "SUCCEEDED", "")]
    assert s3.calls == []


def test_the_items_of_a_failed_child_end_as_their_marks_say_or_as_the_child_did() -> None:
    s3 = s3_with(succeeded=[0], failed=[1, 3, 4])
    children = [ITEMS[0:3], [ITEMS[3]], [ITEMS[4]], [ITEMS[5]]]
    failed = {
        0: ChildEnd(index=0, reason="exit code 1"),
        1: ChildEnd(index=1, reason="exit code 1"),
        2: ChildEnd(index=2, reason="terminated", started=False),
        3: ChildEnd(index=3, reason="Host EC2 (instance i-1) terminated."),
    }
    assert told(item_ends(s3, BASE, children, failed)) == [
        (0, "SUCCEEDED", ""),
        (1, "FAILED", "item 1 is bad"),
        (2, "FAILED", "exit code 1"),
        (3, "FAILED", "item 3 is bad"),
        (4, "PENDING", "terminated"),
        (5, "FAILED", "Host EC2 (instance i-1) terminated."),
    ]


def test_by_marks_alone_an_item_without_one_was_not_begun() -> None:
    s3 = s3_with(failed=[1, 2])
    succeeded = {ITEMS[0].id, ITEMS[2].id}
    ends = told(marked_ends(s3, BASE, [[each] for each in ITEMS[:4]], succeeded.__contains__))
    assert [status for _, status, _ in ends] == ["SUCCEEDED", "FAILED", "SUCCEEDED", "PENDING"]
    assert ends[1][2] == "item 1 is bad"


@pytest.mark.parametrize(
    ("percentage", "count", "items", "most", "text"),
    [
        (None, None, 10, 0, "none"), (None, 3, 10, 3, "3"), (5, None, 1_000, 50, "5 %"), (0.1, None, 999, 0, "0.1 %"),
        (50, 2, 100, 2, "50 % and 2"), (1, 1_000, 1_000, 10, "1 % and 1,000"), (0, None, 10, 0, "0 %"),
    ],
)  # fmt: skip
def test_the_narrower_limit_counts(
    percentage: float | None, count: int | None, items: int, most: int, text: str
) -> None:
    tolerance = Tolerance(percentage=percentage, count=count)
    assert (tolerance.most(items), str(tolerance)) == (most, text)


def test_the_manifest_names_files_by_status_as_a_result_writer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airstep.maps.results._MOST_RECORDS", 2)
    s3 = FakeS3()
    writer = ResultsWriter(s3, "s3://b/m/runs/r", run="d/r/t")
    for each in ITEMS[:3]:
        writer.add(ItemEnd(item=each, status=ItemStatus.SUCCEEDED))
    writer.add(ItemEnd(item=ITEMS[3], status=ItemStatus.FAILED, reason="bad"))
    summary = writer.finish()
    assert summary.to_json() == {
        "items": 4, "succeeded": 3, "failed": 1, "pending": 0, "manifest": "s3://b/m/runs/r/manifest.json",
    }  # fmt: skip
    assert summary.failures == ('{"n":3}: bad',)
    manifest = json.loads(s3.objects["b", "m/runs/r/manifest.json"])
    files = manifest["ResultFiles"]
    assert (manifest["DestinationBucket"], list(files)) == ("b", ["FAILED", "PENDING", "SUCCEEDED"])
    assert [file["Key"] for file in files["SUCCEEDED"]] == [f"m/runs/r/SUCCEEDED_{number}.json" for number in (0, 1)]
    assert [file["Size"] for file in files["FAILED"]] == [len(s3.objects["b", "m/runs/r/FAILED_0.json"])]
    assert json.loads(s3.objects["b", "m/runs/r/FAILED_0.json"]) == [
        {
            "Name": ITEMS[3].id,
            "Input": '{"n":3}',
            "InputDetails": {"Included": True},
            "Status": "FAILED",
            "Error": "States.TaskFailed",
            "Cause": "bad",
        }
    ]


def test_a_round_knows_its_jobs_and_ends_again_from_s3() -> None:
    s3 = FakeS3()
    first = Round(s3, "s3://b/m/runs/r/1")
    first.note_submitted(0, Submitted(job_ids=("a",)))
    first.note_submitted(1, Submitted(job_ids=("b", "c"), refused={2: "no such field"}))
    first.note_end(0, [ChildEnd(index=4, reason="bad", started=False)])
    again = Round(s3, "s3://b/m/runs/r/1").load()
    assert (again.jobs, again.ends) == (first.jobs, first.ends)
    assert (list(again.open), again.open_ids) == ([1], ["b", "c"])


# -- requests ----------------------------------------------------------------------------------------------------------

REQUEST = {
    "jobName": "j",
    "jobQueue": "q",
    "jobDefinition": "d:1",
    "parameters": {"in": "s3://b/" + item["Key"], "x": "{y}"},
    "containerOverrides": {
        "command": ["run", item["Key"], "{}"],
        "environment": [{"name": "K", "value": item["Key"]}, {"name": "FIXED", "value": "{z}"}],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}],
    },
}


def test_an_array_job_says_the_fields_as_the_runner_reads_them() -> None:
    request = array_request(REQUEST)
    overrides = request["containerOverrides"]
    assert overrides["command"] == ["airstep-item", "--", "run", "{Key}", "{{}}"]
    assert overrides["environment"] == [
        {"name": "K", "value": "{Key}"},
        {"name": "FIXED", "value": "{z}"},
        {"name": "AIRSTEP_ITEM_ENVIRONMENT", "value": "K"},
    ]
    assert request["parameters"] == {"in": "s3://b/{Key}", "x": "{{y}}"}
    assert request["retryStrategy"]["attempts"] == 5


def test_a_shard_of_one_is_a_plain_job() -> None:
    many, one = (for_shard(REQUEST, Shard(uri="s3://b/s", children=count, items=9)) for count in (2, 1))
    assert (many["arrayProperties"], "arrayProperties" in one) == ({"size": 2}, False)
    assert one["containerOverrides"]["environment"][-1] == {"name": "AIRSTEP_ITEMS", "value": "s3://b/s"}


def test_the_job_of_an_item_has_its_fields_filled_in() -> None:
    request = for_item({**REQUEST, "jobName": "j-" + item["n"]}, {"Key": "k", "n": 7})
    assert (request["jobName"], request["parameters"]) == ("j-7", {"in": "s3://b/k", "x": "{y}"})
    assert request["containerOverrides"]["command"] == ["run", "k", "{}"]


def test_the_work_is_what_is_done_and_not_how() -> None:
    overrides = {**REQUEST["containerOverrides"], "resourceRequirements": []}
    same = {
        **REQUEST,
        "jobName": "x",
        "jobQueue": "y",
        "retryStrategy": {"attempts": 2},
        "containerOverrides": overrides,
    }
    assert work_of(same) == work_of(REQUEST)
    changed = {**REQUEST, "jobDefinition": "d:2"}, {**REQUEST, "parameters": {}}
    assert all(work_of(each) != work_of(REQUEST) for each in changed)


def test_fields_that_all_children_share_may_not_name_the_item() -> None:
    assert list(fields_outside(REQUEST)) == []
    named = {**REQUEST, "jobName": item["n"], "containerOverrides": {"resourceRequirements": [{"value": item["n"]}]}}
    assert list(fields_outside(named)) == ["jobName", "resourceRequirements"]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"attempts": 3}, ["65", "64"]),
        ({"attempts": 3, "evaluateOnExit": [{"onReason": "*", "action": "RETRY"}] * 4}, ["65"]),
        ({"attempts": 3, "evaluateOnExit": [{"onReason": "*", "action": "RETRY"}] * 5}, []),
    ],
)
def test_a_retry_strategy_begins_with_what_the_runner_says_no_retry_mends(given: Any, codes: list[str]) -> None:
    rules = with_retries(given)["evaluateOnExit"]
    assert [rule["onExitCode"] for rule in rules if "onExitCode" in rule] == codes
    assert len(rules) <= 5


def test_a_retry_strategy_with_exit_codes_of_its_own_is_left_alone() -> None:
    given = {"attempts": 2, "evaluateOnExit": [{"onExitCode": "65", "action": "RETRY"}]}
    assert with_retries(given) == given
