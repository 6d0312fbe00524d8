"""Maps of many sizes, each in a process of its own: on an AWS that only counts, and on the local one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from asl_export.verify.session import Session
from benchmarks.maps.one_map import RESULTS, Phases

ITEMS_BUCKET = "benchmark-items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A map that had not ended after so many seconds, and was ended."""

    items: int
    seconds: float


def run_simulated(items: int, folder: Path) -> Phases:
    """A map of the objects of a bucket, on an AWS that only counts.

    :raises RuntimeError: the map fails, or does not do all of its items.
    """
    with tempfile.TemporaryDirectory(dir=folder) as kept:
        environment = {**os.environ, "AIRFLOW_HOME": str(folder / "airflow")}
        return _phases(_output(["--items", str(items), "--folder", kept], environment, None, folder), items)


def run_array(items: int, session: Session, limit: float) -> Phases | Unfinished:
    """A map of the lines of an object, on the local AWS, which runs a process for each.

    :param limit: seconds that it may take.
    :raises RuntimeError: the map fails, or does not do all of its items.
    """
    key, s3 = f"{items}.jsonl", session.client("s3")
    for bucket in (ITEMS_BUCKET, RESULTS.removeprefix("s3://").partition("/")[0]):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=ITEMS_BUCKET, Key=key, Body="".join(f"{number}\n" for number in range(items)).encode())
    before = _calls(session.endpoint)
    arguments = ["--items", str(items), "--lines", f"s3://{ITEMS_BUCKET}/{key}"]
    environment = {**session.environment, "AIRFLOW_HOME": str(session.folder / "airflow")}
    try:
        output = _output(arguments, environment, limit, session.folder)
    except subprocess.TimeoutExpired:
        return Unfinished(items=items, seconds=limit)
    after = _calls(session.endpoint)
    return _phases(output, items, {name: after[name] - before.get(name, 0) for name in after})


def _output(arguments: list[str], environment: Mapping[str, str], limit: float | None, folder: Path) -> str:
    log = folder / "one_map.log"
    command = [sys.executable, "-m", "benchmarks.maps.one_map", *arguments]
    with log.open("w") as errors:
        done = subprocess.run(
            command, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True, timeout=limit, check=False
        )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{log.read_text()[-4000:]}")
    return done.stdout


def _phases(output: str, items: int, calls: Mapping[str, int] | None = None) -> Phases:
    found = json.loads(output.splitlines()[-1])
    if found["items"] != items:
        raise RuntimeError(f"{found['items']:,} of {items:,} items succeeded:\n{output[-4000:]}")
    return Phases(**(found | ({"calls": dict(calls)} if calls is not None else {})))


def _calls(endpoint: str) -> dict[str, int]:
    """How often the local AWS was called, in its words for Batch, by method for S3."""
    with urlopen(f"{endpoint}/local-aws/calls") as answer:
        counts = json.load(answer)
    names = {"submitjob": "SubmitJob", "describejobs": "DescribeJobs", "listjobs": "ListJobs"}
    batch = {names.get(name, name): count for name, count in counts.get("batch", {}).items()}
    return batch | {f"S3 {method}": count for method, count in counts.get("s3", {}).items()}
