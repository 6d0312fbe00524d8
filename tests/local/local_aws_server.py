"""A local AWS in a process of its own, as tests start and use it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

IMAGES = Path(__file__).parents[1] / "images"
REGION = "us-east-1"
SHELL = "airstep/shell:1"


@dataclass(frozen=True)
class LocalAws:
    endpoint: str
    process: "subprocess.Popen[str]"

    def client(self, service: str, *, region: str = REGION) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to use this server."""
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }


@contextmanager
def serving(*arguments: str, images: Path = IMAGES) -> Iterator[LocalAws]:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--images", str(images), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("local_aws ready at http://127.0.0.1:"), f"it said {line!r}"
        yield LocalAws(endpoint=line.split()[-1], process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], Any], *, seconds: float = 30.0, what: str = "the condition") -> Any:
    """The first true answer of ``condition``; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{what} didn't come true in {seconds} s")
