"""Airflow as users run it, for tests: `airflow dags test`, and a real scheduler with all its parts.

Import it by name (`from tests.airflow_run import …`); it has no fixtures.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from asl_export.verify.airflow_home import airflow_home as make_home
from tests.airflow_database import best_database, rows
from tests.airflow_parts import Part

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".airstep"
BUSY_TRIES = 3
PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def airflow_home(
    folder: Path, *, dags: Mapping[str, str], environment: Mapping[str, str], plugins: Path | None = None
) -> dict[str, str]:
    """The environment of an empty Airflow in `folder`, with DAG files given by name and text.

    :param plugins: the plugins folder; by default an empty one, airstep being installed in the Python environment.
    """
    dags_folder, plugins_folder = folder / "dags", plugins or folder / "plugins"
    home = make_home(folder, cache=CACHE, dags_folder=dags_folder, environment=environment)
    dags_folder.mkdir(exist_ok=True)
    plugins_folder.mkdir(exist_ok=True)
    for name, text in dags.items():
        (dags_folder / name).write_text(text)
    return home | {
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins_folder),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "NO_COLOR": "1",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A DAG run as the database has it: its state, its tasks' by id (`task[0]` if mapped), and their XComs."""

    state: str | None
    durations: dict[str, float]
    tasks: dict[str, str | None]
    tries: dict[str, int]
    xcoms: dict[tuple[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DagsTest:
    """What `airflow dags test` did: the run, everything it printed, its exit code and how long it took."""

    run: Run
    output: str
    exit_code: int
    seconds: float


def airflow_dags_test(home: Mapping[str, str], dag_id: str, conf: Mapping[str, Any] | None = None) -> DagsTest:
    """Run the real command and wait for its end."""
    command = [sys.executable, "-m", "airflow", "dags", "test", dag_id]
    if conf:
        command += ["--conf", json.dumps(conf)]
    began = time.monotonic()
    done = subprocess.run(
        command, env=dict(home), capture_output=True, text=True, timeout=180, check=False, stdin=subprocess.DEVNULL
    )
    return DagsTest(
        run=read_run(home, dag_id),
        output=done.stdout + done.stderr,
        exit_code=done.returncode,
        seconds=time.monotonic() - began,
    )


def read_run(home: Mapping[str, str], dag_id: str, run_id: str | None = None) -> Run:
    """A run of the DAG, the newest unless its id is given."""
    newest = (
        "SELECT run_id, state FROM dag_run WHERE dag_id = :dag AND run_id = coalesce(:run, run_id) ORDER BY id DESC"
    )
    runs = rows(home, newest, dag=dag_id, run=run_id)
    if not runs:
        return Run(state=None, durations={}, tasks={}, tries={}, xcoms={})
    found, state = runs[0]
    of_run = "WHERE dag_id = :dag AND run_id = :run"
    what = "task_id, map_index, state, try_number, duration"
    instances = rows(home, f"SELECT {what} FROM task_instance {of_run}", dag=dag_id, run=found)
    what = "task_id, map_index, key, CAST(value AS TEXT)"
    xcoms = rows(home, f"SELECT {what} FROM xcom {of_run}", dag=dag_id, run=found)
    return Run(
        state=state,
        durations={_label(task, index): seconds or 0.0 for task, index, _, _, seconds in instances},
        tasks={_label(task, index): task_state for task, index, task_state, _, _ in instances},
        tries={_label(task, index): tries for task, index, _, tries, _ in instances},
        xcoms={(_label(task, index), key): _decode(value) for task, index, key, value in xcoms},
    )


def wait_until(condition: Callable[[], Any], *, seconds: float, what: Callable[[], object] = str) -> Any:
    """The condition's first true answer; fails with `what()` when it takes too long."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if answer := condition():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s; last seen: {what()}")


class Scheduler:
    """A running Airflow: api-server, scheduler with the LocalExecutor, dag-processor and triggerer."""

    def __init__(self, home: Mapping[str, str], logs: Path, parts: Mapping[str, Part]) -> None:
        self.home = home
        self.logs = logs
        self.parts = parts
        self._url = home["AIRFLOW__API__BASE_URL"]
        self._token = ""

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run of a DAG, once the DAG is known; its id."""
        self.known(dag_id)
        self.request("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        answer = self.request("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return str(answer["dag_run_id"])

    def known(self, dag_id: str) -> None:
        """Wait until Airflow has read a DAG."""
        wait_until(lambda: self._try("GET", f"/api/v2/dags/{dag_id}"), seconds=90, what=self.tails)

    def run(self, dag_id: str, run_id: str) -> Run:
        """The run as it is now."""
        return read_run(self.home, dag_id, run_id)

    def wait(self, dag_id: str, run_id: str, condition: Callable[[Run], Any], *, seconds: float = 90) -> Run:
        """The run, once the condition holds."""
        wait_until(
            lambda: condition(self.run(dag_id, run_id)),
            seconds=seconds,
            what=lambda: f"{self.run(dag_id, run_id)}\n{self.tails()}",
        )
        return self.run(dag_id, run_id)

    def ended(self, dag_id: str, run_id: str, *, seconds: float = 120) -> Run:
        """The run, once it has ended."""
        return self.wait(dag_id, run_id, lambda run: run.state in ("success", "failed"), seconds=seconds)

    def mark(self, dag_id: str, run_id: str, task_id: str, state: str, *, map_index: int = -1) -> None:
        """Set a task's state, as the UI's button does."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        path += f"/{map_index}" if map_index >= 0 else ""
        self.request("PATCH", path, {"new_state": state})

    def clear(self, dag_id: str, run_id: str, task_id: str) -> None:
        """Clear a task, as the UI's button does."""
        body = {"dry_run": False, "dag_run_id": run_id, "task_ids": [task_id], "only_failed": False}
        self.request("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", body)

    def delete(self, dag_id: str, run_id: str) -> None:
        """Delete a run, which Airflow wants to be marked failed before that."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        self.request("PATCH", path, {"state": "failed"})
        self.request("DELETE", path)

    def task_processes(self) -> list[psutil.Process]:
        """Where the LocalExecutor's tasks run: children of its workers, named after the task instance."""
        return [process for process in psutil.Process().children(recursive=True) if runs_task(process)]

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """An answer of Airflow's REST API, which on SQLite answers 500 at times when the machine is busy."""
        for _ in range(BUSY_TRIES - 1):
            try:
                return self._request(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code != 500:
                    raise
        return self._request(method, path, body)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        if not path.startswith("/auth"):
            if not self._token:
                self._token = self.request("GET", "/auth/token")["access_token"]
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer) if answer.status != 204 else None

    def tails(self) -> str:
        """The end of each part's log."""
        return "\n".join(
            f"--- {part.name}\n{part.log.read_text(errors='replace')[-3000:]}"
            for part in self.parts.values()
            if part.log.exists()
        )

    def task_logs(self) -> str:
        """All task logs."""
        return _texts(sorted((Path(self.home["AIRFLOW_HOME"]) / "logs").rglob("*.log*")))

    def trigger_logs(self, dag_id: str, run_id: str) -> str:
        """What the triggers of a run have logged."""
        folder = Path(self.home["AIRFLOW_HOME"]) / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
        return _texts(sorted(folder.rglob("*.trigger.*.log")))

    def _try(self, method: str, path: str) -> Any:
        try:
            return self.request(method, path)
        except (OSError, ValueError):
            return None


@contextlib.contextmanager
def running_scheduler(
    home: Mapping[str, str], logs: Path, *, settings: Mapping[str, str] | None = None, triggerers: int = 1
) -> Iterator[Scheduler]:
    """Start all parts of Airflow on a free loopback port, on PostgreSQL if there is one, and end them.

    :param settings: Airflow's, in place of those that all tests have.
    :param triggerers: how many there are; the first one alone is started.
    """
    with best_database(home) as environment, _running(environment, logs, settings or {}, triggerers) as scheduler:
        yield scheduler


@contextlib.contextmanager
def _running(home: Mapping[str, str], logs: Path, settings: Mapping[str, str], triggerers: int) -> Iterator[Scheduler]:
    port = _free_port()
    environment = {
        **home,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": "only for tests",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only for tests, and as long as the algorithm wants it to be: 64 bytes",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        **settings,
    }
    extra = {
        "api-server": ["--host", "127.0.0.1", "--port", str(port)],
        "scheduler": ["--skip-serve-logs"],
        "triggerer": ["--skip-serve-logs"],
    }
    names = {part: part for part in PARTS} | {f"triggerer-{n}": "triggerer" for n in range(2, triggerers + 1)}
    parts = {
        name: Part(
            name=name,
            command=[sys.executable, "-m", "airflow", part, *extra.get(part, [])],
            environment=environment,
            logs=logs,
        )
        for name, part in names.items()
    }
    with contextlib.ExitStack() as stack:
        for part in parts.values():
            stack.callback(part.stop)
        for name in PARTS:
            parts[name].start()
        yield Scheduler(environment, logs, parts)


def runs_task(process: psutil.Process) -> bool:
    """Whether a process runs a task, after whose instance it is named then."""
    with contextlib.suppress(psutil.NoSuchProcess):  # a zombie too
        return bool(re.fullmatch(r"airflow worker -- [0-9a-f-]{36}", " ".join(process.cmdline()).strip()))
    return False


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _texts(files: Iterable[Path]) -> str:
    return "\n".join(f"--- {file.name} of {file.parent}\n{file.read_text(errors='replace')}" for file in files)


def _label(task_id: str, map_index: int) -> str:
    return task_id if map_index < 0 else f"{task_id}[{map_index}]"


def _decode(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value
