"""The local AWS as tests use it: one server for the session, reached with plain boto3."""

from collections.abc import Iterator

import pytest

from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import IMAGES, LocalAws, serving, wait_for
from tests.local.s3_bucket import Bucket, new_bucket

__all__ = ["IMAGES", "Batch", "LocalAws", "wait_for"]


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    with serving("--minimum-timeout", "1", "--stop-timeout", "2") as server:
        yield server


@pytest.fixture
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    """A compute environment of 4 vCPUs, a queue and a job definition of 1 vCPU, all new."""
    made = new_batch(local_aws)
    yield made
    stop_all(made)


@pytest.fixture
def bucket(local_aws: LocalAws) -> Bucket:
    """An empty bucket."""
    return new_bucket(local_aws)
