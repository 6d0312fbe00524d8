"""Direct runs: an Airflow process of our own, asked for one DAG after the other."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asl_export.verify.airflow_home import airflow_home
from asl_export.verify.direct import last_exception
from asl_export.verify.session import child_environment

CACHE = Path(__file__).parents[2] / ".airstep"
QUIET = {
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING": "True",
}


class DirectRunError(Exception):
    """Airflow made no run of the DAG, or didn't end it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectEnd:
    """How Airflow ended a DAG run: its state, each task's, and the last exception that it printed."""

    run_id: str
    state: str
    tasks: Mapping[str, str | None]
    exception: str


class AirflowProcess:
    """Runs DAGs in one Airflow; a run that doesn't end in time costs the process, and the next run starts another."""

    def __init__(self, folder: Path, endpoint: str, *, limit: float = 90.0) -> None:
        self._folder = folder
        self._limit = limit
        self._log = folder / "airflow.log"
        self._dags = folder / "dags"
        self._environment = airflow_home(
            folder / "home", cache=CACHE, dags_folder=self._dags, environment=child_environment(endpoint)
        )
        self._dags.mkdir()
        self._process: subprocess.Popen[str] | None = None
        self._answers = -1
        self._said = 0

    def begin(self, dag_id: str, text: str, conf: Mapping[str, Any]) -> None:
        """Start a run of the DAG that a file's text defines; `end` waits for it."""
        if self._process is None:
            self._process, self._answers = self._start()
        for old in self._dags.glob("*.py"):
            old.unlink()
        self._said = self._log.stat().st_size
        file = self._dags / f"{dag_id}.py"
        file.write_text(text, encoding="utf-8")
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"dag_id": dag_id, "file": str(file), "conf": conf}) + "\n")
        self._process.stdin.flush()

    def end(self) -> DirectEnd:
        """How the run ended that was begun last.

        :raises DirectRunError: there was no run, or it didn't end in time.
        """
        answer = json.loads(self._line())
        if "error" in answer:
            raise DirectRunError(f"Airflow made no run:\n{answer['error']}")
        with self._log.open("rb") as log:
            log.seek(self._said)
            return DirectEnd(**answer, exception=last_exception(log.read().decode(errors="replace")))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # it has nothing to save, and takes its time for SIGTERM
            self._process.wait()
            os.close(self._answers)
            self._process = None

    def _start(self) -> tuple[subprocess.Popen[str], int]:
        answers, theirs = os.pipe()
        with self._log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.equivalence.airflow_process", str(theirs)],
                cwd=Path(__file__).parents[2],
                env=self._environment | QUIET,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[theirs],
                start_new_session=True,
                text=True,
            )
        os.close(theirs)
        return process, answers

    def _line(self) -> str:
        """The next answer."""
        give_up, read = time.monotonic() + self._limit, b""
        while not read.endswith(b"\n"):
            ready, _, _ = select.select([self._answers], [], [], max(0.0, give_up - time.monotonic()))
            more = os.read(self._answers, 65536) if ready else b""
            if not more:
                self.close()
                why = "ended" if ready else f"did not end the run in {self._limit:g} s"
                raise DirectRunError(f"Airflow {why} (its log: {self._log})")
            read += more
        return read.decode()


@contextlib.contextmanager
def airflow_process(endpoint: str, folder: Path | None = None) -> Iterator[AirflowProcess]:
    """An Airflow process in a folder of its own, gone when the block is left."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="airstep-airflow-")))
        process = AirflowProcess(place, endpoint)
        stack.callback(process.close)
        yield process
