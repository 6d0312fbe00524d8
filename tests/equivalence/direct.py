"""Direct runs: an Airflow process of our own, asked for one DAG after the other."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asl_export.verify import airflow_process as airflow
from asl_export.verify.airflow_home import airflow_home
from asl_export.verify.direct import last_exception
from asl_export.verify.errors import VerifyError
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

    def __init__(self, folder: Path, endpoint: str, *, limit: float) -> None:
        self._limit = limit
        self._log = folder / "airflow.log"
        self._dags = folder / "dags"
        home = airflow_home(
            folder / "home", cache=CACHE, dags_folder=self._dags, environment=child_environment(endpoint)
        )
        self._environment = home | QUIET
        self._dags.mkdir()
        self._stack = ExitStack()
        self._process: airflow.AirflowProcess | None = None

    def begin(self, dag_id: str, text: str, conf: Mapping[str, Any]) -> None:
        """Start a run of the DAG that a file's text defines; `end` waits for it."""
        if self._process is None:
            self._process = self._stack.enter_context(airflow.airflow_process(self._environment, self._log))
        for old in self._dags.glob("*.py"):
            old.unlink()
        file = self._dags / f"{dag_id}.py"
        file.write_text(text, encoding="utf-8")
        self._process.begin(airflow.DagTest(dag_id=dag_id, path=file, conf=conf))

    def end(self) -> DirectEnd:
        """How the run ended that was begun last.

        :raises DirectRunError: there was no run, or it didn't end in time.
        """
        assert self._process is not None
        give_up, ended = time.monotonic() + self._limit, None
        try:
            while ended is None and time.monotonic() < give_up:
                ended = self._process.ended(1.0)
        except VerifyError as error:
            said = self._process.said()
            self.close()
            raise DirectRunError(f"{error}\n{said}") from error
        if ended is None:
            self.close()
            raise DirectRunError(f"Airflow did not end the run in {self._limit:g} s (its log: {self._log})")
        tasks = {task if index < 0 else f"{task}[{index}]": state for task, index, state in ended.instances}
        exception = last_exception(self._process.said())
        return DirectEnd(run_id=ended.run_id, state=ended.state, tasks=tasks, exception=exception)

    def close(self) -> None:
        """End the process."""
        self._stack.close()
        self._process = None


@contextlib.contextmanager
def airflow_process(endpoint: str, *, limit: float) -> Iterator[AirflowProcess]:
    """An Airflow process in a folder of its own, gone when the block is left; a run has so many seconds."""
    with tempfile.TemporaryDirectory(prefix="airstep-airflow-") as folder:
        process = AirflowProcess(Path(folder), endpoint, limit=limit)
        try:
            yield process
        finally:
            process.close()
