"""The direct run: `airflow dags test`, the real command, in an Airflow of its own."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from asl_export.verify.airflow_home import airflow_home
from asl_export.verify.children import child
from asl_export.verify.dag_runs import DagRun, newest_dag_run
from asl_export.verify.errors import VerifyError
from asl_export.verify.run import POLL_SECONDS, Outcome, Tick
from asl_export.verify.session import Session

ENGINE = "Airflow"
_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Failed|Failure|Timeout)\b: .+$", re.MULTILINE)


def direct_command(dag_id: str, conf: Mapping[str, Any], logical_date: datetime | None = None) -> list[str]:
    """The command as a user would type it after `airflow`."""
    date = [logical_date.isoformat()] if logical_date else []
    return ["dags", "test", dag_id, *date, *(["--conf", json.dumps(conf)] if conf else [])]


def run_direct(
    session: Session,
    dag_id: str,
    *,
    dags_folder: Path,
    cache: Path,
    conf: Mapping[str, Any],
    tick: Tick,
    logical_date: datetime | None = None,
) -> Outcome:
    """Run the DAG from Airflow and wait for its end.

    :raises VerifyError: when Airflow made no run of the DAG at all.
    """
    home, log = session.folder / "airflow", session.folder / "airflow.log"
    environment = airflow_home(home, cache=cache, dags_folder=dags_folder, environment=session.environment)
    began = time.time()
    command = [sys.executable, "-m", "airflow", *direct_command(dag_id, conf, logical_date)]
    with child(command, environment=environment, log=log) as process:
        while not _ended(process):
            tick()
    text = log.read_text(errors="replace")
    run = newest_dag_run(home / "airflow.db", dag_id)
    # The exit code alone can't tell a failed run from no run.
    if run is None or run.state not in ("success", "failed"):
        raise VerifyError(f"airflow dags test {dag_id} did not run it: {last_exception(text)} (its log: {log})")
    return direct_outcome(run, text, began=began, log=log)


def direct_outcome(run: DagRun, text: str, *, began: float, log: Path) -> Outcome:
    """How a DAG run that has just ended did; `text` is what it logged."""
    succeeded = run.state == "success"
    return Outcome(
        engine=ENGINE,
        succeeded=succeeded,
        reason=None if succeeded else last_exception(text),
        began=began,
        ended=time.time(),
        log=log,
        run_id=run.run_id,
        tasks=run.tasks,
    )


def last_exception(log: str) -> str:
    """The last exception in a log, else its last line."""
    raised = _RAISED.findall(log)
    return raised[-1] if raised else (log.strip().splitlines() or ["it said nothing"])[-1]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(POLL_SECONDS)
    return process.poll() is not None
