"""Metaflow and airstep export the same workflow, each with its own command, in turns."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from asl_export.verify.session import Session
from benchmarks.compiler.dag_file import dag_file
from benchmarks.compiler.metaflow import BUCKET, flow_file, metaflow_environment
from benchmarks.compiler.workflows import linear_fan

SIZES = (10, 30, 100)
TOOLS = ("metaflow", "airstep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A tool's export of a workflow: median seconds of the command, and of one that only imports and parses."""

    tool: str
    tasks: int
    seconds: float
    parse_seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    """`export` prints a state machine; `parse` does all that comes before."""

    export: Sequence[str]
    parse: Sequence[str]
    environment: Mapping[str, str]
    folder: Path

    def run(self, command: Sequence[str]) -> tuple[float, str]:
        """The seconds a command takes and what it prints.

        :raises RuntimeError: when it fails: a number of a failed run says nothing.
        """
        began = time.perf_counter()
        done = subprocess.run(
            command, check=False, env=dict(self.environment), cwd=self.folder, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stderr or done.stdout)[-4000:]}")
        return seconds, done.stdout


def compare(session: Session, metaflow: Path, rounds: int, tell: Callable[[str], None]) -> list[Comparison]:
    """Both tools in all sizes; a round goes through all of them."""
    session.client("s3").create_bucket(Bucket=BUCKET)
    tools = {(tool, size): _tool(tool, size, session, metaflow) for size in SIZES for tool in TOOLS}
    tools["metaflow", SIZES[0]].run(tools["metaflow", SIZES[0]].export)  # not kept: makes a token on first use
    exports: dict[tuple[str, int], list[tuple[float, str]]] = {case: [] for case in tools}
    parses: dict[tuple[str, int], list[float]] = {case: [] for case in tools}
    for number in range(1, rounds + 1):
        for case, tool in tools.items():
            tell(f"round {number} of {rounds}: {case[0]}, {case[1]} tasks …")
            exports[case].append(tool.run(tool.export))
            parses[case].append(tool.run(tool.parse)[0])
    return [
        Comparison(
            tool=tool,
            tasks=size,
            seconds=round(median(seconds for seconds, _ in found), 2),
            parse_seconds=round(median(parses[tool, size]), 2),
            bytes=_minified(found[0][1]),
        )
        for (tool, size), found in exports.items()
    ]


def _tool(name: str, size: int, session: Session, metaflow: Path) -> _Tool:
    folder = session.folder / f"{name}_{size}"
    folder.mkdir()
    workflow = linear_fan(size)
    if name == "metaflow":
        (folder / "flow.py").write_text(flow_file(workflow), encoding="utf-8")
        flow = (str(metaflow), "flow.py", "--no-pylint")
        return _Tool(
            export=(*flow, "step-functions", "create", "--only-json"),
            parse=(*flow, "show"),
            environment=metaflow_environment(session),
            folder=folder,
        )
    (folder / "dag.py").write_text(dag_file(workflow), encoding="utf-8")
    ours = (sys.executable, "-m", "asl_export")
    return _Tool(
        export=(*ours, "export", workflow.name, "--dags-folder", str(folder), "-o", "-"),
        parse=(*ours, "list", "--dags-folder", str(folder)),
        environment={**session.environment, "AIRFLOW_HOME": str(session.folder / "airflow")},
        folder=folder,
    )


def _minified(text: str) -> int:
    return len(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode())
