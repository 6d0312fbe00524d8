"""A bucket of its own for each test that uses S3."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tests.local.local_aws_server import LocalAws


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


def new_bucket(aws: LocalAws) -> Bucket:
    made = Bucket(aws, f"bucket-{uuid.uuid4().hex[:8]}")
    made.client.create_bucket(Bucket=made.name)
    return made
