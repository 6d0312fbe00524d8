"""The direct run: `airflow dags test`, the real command, in an Airflow of its own."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asl_export.verify.airflow_home import airflow_home
from asl_export.verify.children import child
from asl_export.verify.errors import VerifyError
from asl_export.verify.run import POLL_SECONDS, Outcome, Tick
from asl_export.verify.session import Session

ENGINE = "Airflow"
_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Failed|Failure|Timeout)\b: .+$", re.MULTILINE)


def direct_command(dag_id: str, conf: Mapping[str, Any]) -> list[str]:
    """The command as a user would type it after `airflow`."""
    return ["dags", "test", dag_id, *(["--conf", json.dumps(conf)] if conf else [])]


def run_direct(
    session: Session, dag_id: str, *, dags_folder: Path, cache: Path, conf: Mapping[str, Any], tick: Tick
) -> Outcome:
    """Run the DAG from Airflow and wait for its end.

    :raises VerifyError: when Airflow made no run of the DAG at all.
    """
    home, log = session.folder / "airflow", session.folder / "airflow.log"
    environment = airflow_home(home, cache=cache, dags_folder=dags_folder, environment=session.environment)
    began = time.time()
    command = [sys.executable, "-m", "airflow", *direct_command(dag_id, conf)]
    with child(command, environment=environment, log=log) as process:
        while not _ended(process):
            tick()
    text = log.read_text(errors="replace")
    state = _run_state(home / "airflow.db", dag_id)
    if state not in ("success", "failed"):
        raise VerifyError(f"airflow dags test {dag_id} did not run it: {last_exception(text)} (its log: {log})")
    succeeded = state == "success"
    reason = None if succeeded else last_exception(text)
    return Outcome(engine=ENGINE, succeeded=succeeded, reason=reason, began=began, ended=time.time(), log=log)


def last_exception(log: str) -> str:
    """The last exception in a log, else its last line."""
    raised = _RAISED.findall(log)
    return raised[-1] if raised else (log.strip().splitlines() or ["it said nothing"])[-1]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(POLL_SECONDS)
    return process.poll() is not None


def _run_state(database: Path, dag_id: str) -> str | None:
    """The state of the only run in the database; the exit code alone can't tell a failed run from no run."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT state FROM dag_run WHERE dag_id = ?", [dag_id]).fetchone()
    return row[0] if row else None
