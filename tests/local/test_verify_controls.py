"""What `verify` asks of a local AWS beside AWS's own operations."""

from __future__ import annotations

import pytest

from asl_export.verify.controls import Controls
from asl_export.verify.errors import VerifyError
from tests.local.local_aws_server import LocalAws, serving


def test_rules_are_listed_as_they_were_set_and_can_be_set_again(local_aws: LocalAws) -> None:
    controls = Controls(endpoint=f"{local_aws.endpoint}/")
    controls.fail([{"name": "no-such-job"}])
    controls.fail(controls.failing())
    assert controls.failing() == [{"name": "no-such-job", "used": 0}]
    controls.fail([])
    assert controls.failing() == []


def test_a_rule_that_is_refused_is_told(local_aws: LocalAws) -> None:
    with pytest.raises(VerifyError, match=r"/local-aws/fail-jobs answers 400.*no regular expression"):
        Controls(endpoint=local_aws.endpoint).fail([{"name": "("}])


def test_a_reset_forgets_the_resources() -> None:
    with serving() as server:
        server.client("s3").create_bucket(Bucket="kept")
        Controls(endpoint=server.endpoint).reset()
        assert server.client("s3").list_buckets()["Buckets"] == []


def test_an_endpoint_that_nobody_serves_is_told() -> None:
    with pytest.raises(VerifyError, match=r"127\.0\.0\.1:1 does not answer"):
        Controls(endpoint="http://127.0.0.1:1").failing()
