"""How many objects a second a boto3 client lists, as it is and as maps use it, and a map plans through it.

The other end is a process on the same machine that answers at once: Amazon S3 itself takes some tens of milliseconds
for each page of 1,000, whoever reads it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from airstep.maps.listing import objects_under
from airstep.maps.plan import make_plan
from airstep.maps.quick_listings import with_quick_listings
from airstep.maps.shards import MOST_CHILDREN
from benchmarks.maps.counting_aws import SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Objects a second, by the clock and by this process's share of the processor."""

    what: str
    objects: int
    a_second: float
    a_processor_second: float


def measure_listings(objects: int) -> list[Listing]:
    """boto3's own listing, the quick one, and a plan through the quick one, each of so many objects."""
    with _server(objects) as endpoint:
        quick = with_quick_listings(_client(endpoint))
        return [
            _measured("listed by boto3 alone", objects, lambda: _count(_client(endpoint))),
            _measured("listed as maps do", objects, lambda: _count(quick)),
            _measured("listed and planned", objects, lambda: _plan(quick)),
        ]


def _measured(what: str, objects: int, step: Callable[[], int]) -> Listing:
    """:raises RuntimeError: the step came to another number of objects."""
    began, before = time.perf_counter(), time.process_time()
    found = step()
    seconds, processor = time.perf_counter() - began, time.process_time() - before
    if found != objects:
        raise RuntimeError(f"{what}: {found} objects instead of {objects}")
    return Listing(
        what=what, objects=objects, a_second=round(objects / seconds), a_processor_second=round(objects / processor)
    )


def _count(s3: Any) -> int:
    return sum(1 for _ in objects_under(s3, SOURCE.bucket, SOURCE.prefix))


def _plan(s3: Any) -> int:
    return make_plan(s3, SOURCE, base="s3://results/maps", work="benchmark", children=MOST_CHILDREN).items


def _client(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}),
    )


@contextmanager
def _server(objects: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.maps.listing_server", str(objects)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
