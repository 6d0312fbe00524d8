"""Metaflow beside us: the same workflow as a flow file, exported by `step-functions create --only-json`.

It asks AWS while it does so: for the job queue, its compute environment and job definitions, and it uploads its code.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from asl_export.verify.session import Session
from benchmarks.compiler.workflows import Workflow

REQUIREMENTS = Path(__file__).parents[1] / "metaflow/requirements.txt"
BUCKET = "metaflow"
_ROLE = "arn:aws:iam::123456789012:role/metaflow"
_INSTALLED = "requirements.txt"


class NoMetaflowError(Exception):
    """Metaflow can't be had; the text says why."""


def metaflow_python(folder: Path) -> Path:
    """The Python of an environment with the pinned Metaflow, made in `folder` on first use.

    :raises NoMetaflowError: when it can't be installed.
    """
    python, installed = folder / "bin/python", folder / _INSTALLED
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return python.absolute()
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1"]
    make = [sys.executable, "-m", "venv", "--clear", str(folder)]
    for command in (make, [*install, "-r", str(REQUIREMENTS)]):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise NoMetaflowError(_last_line(done.stderr or done.stdout))
    installed.write_text(wanted, encoding="utf-8")
    return python.absolute()


def metaflow_version() -> str:
    """The pinned version."""
    pins = (line.partition("==") for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return next(pin for package, _, pin in pins if package == "metaflow")


def metaflow_environment(session: Session) -> dict[str, str]:
    """The variables with which Metaflow uses the session's AWS and nothing of the caller's."""
    home = session.folder / "metaflow"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in session.environment.items() if not name.startswith("METAFLOW_")}
    return {
        **kept,
        "METAFLOW_HOME": str(home),
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(home),
        "METAFLOW_USER": "benchmark",
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": f"s3://{BUCKET}/metaflow",
        "METAFLOW_DATATOOLS_S3ROOT": f"s3://{BUCKET}/data",
        "METAFLOW_S3_ENDPOINT_URL": session.endpoint,
        "METAFLOW_BATCH_JOB_QUEUE": "benchmark",
        "METAFLOW_BATCH_CONTAINER_IMAGE": "python:3.11",
        "METAFLOW_ECS_S3_ACCESS_IAM_ROLE": _ROLE,
        "METAFLOW_ECS_FARGATE_EXECUTION_ROLE": _ROLE,
        "METAFLOW_SFN_IAM_ROLE": _ROLE,
        "METAFLOW_SFN_DYNAMO_DB_TABLE": BUCKET,
        "METAFLOW_EVENTS_SFN_ACCESS_IAM_ROLE": _ROLE,
    }


def flow_file(workflow: Workflow) -> str:
    """The text of a flow whose steps are Batch jobs; what waits for more than one step takes their `inputs`."""
    return "\n".join(
        [
            "from metaflow import FlowSpec, batch, step",
            "",
            "",
            "class LinearFan(FlowSpec):",
            *_steps(workflow),
            'if __name__ == "__main__":',
            "    LinearFan()",
            "",
        ]
    )


def _steps(workflow: Workflow) -> Iterator[str]:
    below: defaultdict[str, list[str]] = defaultdict(list)
    above: defaultdict[str, list[str]] = defaultdict(list)
    for one, other in workflow.edges:
        below[one].append(other)
        above[other].append(one)
    for task in workflow.tasks:
        arguments = "self, inputs" if len(above[task.name]) > 1 else "self"
        then = ", ".join(f"self.{name}" for name in below[task.name])
        yield from ("    @batch", "    @step", f"    def {task.name}({arguments}):")
        yield from (f"        self.next({then})" if then else "        pass", "")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
