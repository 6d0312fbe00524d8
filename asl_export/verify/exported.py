"""The exported run: the state machine, created and executed in Step Functions."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from asl_export.verify.errors import VerifyError
from asl_export.verify.run import POLL_SECONDS, Outcome, Tick
from asl_export.verify.session import Session

ENGINE = "Step Functions"


def run_exported(
    session: Session,
    name: str,
    *,
    definition: str,
    role_arn: str,
    input: Mapping[str, Any],
    tick: Tick,
    execution_name: str = "verify",
) -> Outcome:
    """Create a state machine from the definition, execute it, and wait for its end.

    :param execution_name: what `{{ run_id }}` comes to.
    :raises VerifyError: when Step Functions refuses the definition or the input.
    """
    client = session.client("stepfunctions")
    began = time.time()
    try:
        machine = client.create_state_machine(name=_free_name(name, began), definition=definition, roleArn=role_arn)
        # With a name it can be asked for twice, should the first answer be lost.
        execution = client.start_execution(
            stateMachineArn=machine["stateMachineArn"], name=execution_name, input=json.dumps(input)
        )
    except ClientError as error:
        raise VerifyError(f"Step Functions refused {name}: {error}") from error
    arn = execution["executionArn"]
    try:
        while (described := client.describe_execution(executionArn=arn))["status"] in ("RUNNING", "PENDING_REDRIVE"):
            tick()
            time.sleep(POLL_SECONDS)
    except BaseException:
        with contextlib.suppress(BotoCoreError, ClientError):  # the endpoint may be what went away
            client.stop_execution(executionArn=arn, cause="the verification was interrupted")
        raise
    return outcome(session, described, began)


def outcome(session: Session, described: Mapping[str, Any], began: float) -> Outcome:
    """How an execution ended, from its description; the description is kept as the run's log."""
    log = session.folder / "execution.json"
    log.write_text(json.dumps(described, indent=2, default=str) + "\n", encoding="utf-8")
    succeeded = described["status"] == "SUCCEEDED"
    return Outcome(
        engine=ENGINE,
        succeeded=succeeded,
        reason=None if succeeded else _reason(described),
        began=began,
        ended=time.time(),
        log=log,
        run_id=described.get("name"),
    )


def execution_name(run_id: str) -> str:
    """A run id in the characters that an execution's name may have: it differs from the run id in `:` at most."""
    return re.sub(r"[^A-Za-z0-9_.+-]", "-", run_id)[:80]


def _reason(described: Mapping[str, Any]) -> str:
    """`Error: Cause`; of a failed job's description, which Step Functions gives as the cause, only what it says."""
    cause = described.get("cause") or ""
    try:
        job = json.loads(cause)
    except ValueError:
        job = None
    if isinstance(job, dict) and "StatusReason" in job:
        cause = f"{job.get('JobName', 'a job')}: {job['StatusReason']}"
    return ": ".join(filter(None, [described.get("error") or described["status"], cause]))


def _free_name(name: str, now: float) -> str:
    """A name that no earlier verification at the same endpoint took; at most 80 characters."""
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)[:62]}-{int(now * 1000)}"
