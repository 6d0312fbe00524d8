"""The server counts the calls it gets."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest


@pytest.fixture
def counts(local_aws: Any) -> Any:
    def read(service: str) -> dict[str, int]:
        with urlopen(f"{local_aws.endpoint}/local-aws/calls") as answer:
            counted: dict[str, int] = json.load(answer).get(service, {})
        return counted

    return read


def test_each_batch_operation_is_counted(local_aws: Any, counts: Any) -> None:
    before = counts("batch").get("describejobs", 0)

    local_aws.client("batch").describe_jobs(jobs=["unknown"])
    local_aws.client("batch").describe_jobs(jobs=["unknown"])

    assert counts("batch")["describejobs"] == before + 2


def test_a_json_protocol_call_is_counted_by_its_name(local_aws: Any, counts: Any) -> None:
    before = counts("states").get("ListStateMachines", 0)

    local_aws.client("stepfunctions").list_state_machines()

    assert counts("states")["ListStateMachines"] == before + 1
