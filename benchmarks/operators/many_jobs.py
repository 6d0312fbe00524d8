"""Jobs of a second each, as many as mapped tasks are used for, with every operator, in a real Airflow of its own.

Airflow is as small as the machine: PostgreSQL, or SQLite where there is none, the LocalExecutor with eight tasks at
once, one triggerer. The local AWS runs 128 jobs at once, a thousand of them in some ten seconds: the rest is what
the operator and Airflow add.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asl_export.verify.session import open_session
from asl_export.verify.stack import create_stack
from benchmarks.operators.batch_calls import batch_calls
from tests.airflow_run import Run, airflow_home, running_scheduler

BENCHMARKS = Path(__file__).parents[1]
REQUIREMENTS = BENCHMARKS / "aiobotocore/requirements.txt"
AIOBOTOCORE = BENCHMARKS.parent / ".airstep/aiobotocore"
LOOK_EVERY = 0.5

OPERATORS: Mapping[str, str] = {
    "stock_waiting": "stock, mapped",
    "stock_deferred": "stock, mapped, deferrable",
    "airstep_waiting": "BatchJobOperator, mapped",
    "airstep_deferred": "BatchJobOperator, mapped, deferrable",
    "map_jobs": "BatchMapOperator, jobs",
    "map_array": "BatchMapOperator, array",
}
STOCK = ("stock_waiting", "stock_deferred")
MAPPED = ("airstep_waiting", "airstep_deferred")
MAPS = ("map_jobs", "map_array")
MISTAKEN = "reported that the task instance"
"""How the scheduler's message begins when it fails a task that was resumed before it knew of the deferral."""


class NoAiobotocoreError(Exception):
    """aiobotocore can't be had; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A DAG run: seconds from its trigger to its end, or to the limit; its state then, and how many jobs were done.

    `done`: jobs whose task has succeeded; where it is not all of them, `reason` says why.
    """

    operator: str
    jobs: int
    seconds: float
    state: str
    done: int
    reason: str | None
    submit_jobs: int
    describe_jobs: int
    all_calls: int

    @property
    def is_complete(self) -> bool:
        """Whether all jobs were done within the limit."""
        return self.state == "success"


def with_aiobotocore() -> dict[str, str]:
    """The variable with which the stock operator finds what it needs to wait in the triggerer, installed on first use.

    :raises NoAiobotocoreError: when it can't be installed.
    """
    installed, wanted = AIOBOTOCORE / "requirements.txt", REQUIREMENTS.read_text(encoding="utf-8")
    if not installed.is_file() or installed.read_text(encoding="utf-8") != wanted:
        command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1"]
        command += ["--upgrade", "--target", str(AIOBOTOCORE), "-r", str(REQUIREMENTS)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoAiobotocoreError((done.stderr or done.stdout).strip().rpartition("\n")[2])
        installed.write_text(wanted, encoding="utf-8")
    return {"PYTHONPATH": str(AIOBOTOCORE)}


def fastest(measured: Sequence[Measurement], operators: Sequence[str]) -> str:
    """The best of these operators: complete, then with more jobs done, then in less time."""
    found = [each for each in measured if each.operator in operators]
    return max(found, key=lambda each: (each.is_complete, each.done, -each.seconds)).operator


def measure(operator: str, jobs: int, folder: Path, limit: float, variables: Mapping[str, str]) -> Measurement:
    """Trigger a DAG in an Airflow and a local AWS of its own, and wait for its end, `limit` seconds at most.

    :param variables: more for Airflow's environment; its PYTHONPATH goes in front of what is there.
    """
    with open_session(folder / "aws", images=BENCHMARKS / "images") as session:
        create_stack(session, BENCHMARKS / "stack.yaml", "benchmark")
        session.client("s3").create_bucket(Bucket="benchmark-results")
        environment = {**session.environment, **_in_front(session.environment, variables), "BENCHMARK_JOBS": str(jobs)}
        dags = {"many_jobs.py": (BENCHMARKS / "dags/many_jobs.py").read_text(encoding="utf-8")}
        home = airflow_home(folder / "airflow", dags=dags, environment=environment)
        with running_scheduler(home, folder / "logs") as airflow:
            airflow.known(operator)
            began = time.monotonic()
            run_id = airflow.trigger(operator)
            while (run := airflow.run(operator, run_id)).state not in ("success", "failed"):
                if time.monotonic() - began > limit:
                    break
                time.sleep(LOOK_EVERY)
            seconds = time.monotonic() - began
            said = (folder / "logs/scheduler.log").read_text(errors="replace")
            return _measured(operator, jobs, seconds, run, batch_calls(session.endpoint), said)


def _measured(
    operator: str, jobs: int, seconds: float, run: Run, calls: Counter[str], scheduler_log: str
) -> Measurement:
    succeeded = sum(state == "success" for state in run.tasks.values())
    complete = run.state == "success"
    return Measurement(
        operator=operator,
        jobs=jobs,
        seconds=round(seconds, 1),
        state=run.state or "none",
        done=jobs if complete else 0 if operator in MAPS else succeeded,
        reason=None if complete else why_not(seconds, run, scheduler_log),
        submit_jobs=calls["submitjob"],
        describe_jobs=calls["describejobs"],
        all_calls=calls.total(),
    )


def why_not(seconds: float, run: Run, scheduler_log: str) -> str:
    """Why a run is not complete: how its tasks stand, and whether it was Airflow that failed some."""
    counts = Counter(state or "none" for state in run.tasks.values())
    states = ", ".join(f"{counts[state]:,} {state}" for state in sorted(counts))
    ended = "the run failed" if run.state == "failed" else f"the run was ended after {seconds:,.0f} s"
    mistaken = scheduler_log.count(MISTAKEN)
    by_airflow = f"; Airflow took the end of {mistaken:,} deferring processes for that of resumed tasks"
    return f"{ended}; its tasks: {states}{by_airflow if mistaken else ''}"


def _in_front(environment: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    first, then = variables.get("PYTHONPATH"), environment.get("PYTHONPATH")
    return {**variables, "PYTHONPATH": f"{first}:{then}"} if first and then else dict(variables)
