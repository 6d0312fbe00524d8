"""The benchmark of maps counts what it says, and holds its promises against the right numbers."""

from pathlib import Path
from urllib.parse import urlencode

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import BatchHook
from airstep.maps.listing import objects_under
from benchmarks.maps.counting_aws import LOOKS, SOURCE, CountingClients
from benchmarks.maps.listing import Listing
from benchmarks.maps.listing_server import answer
from benchmarks.maps.one_map import Phases, run_map
from benchmarks.maps.plot import draw
from benchmarks.maps.promises import items_a_second, looks_within, map_promises
from benchmarks.maps.runs import Unfinished
from benchmarks.memory import peak_megabytes


def phases(
    items: int, *, plan: float = 1.0, poll: float = 1.0, peak: float = 150.0, submits: int = 1, describes: int = 1
) -> Phases:
    return Phases(
        items=items,
        plan=plan,
        submit=0.1,
        poll=poll,
        results=2.0,
        idle_megabytes=120.0,
        peak_megabytes=peak,
        calls={"SubmitJob": submits, "DescribeJobs": describes},
    )


def test_a_map_on_the_counting_aws_is_a_whole_map(tmp_path: Path) -> None:
    clients = CountingClients.of(25_000, tmp_path)
    found = run_map(SOURCE, BatchHook(AwsConnection(aws_conn_id=None), clients=clients))
    assert found.items == 25_000
    assert found.peak_megabytes >= found.idle_megabytes > 20
    assert clients.calls == {
        "ListObjectsV2": 1 + 25,  # what has succeeded before, then the objects
        "PutObject": 3 + 2 + 3 + 3 + 2 + 1,  # shards, plan, jobs, their ends, results, manifest
        "SubmitJob": 3,
        "DescribeJobs": LOOKS + 1,
        "GetObject": 3,
    }


def test_boto3_reads_the_written_out_listings() -> None:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")

    class Raw:
        def __init__(self, body: bytes) -> None:
            self.body = body

        def stream(self, **_: object) -> list[bytes]:
            return [self.body]

    def served(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, Raw(answer(request.url, 2_500)))

    client.meta.events.register("before-send.s3.ListObjectsV2", served)
    keys = [each["Key"] for each in objects_under(client, SOURCE.bucket, SOURCE.prefix)]
    assert (len(keys), len(set(keys)), keys[-1]) == (2_500, 2_500, "in/0000002499.wav")
    assert list(objects_under(client, SOURCE.bucket, "elsewhere/")) == []


def test_the_last_page_says_that_it_is_the_last() -> None:
    query = urlencode({"prefix": SOURCE.prefix, "continuation-token": "2000"})
    assert b"<IsTruncated>false" in answer(f"/source?{query}", 2_500)
    assert b"NextContinuationToken" not in answer(f"/source?{query}", 2_500)


def test_a_job_is_looked_at_as_often_as_its_age_asks_for() -> None:
    assert looks_within(0.1) == 1
    assert looks_within(1.4) == 10  # up to 1.5 s every 0.15 s
    assert looks_within(3600) - looks_within(3000) == 20  # every 30 s


def test_items_a_second_are_those_of_the_plan() -> None:
    assert items_a_second(phases(3_000_000, plan=30)) == 100_000


LISTINGS = [
    Listing(what="listed by boto3 alone", objects=10, a_second=1, a_processor_second=1),
    Listing(what="listed as maps do", objects=10, a_second=50_000, a_processor_second=50_000),
]


def broken(*arguments: object) -> list[str]:
    return [str(each) for each in map_promises(*arguments) if not each.is_kept]  # type: ignore[arg-type]


def test_what_keeps_its_promises_is_not_broken() -> None:
    simulated = [
        phases(100_000, plan=2, submits=10, describes=4),
        phases(3_000_000, plan=60, submits=300, describes=12, peak=180),
    ]
    assert broken(simulated, [phases(10_000, poll=1.4, describes=11)], LISTINGS) == []


def test_each_broken_promise_is_said() -> None:
    simulated = [
        phases(100_000, submits=11, describes=5, peak=100),
        phases(3_000_000, plan=61, submits=300, describes=12, peak=201),
    ]
    arrays = [phases(10_000, poll=1.4, submits=2, describes=12), Unfinished(items=100_000, seconds=60)]
    slow = [Listing(what="listed as maps do", objects=10, a_second=49_999, a_processor_second=1)]
    assert broken(simulated, arrays, slow) == [
        "BROKEN: items planned a second, of 3,000,000: 49,180, promised at least 50,000",
        "BROKEN: SubmitJob calls for 100,000 items: 11, promised at most 10",
        "BROKEN: DescribeJobs calls for 100,000 items, looked at 4 times: 5, promised at most 4",
        "BROKEN: MiB of a process that maps 3,000,000 items: 201, promised at most 200",
        "BROKEN: memory for 3,000,000 items, by that for 100,000: 2.01, promised at most 1.2",
        "BROKEN: SubmitJob calls for 10,000 items by array: 2, promised at most 1",
        "BROKEN: DescribeJobs calls for 10,000 items by array, one for each look: 12, promised at most 11",
        "BROKEN: seconds of 100,000 items by array: inf, promised at most 60",
        "BROKEN: objects listed as maps do a second: 49,999, promised at least 50,000",
    ]


def test_the_memory_of_a_process_never_falls() -> None:
    before = peak_megabytes()
    kept = bytearray(64 << 20)
    kept[::4096] = b"x" * len(kept[::4096])
    during = peak_megabytes()
    del kept
    assert during >= before
    assert peak_megabytes() == pytest.approx(during, abs=1)


def test_the_picture_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    measured = [phases(100_000), phases(3_000_000)]
    draw(measured, tmp_path / "a.svg")
    draw(measured, tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert "3,000,000" in text
