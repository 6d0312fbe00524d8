"""One Airflow for many runs: `airflow dags test` takes seconds to start, a run of a small DAG less than one."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from asl_export.diagnostics import InternalError
from asl_export.verify.children import child
from asl_export.verify.dag_runs import DagRun
from asl_export.verify.errors import VerifyError


@dataclass(frozen=True, slots=True, kw_only=True)
class DagTest:
    """What to run: a DAG of a file or folder. The run's id is of `run_after`; both moments are now where not given."""

    dag_id: str
    path: Path
    conf: Mapping[str, Any]
    logical_date: datetime | None = None
    run_after: datetime | None = None


class AirflowProcess:
    """A child that runs one DAG at a time, as `dag.test()` does; `begin` a run, then ask whether it has `ended`."""

    def __init__(self, requests: IO[bytes], answers: int, log: Path) -> None:
        self._requests = requests
        self._answers = answers
        self._read = b""
        self._said = 0
        self.log = log

    def begin(self, run: DagTest) -> None:
        """Start a run.

        :raises VerifyError: when Airflow has gone.
        """
        moments = {"logical_date": run.logical_date, "run_after": run.run_after}
        request = {
            "dag_id": run.dag_id,
            "path": str(run.path),
            "conf": dict(run.conf),
            **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        }
        self._said = self.log.stat().st_size
        try:
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        except BrokenPipeError:
            raise self._gone() from None

    def ended(self, seconds: float) -> DagRun | None:
        """The end of the run that was begun last, if it comes within so many seconds.

        :raises VerifyError: when there was no run, with the reason, or Airflow has gone.
        """
        ready, _, _ = select.select([self._answers], [], [], seconds)
        if not ready:
            return None
        more = os.read(self._answers, 65536)
        if not more:
            raise self._gone()
        self._read += more
        if not self._read.endswith(b"\n"):
            return None
        answer, self._read = json.loads(self._read), b""
        if "error" in answer:
            raise VerifyError(f"Airflow made no run: {answer['error'].strip().splitlines()[-1]} (its log: {self.log})")
        instances = tuple((task, index, state) for task, index, state in answer["instances"])
        return DagRun(run_id=answer["run_id"], state=answer["state"], instances=instances)

    def said(self) -> str:
        """What Airflow has printed since the run began."""
        with self.log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode(errors="replace")

    def _gone(self) -> VerifyError:
        return VerifyError(f"Airflow ended before the run did (its log: {self.log})")


@contextlib.contextmanager
def airflow_process(environment: Mapping[str, str], log: Path) -> Iterator[AirflowProcess]:
    """An Airflow in the home that the environment names, gone when the block is left."""
    answers, theirs = os.pipe()
    command = [sys.executable, "-m", "asl_export.verify.airflow_child", str(theirs)]
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, answers)
        with os.fdopen(theirs, "wb"):
            started = child(command, environment=environment, log=log, stdin=subprocess.PIPE, pass_fds=(theirs,))
            process = stack.enter_context(started)
        if process.stdin is None:
            raise InternalError("a child that was started with a pipe has none")
        stack.enter_context(contextlib.suppress(BrokenPipeError))
        yield AirflowProcess(stack.enter_context(process.stdin), answers, log)
