"""A DAG object from a folder of DAG files, parsed as Airflow parses it, without a database."""

from __future__ import annotations

import difflib
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from structlog.testing import capture_logs

from asl_export.diagnostics import Code, Diagnostic, ExportError, Location

_MOST_TOLD = 8

_CHAINED = re.compile(r"\n\n(?:During handling of|The above exception was) .*:\n\n")
"""What Python writes between an exception and the one that was raised over it."""

_WHOLE_TRACEBACKS = {
    "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACKS": "True",
    "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "10000",
}
"""Airflow keeps the innermost two lines, which seldom are the DAG file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DagFiles:
    """What a folder of DAG files holds: its DAGs by id, in order, and what is wrong with the rest.

    `ambiguous` are the ids that more than one DAG has, `unreadable` the files that Airflow can't parse.
    """

    dags: Mapping[str, DAG]
    ambiguous: Mapping[str, Diagnostic]
    unreadable: tuple[Diagnostic, ...]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is wrong."""
        return (*self.ambiguous.values(), *self.unreadable)


def load_dags(dags_folder: Path) -> DagFiles:
    """All DAGs of a folder, or of one file.

    :raises ExportError: for a missing folder.
    """
    if not dags_folder.exists():
        raise ExportError([_no_folder(dags_folder)])
    with _quiet(), _importable(dags_folder), _whole_tracebacks():
        bag = _Bag(dags_folder)
    return DagFiles(
        dags={dag_id: bag.dags[dag_id] for dag_id in sorted(bag.dags) if dag_id not in bag.files_of},
        ambiguous={dag_id: _ambiguous(dag_id, files) for dag_id, files in sorted(bag.files_of.items())},
        unreadable=tuple(_unreadable(Path(file), text) for file, text in sorted(bag.import_errors.items())),
    )


def load_dag(dag_id: str, dags_folder: Path) -> DAG:
    """The DAG with this id; what is wrong with other DAGs and files doesn't matter.

    :raises ExportError: when the folder is missing, more than one DAG has the id, or none and a file can't be parsed.
    """
    found = load_dags(dags_folder)
    if dag_id in found.dags:
        return found.dags[dag_id]
    if dag_id in found.ambiguous:
        raise ExportError([found.ambiguous[dag_id]])
    raise ExportError(found.unreadable or [_unknown(dag_id, list(found.dags), dags_folder)])


class _Bag(DagBag):
    """Airflow's bag of a folder's DAGs. `files_of` are the files of each id that more than one DAG has.

    Of two files with one id Airflow takes the first it parses, and of two DAGs in a file either.
    """

    def __init__(self, dags_folder: Path) -> None:
        self.files_of: dict[str, list[str]] = {}
        super().__init__(dag_folder=str(dags_folder), load_op_links=False)

    def bag_dag(self, dag: DAG) -> None:
        """Take up a DAG, unless there is another of its id."""
        known = self.dags.get(dag.dag_id)
        if known is None or known is dag:
            super().bag_dag(dag)
        else:
            self.files_of.setdefault(dag.dag_id, [known.fileloc]).append(dag.fileloc)


@contextmanager
def _quiet() -> Iterator[None]:
    """Airflow's notices stay out of the output, which may be a definition; what a DAG file prints goes to stderr."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with capture_logs(), redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(before)


@contextmanager
def _importable(dags_folder: Path) -> Iterator[None]:
    """Modules beside the DAG files can be imported by them, as in Airflow."""
    folder = str((dags_folder if dags_folder.is_dir() else dags_folder.parent).resolve())
    before = list(sys.path)
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _whole_tracebacks() -> Iterator[None]:
    """Airflow tells where in a DAG file an error came up, however deep below it."""
    before = {name: os.environ.get(name) for name in _WHOLE_TRACEBACKS}
    os.environ.update(_WHOLE_TRACEBACKS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _no_folder(dags_folder: Path) -> Diagnostic:
    return Diagnostic(
        code=Code.NO_DAGS_FOLDER,
        message=f"there is no folder or file {str(dags_folder)!r}",
        location=Location(file=dags_folder),
        why="the DAG files are read from there",
        fix="give the folder that holds the DAG files",
    )


def _unknown(dag_id: str, dags: list[str], dags_folder: Path) -> Diagnostic:
    near = difflib.get_close_matches(dag_id, dags, n=3)
    told = dags[:_MOST_TOLD]
    more = f" and {len(dags) - len(told)} more" if len(dags) > len(told) else ""
    return Diagnostic(
        code=Code.UNKNOWN_DAG,
        message=f"there is no DAG {dag_id!r}",
        location=Location(file=dags_folder),
        why=f"the DAGs defined here are: {', '.join(told) or 'none'}{more}",
        fix=f"did you mean {' or '.join(near)}?" if near else "point to another folder of DAG files",
    )


def _ambiguous(dag_id: str, files: list[str]) -> Diagnostic:
    places = " and ".join(sorted(set(files)))
    return Diagnostic(
        code=Code.AMBIGUOUS_DAG,
        message=f"{len(files)} DAGs have the id {dag_id!r}",
        location=Location(dag=dag_id),
        why=f"they are in {places}; which of them Airflow would take is left to chance",
        fix="give each an id of its own, or take a file that isn't to be read out of the folder (.airflowignore)",
    )


def _unreadable(file: Path, traceback: str) -> Diagnostic:
    lines = re.findall(rf'^ +File "{re.escape(str(file))}", line (\d+)', traceback, re.MULTILINE)
    return Diagnostic(
        code=Code.UNREADABLE_FILE,
        message="Airflow can't parse this DAG file",
        location=Location(file=file, line=int(lines[-1]) if lines else None),
        why=_raised(traceback) or "no reason given",
        fix="make the file importable: python FILE shows the same error",
    )


def _raised(traceback: str) -> str:
    """The exception that a traceback ends with: its type and its message, of as many lines as it has."""
    last = _CHAINED.split(traceback.strip())[-1]
    lines = dropwhile(lambda line: line.startswith((" ", "Traceback ")), last.splitlines())
    return "\n".join(lines) or last
