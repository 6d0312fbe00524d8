"""What the commands share: their common arguments, exit codes, and how they speak of the user's mistakes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from asl_export.diagnostics import ExportError, render_diagnostics
from asl_export.output import chatter_on_stderr

DIAGNOSTICS, USAGE, AWS, FAULT = 1, 2, 3, 70
"""Exit codes: the DAG has diagnostics or both runs differ, wrong usage, AWS said no, airstep itself is at fault."""

DAGS = Path("dags")


def examples(*lines: str) -> str:
    """The end of a command's help: commands to copy, each on a line of its own."""
    return "\n\n".join(["**Examples**", *(f"`{line}`" for line in lines)])


def complete_dag_id(context: typer.Context, incomplete: str) -> list[str]:
    """DAG ids that begin so, for the shell; none where the folder can't be read."""
    from asl_export.pipeline import list_dags

    with contextlib.suppress(Exception), chatter_on_stderr():
        found = list_dags(context.params.get("dags_folder") or DAGS)
        return [dag for dag in found.dags if dag.startswith(incomplete)]
    return []


DagId = Annotated[str, typer.Argument(metavar="DAG_ID", help="The DAG's id.", autocompletion=complete_dag_id)]
DagsFolder = Annotated[
    Path,
    typer.Option(
        "--dags-folder",
        metavar="DIR",
        help="Where the DAG files are.",
        envvar="AIRFLOW__CORE__DAGS_FOLDER",
        exists=True,
        file_okay=False,
        resolve_path=True,
    ),
]
Language = Annotated[
    Literal["jsonata", "jsonpath"], typer.Option("--query-language", help="The state machine's query language.")
]


Exact = Annotated[
    bool,
    typer.Option(
        "--exact", help="Refuse a DAG whose tasks would wait for more than it asks: barriers are errors then."
    ),
]


@contextlib.contextmanager
def diagnosed() -> Iterator[None]:
    """Turn the DAG author's mistakes into messages and exit code 1."""
    try:
        yield
    except ExportError as error:
        typer.echo(render_diagnostics(error.diagnostics), err=True)
        raise typer.Exit(DIAGNOSTICS) from None


def wrong_usage(message: str) -> NoReturn:
    """Say what is wrong with the command line and leave with exit code 2."""
    typer.echo(f"asl-export: {message}", err=True)
    raise typer.Exit(USAGE)
