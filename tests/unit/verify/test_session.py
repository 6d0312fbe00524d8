"""A run sees neither the caller's AWS account nor the caller's Airflow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asl_export.verify.errors import VerifyError
from asl_export.verify.session import child_environment, local_aws

CALLER = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_BATCH": "https://batch.example.com",
    "AWS_SESSION_TOKEN": "secret",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://production",
    "AIRFLOW_VAR_KEPT": "yes",
    "NO_PROXY": "example.com",
}


def test_no_account_profile_or_database_of_the_caller_is_passed_on() -> None:
    found = child_environment("http://127.0.0.1:1", CALLER)
    assert {name for name in CALLER if name in found} == {"PATH", "AIRFLOW_VAR_KEPT", "NO_PROXY"}


def test_every_aws_client_of_a_child_goes_to_the_endpoint_and_past_a_proxy() -> None:
    found = child_environment("http://127.0.0.1:1", CALLER)
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["NO_PROXY"] == "example.com,127.0.0.1,localhost"


def test_a_local_aws_that_can_t_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'port 4566 is in use' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(VerifyError, match="port 4566 is in use"), local_aws(tmp_path / "log"):
        pass
