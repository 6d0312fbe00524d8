"""A place to run in: an AWS endpoint, the environment of the child processes, and a folder for logs."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from asl_export.verify.children import child
from asl_export.verify.errors import VerifyError
from asl_export.verify.folder import make_folder

REGION = "us-east-1"
READY = "local_aws ready at "
START_SECONDS = 90.0
_LOOPBACK = "127.0.0.1,localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where both engines run: everything a stage needs to reach AWS and to leave its logs."""

    endpoint: str
    folder: Path
    environment: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client of the endpoint, whatever profile or proxy the caller has set."""
        own = botocore.session.Session(session_vars={"profile": (None, [], None, None)})
        return boto3.session.Session(botocore_session=own).client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}, retries={"total_max_attempts": 2}),
        )


@contextlib.contextmanager
def open_session(folder: Path, *, endpoint: str | None = None, images: Path | None = None) -> Iterator[Session]:
    """A session at `endpoint`, or on a local AWS of its own that ends with the block.

    :raises VerifyError: when the folder can't be written, or the local AWS doesn't start.
    """
    folder = make_folder(folder)
    if endpoint:
        yield Session(endpoint=endpoint, folder=folder, environment=child_environment(endpoint))
        return
    with local_aws(folder / "local_aws.log", images=images) as own:
        yield Session(endpoint=own, folder=folder, environment=child_environment(own))


@contextlib.contextmanager
def local_aws(log: Path, *, images: Path | None = None) -> Iterator[str]:
    """The address of a local AWS on a free loopback port.

    :raises VerifyError: when it doesn't say in time that it is ready.
    """
    command = [sys.executable, "-m", "local_aws", "--host", "127.0.0.1", "--port", "0"]
    command += ["--images", str(images)] if images else []
    with child(command, environment=os.environ, log=log) as process:
        give_up = time.monotonic() + START_SECONDS
        while not (address := _ready_address(log)):
            if process.poll() is not None or time.monotonic() > give_up:
                raise VerifyError(f"the local AWS did not start: {_last_line(log)} (its log: {log})")
            time.sleep(0.05)
        yield address


def child_environment(endpoint: str, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The caller's environment without its AWS account and its Airflow: no run may reach either."""
    kept = {name: value for name, value in base.items() if not name.startswith(("AWS_", "AIRFLOW__"))}
    bypass = ",".join(filter(None, [base.get("NO_PROXY") or base.get("no_proxy"), _LOOPBACK]))
    return {
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW_CONN_AWS_DEFAULT": '{"conn_type": "aws"}',
        "NO_PROXY": bypass,
        "no_proxy": bypass,
    }


def _ready_address(log: Path) -> str | None:
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    ready = (line for line in lines if line.startswith(READY) and line.endswith("\n"))
    return next((line.removeprefix(READY).strip() for line in ready), None)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
