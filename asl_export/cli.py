"""The `asl-export` command: arguments, printing and exit codes; the work is in `asl_export.pipeline` and beside it.

Exit codes: 0 fine, 1 the DAG has diagnostics (or both runs differ), 2 wrong usage, 3 AWS said no, 70 our own fault.
"""

# Airflow takes two seconds to import, and boto3 most of one: each command imports what it needs, when it needs it.

from __future__ import annotations

import platform
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from asl_export.diagnostics import render_diagnostics
from asl_export.estimate.command import ESTIMATE_EXAMPLES, estimate
from asl_export.options import (
    DAGS,
    DIAGNOSTICS,
    FAULT,
    DagId,
    DagsFolder,
    Exact,
    Language,
    diagnosed,
    examples,
    wrong_usage,
)
from asl_export.output import chatter_on_stderr, file_name, target_file, write_whole
from asl_export.verify.command import VERIFY_EXAMPLES, verify

EXAMPLES = examples(
    "asl-export check video_processing",
    "asl-export export video_processing",
    "aws stepfunctions create-state-machine --name video_processing "
    "--definition file://video_processing.asl.json --role-arn ARN",
)
EXIT_CODES = "Exit codes: 0 fine, 1 diagnostics or a difference, 2 wrong usage, 3 AWS said no, 70 a fault of airstep."

app = typer.Typer(
    name="asl-export",
    help="Export Airflow DAGs as AWS Step Functions state machines, and show that both do the same.",
    epilog=f"{EXAMPLES}\n\n{EXIT_CODES}",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"asl-export {version('airstep')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options of every command; `--version` is all there is."""


@app.command("list", epilog=examples("asl-export list", "asl-export list --dags-folder ~/airflow/dags"))
def list_command(dags_folder: DagsFolder = DAGS) -> None:
    """List the DAG ids in a folder, then what is wrong with files that can't be read."""
    with diagnosed(), chatter_on_stderr():
        from asl_export.pipeline import list_dags

        found = list_dags(dags_folder)
    for dag_id in found.dags:
        typer.echo(dag_id)
    if found.diagnostics:
        typer.echo(render_diagnostics(found.diagnostics), err=True)
        raise typer.Exit(DIAGNOSTICS)


@app.command(
    epilog=examples(
        "asl-export export video_processing",
        "asl-export export video_processing --query-language jsonpath --pretty -o build/",
        "asl-export export video_processing -o - | jq .States",
    )
)
def export(
    dag_id: DagId,
    dags_folder: DagsFolder = DAGS,
    query_language: Language = "jsonata",
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE|DIR|-", help="Where to; - is standard output.  [default: DAG_ID.asl.json]"
        ),
    ] = "",
    pretty: Annotated[bool, typer.Option("--pretty", help="Indent the JSON for people.")] = False,
    exact: Exact = False,
) -> None:
    """Write a DAG's state machine as Amazon States Language JSON.

    Needs no network, no credentials and no Airflow database. Nothing is written when the DAG has errors.
    """
    target = _target(output, file_name(dag_id, ".asl.json"))
    with diagnosed(), chatter_on_stderr():
        text = _export(dag_id, dags_folder, query_language, exact=exact).to_json(pretty=pretty)
    _deliver(text, target)


@app.command(
    epilog=examples(
        "asl-export check video_processing",
        "asl-export check video_processing --query-language jsonpath",
        "asl-export check video_processing --exact",
    )
)
def check(
    dag_id: DagId, dags_folder: DagsFolder = DAGS, query_language: Language = "jsonata", exact: Exact = False
) -> None:
    """Say whether a DAG can be exported, and if not everything that stands in the way."""
    with diagnosed(), chatter_on_stderr():
        warnings = len(_export(dag_id, dags_folder, query_language, exact=exact).warnings)
    note = f", with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
    typer.echo(f"{dag_id} can be exported{note}.")


@app.command(epilog=examples("asl-export graph video_processing -o video_processing.svg"))
def graph(
    dag_id: DagId,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.svg|DIR|-", help="Where to; - is standard output.")
    ],
    dags_folder: DagsFolder = DAGS,
    exact: Exact = False,
) -> None:
    """Draw a DAG's state machine as an SVG picture."""
    target = _target(output, file_name(dag_id, ".svg"))
    if target and target.suffix.lower() != ".svg":
        wrong_usage(f"--output {output}: the drawing is an SVG, so name a file that ends in .svg")
    with diagnosed(), chatter_on_stderr():
        from asl_export.drawing import draw

        picture = draw(_export(dag_id, dags_folder, "jsonata", exact=exact).definition, title=dag_id)
    _deliver(picture, target)


app.command("estimate", epilog=ESTIMATE_EXAMPLES)(estimate)
app.command("verify", epilog=VERIFY_EXAMPLES)(verify)


def main() -> None:
    """Run the command line; the entry point of `asl-export`."""
    try:
        app()
    except Exception as error:
        typer.echo(_fault(error), err=True)
        sys.exit(FAULT)


def _fault(error: Exception) -> str:
    """What to say when a command ends as none should; what it has to say of the user's mistakes it says itself."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("airstep", "apache-airflow"))
    return (
        f"asl-export: this is a fault of airstep, not of your DAG: {type(error).__name__}: {error}\n"
        "Please report it with the command, the DAG's file and what follows.\n\n"
        f"{versions}, Python {platform.python_version()}\n{''.join(traceback.format_exception(error))}"
    )


def _export(dag_id: str, dags_folder: Path, query_language: str, *, exact: bool = False) -> Any:
    """The export; its warnings go to standard error."""
    from asl_export.pipeline import QueryLanguage, export_dag, load_dag

    exported = export_dag(load_dag(dag_id, dags_folder), query_language=QueryLanguage(query_language), exact=exact)
    if exported.warnings:
        typer.echo(render_diagnostics(exported.warnings), err=True)
    return exported


def _target(output: str, default_name: str) -> Path | None:
    try:
        return target_file(output or default_name, default_name)
    except OSError as error:
        what = f"--output {output}" if output else f"no --output, so {default_name}"
        wrong_usage(f"{what}: {error.strerror or error}")


def _deliver(text: str, target: Path | None) -> None:
    if target is None:
        sys.stdout.write(text)
        return
    try:
        write_whole(target, text)
    except OSError as error:
        wrong_usage(f"{target}: {error.strerror or error}")
    typer.echo(f"Wrote {target}", err=True)
