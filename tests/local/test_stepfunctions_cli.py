"""The real AWS CLI against the local AWS."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import ROLE, StateMachines, machine

PASS = machine(Only={"Type": "Pass"})
REST = machine(Only={"Type": "Wait", "Seconds": 60})


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def name() -> str:
    return f"m{uuid.uuid4().hex[:10]}"


def aws(local_aws: LocalAws, *arguments: str, exit_status: int = 0) -> Any:
    """What `aws stepfunctions …` prints, as JSON; of a failure its message."""
    command = [str(Path(sys.executable).with_name("aws")), "--output", "json", "stepfunctions", *arguments]
    ran = subprocess.run(command, env=local_aws.environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == exit_status, ran.stderr
    return (json.loads(ran.stdout) if ran.stdout.strip() else None) if exit_status == 0 else ran.stderr


@pytest.mark.slow
def test_the_real_aws_cli_creates_runs_and_deletes_a_machine(
    machines: StateMachines, local_aws: LocalAws, tmp_path: Path
) -> None:
    file = tmp_path / "pass.asl.json"
    file.write_text(json.dumps(PASS))
    created = aws(
        local_aws, "create-state-machine", "--name", name(), "--role-arn", ROLE,
        "--definition", f"file://{file}", "--tags", "key=team,value=media",
    )  # fmt: skip
    arn = created["stateMachineArn"]
    started = aws(local_aws, "start-execution", "--state-machine-arn", arn, "--input", '{"n": 1}')["executionArn"]
    machines.ended(started)

    assert aws(local_aws, "describe-execution", "--execution-arn", started)["output"] == '{"n":1}'
    history = aws(local_aws, "get-execution-history", "--execution-arn", started)["events"]
    assert [event["type"] for event in history][-1] == "ExecutionSucceeded"
    assert len(aws(local_aws, "list-executions", "--state-machine-arn", arn)["executions"]) == 1
    listed = aws(local_aws, "list-state-machines")["stateMachines"]
    assert arn in [each["stateMachineArn"] for each in listed]
    tags = aws(local_aws, "list-tags-for-resource", "--resource-arn", arn)["tags"]
    assert tags == [{"key": "team", "value": "media"}]

    file.write_text(json.dumps(REST))
    assert aws(local_aws, "update-state-machine", "--state-machine-arn", arn, "--definition", f"file://{file}")
    resting = aws(local_aws, "start-execution", "--state-machine-arn", arn)["executionArn"]
    assert aws(local_aws, "stop-execution", "--execution-arn", resting, "--cause", "enough")["stopDate"]
    assert aws(local_aws, "describe-execution", "--execution-arn", resting)["status"] == "ABORTED"

    aws(local_aws, "delete-state-machine", "--state-machine-arn", arn)
    refused = aws(local_aws, "describe-state-machine", "--state-machine-arn", arn, exit_status=255)
    assert "StateMachineDoesNotExist" in refused
