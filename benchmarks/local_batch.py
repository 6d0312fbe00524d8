"""How quick the local AWS's Batch is: an array job of `true`, its seconds, its memory, and DescribeJobs meanwhile.

    .venv/bin/python -m benchmarks.local_batch --children 10000 --vcpus 16

Prints a line for each number; the limits beside them are what this project promises for 10,000 children on 2 cores.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config

DOCKERFILE = "FROM debian:bookworm-slim\n"


def main() -> None:
    """Measure, and print the numbers."""
    parser = argparse.ArgumentParser(prog="benchmarks.local_batch", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--children", type=int, default=10_000, help="size of the array, 2 to 10,000 (%(default)s)")
    parser.add_argument("--vcpus", type=int, default=16, help="how many run at once (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as images:
        folder = Path(images) / "shell"
        folder.mkdir()
        (folder / "Dockerfile").write_text(DOCKERFILE)
        command = [sys.executable, "-m", "local_aws", "--port", "0", "--images", images]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            endpoint = server.stdout.readline().split()[-1]
            measure(_client(endpoint), endpoint, psutil.Process(server.pid), options.children, options.vcpus)
        finally:
            server.terminate()
            server.wait(60)


def measure(batch: Any, endpoint: str, server: psutil.Process, children: int, vcpus: int) -> None:
    """Run the array job to its end, describing it all the time."""
    _set_up(batch, endpoint, vcpus)
    idle = server.memory_info().rss
    started = time.monotonic()
    job = batch.submit_job(
        jobName="benchmark",
        jobQueue="benchmark",
        jobDefinition="benchmark",
        arrayProperties={"size": children},
    )
    submit = time.monotonic() - started
    answers: list[float] = []
    most = idle
    status = "SUBMITTED"
    while status not in {"SUCCEEDED", "FAILED"}:
        before = time.monotonic()
        (description,) = batch.describe_jobs(jobs=[job["jobId"]])["jobs"]
        answers.append((time.monotonic() - before) * 1000)
        status = description["status"]
        most = max(most, server.memory_info().rss)
        time.sleep(0.05)
    seconds = time.monotonic() - started
    answers.sort()
    print(f"children                 {children}, {vcpus} at once: {status}")
    print(f"SubmitJob                {submit * 1000:.0f} ms")
    print(f"all ended after          {seconds:.1f} s = {children / seconds:.0f} a second (limit 120 s)")
    more = (most - idle) / 2**20
    print(f"memory                   {idle / 2**20:.0f} MB idle, at most {more:.0f} MB more (limit 300 MB)")
    print(
        f"DescribeJobs meanwhile   median {statistics.median(answers):.1f} ms, "
        f"99 % below {answers[int(len(answers) * 0.99)]:.1f} ms, slowest {answers[-1]:.1f} ms (limit 50 ms)"
    )


def _client(endpoint: str, service: str = "batch") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
    )


def _set_up(batch: Any, endpoint: str, vcpus: int) -> None:
    ec2 = _client(endpoint, "ec2")
    batch.create_compute_environment(
        computeEnvironmentName="benchmark",
        type="MANAGED",
        computeResources={
            "type": "FARGATE",
            "maxvCpus": vcpus,
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        },
    )
    batch.create_job_queue(
        jobQueueName="benchmark",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "benchmark"}],
    )
    batch.register_job_definition(
        jobDefinitionName="benchmark",
        type="container",
        platformCapabilities=["FARGATE"],
        containerProperties={
            "image": "airstep/shell",
            "command": ["true"],
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
        },
    )


if __name__ == "__main__":
    main()
