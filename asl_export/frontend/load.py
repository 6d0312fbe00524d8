"""A DAG object from a folder of DAG files, parsed as Airflow parses it, without a database."""

from __future__ import annotations

import difflib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from structlog.testing import capture_logs

from asl_export.diagnostics import Code, Diagnostic, ExportError, Location

_MOST_TOLD = 8


def load_dags(dags_folder: Path, *, only: str | None = None) -> dict[str, DAG]:
    """All DAGs of a folder (or of one file) by id, in order of their ids.

    :param only: leave out what is wrong with files that don't hold this DAG, if it was found.
    :raises ExportError: for a missing folder, and one diagnostic for each file that Airflow can't parse.
    """
    if not dags_folder.exists():
        raise ExportError([_no_folder(dags_folder)])
    with _quiet(), _importable(dags_folder):
        bag = DagBag(dag_folder=str(dags_folder), load_op_links=False)
    dags = {dag_id: bag.dags[dag_id] for dag_id in sorted(bag.dags)}
    if bag.import_errors and (only is None or only not in dags):
        raise ExportError([_unreadable(Path(file), text) for file, text in sorted(bag.import_errors.items())])
    return dags


def load_dag(dag_id: str, dags_folder: Path) -> DAG:
    """The DAG with this id.

    :raises ExportError: when the folder is missing, a file can't be parsed or no file defines the DAG.
    """
    dags = load_dags(dags_folder, only=dag_id)
    if dag_id in dags:
        return dags[dag_id]
    near = difflib.get_close_matches(dag_id, dags, n=3)
    told = list(dags)[:_MOST_TOLD]
    more = f" and {len(dags) - len(told)} more" if len(dags) > len(told) else ""
    raise ExportError(
        [
            Diagnostic(
                code=Code.UNKNOWN_DAG,
                message=f"there is no DAG {dag_id!r}",
                location=Location(file=dags_folder),
                why=f"the DAGs defined here are: {', '.join(told) or 'none'}{more}",
                fix=f"did you mean {' or '.join(near)}?" if near else "point to another folder of DAG files",
            )
        ]
    )


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


def _no_folder(dags_folder: Path) -> Diagnostic:
    return Diagnostic(
        code=Code.NO_DAGS_FOLDER,
        message=f"there is no folder or file {str(dags_folder)!r}",
        location=Location(file=dags_folder),
        why="the DAG files are read from there",
        fix="give the folder that holds the DAG files",
    )


def _unreadable(file: Path, traceback: str) -> Diagnostic:
    lines = [line.strip() for line in traceback.strip().splitlines()]
    numbers = [line for line in lines if line.startswith(f'File "{file}", line ')]
    line = numbers[-1].split(", line ")[1].split(",")[0] if numbers else ""
    return Diagnostic(
        code=Code.UNREADABLE_FILE,
        message="Airflow can't parse this DAG file",
        location=Location(file=file, line=int(line) if line.isdigit() else None),
        why=lines[-1] if lines else "no reason given",
        fix="make the file importable: python FILE shows the same error",
    )
