"""The `asl-export` command: arguments, printing and exit codes; the work is in `asl_export.pipeline` and beside it.

Exit codes: 0 fine, 1 the DAG has diagnostics (or both runs differ), 2 wrong usage, 3 AWS said no.
"""

# Airflow takes two seconds to import, and boto3 most of one: each command imports what it needs, when it needs it.

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console

from asl_export.diagnostics import ExportError, render_diagnostics
from asl_export.output import STDOUT, chatter_on_stderr, target_file, write_whole

DIAGNOSTICS, USAGE, AWS = 1, 2, 3
DAGS = Path("dags")

app = typer.Typer(
    name="asl-export",
    help="Export Airflow DAGs as AWS Step Functions state machines, and show that both do the same.",
    epilog="Exit codes: 0 fine, 1 diagnostics or a difference, 2 wrong usage, 3 AWS said no.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def examples(*lines: str) -> str:
    """The end of a command's help: commands to copy, each on a line of its own."""
    return "\n\n".join(["**Examples**", *(f"`{line}`" for line in lines)])


def complete_dag_id(context: typer.Context, incomplete: str) -> list[str]:
    """DAG ids that begin so, for the shell; none where the folder can't be read."""
    from asl_export.pipeline import list_dags

    with contextlib.suppress(Exception), chatter_on_stderr():
        return [
            dag for dag in list_dags(context.params.get("dags_folder") or Path("dags")) if dag.startswith(incomplete)
        ]
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
    """List the DAG ids in a folder."""
    with _diagnosed(), chatter_on_stderr():
        from asl_export.pipeline import list_dags

        dag_ids = list(list_dags(dags_folder))
    for dag_id in dag_ids:
        typer.echo(dag_id)


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
) -> None:
    """Write a DAG's state machine as Amazon States Language JSON.

    Needs no network, no credentials and no Airflow database. Nothing is written when the DAG has errors.
    """
    name = f"{dag_id}.asl.json"
    target = _target(output or name, name)
    with _diagnosed(), chatter_on_stderr():
        text = _export(dag_id, dags_folder, query_language).to_json(pretty=pretty)
    _deliver(text, target)


@app.command(
    epilog=examples("asl-export check video_processing", "asl-export check video_processing --query-language jsonpath")
)
def check(dag_id: DagId, dags_folder: DagsFolder = DAGS, query_language: Language = "jsonata") -> None:
    """Say whether a DAG can be exported, and if not everything that stands in the way."""
    with _diagnosed(), chatter_on_stderr():
        warnings = len(_export(dag_id, dags_folder, query_language).warnings)
    note = f", with {warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
    typer.echo(f"{dag_id} can be exported{note}.")


@app.command(epilog=examples("asl-export graph video_processing -o video_processing.svg"))
def graph(
    dag_id: DagId,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE.svg|DIR|-", help="Where to; - is standard output.")
    ],
    dags_folder: DagsFolder = DAGS,
) -> None:
    """Draw a DAG's state machine as an SVG picture."""
    if output != STDOUT and not Path(output).is_dir() and Path(output).suffix.lower() != ".svg":
        _usage(f"--output {output}: the drawing is an SVG, so name a file that ends in .svg")
    target = _target(output, f"{dag_id}.svg")
    with _diagnosed(), chatter_on_stderr():
        from asl_export.drawing import draw

        picture = draw(_export(dag_id, dags_folder, "jsonata").definition, title=dag_id)
    _deliver(picture, target)


@app.command(
    epilog=examples(
        "asl-export verify video_processing --upload clip.mp4=s3://airstep-video-processing/input.mp4",
        'asl-export verify my_dag --stack my_resources.yaml --input \'{"day": "2026-01-31"}\'',
    )
)
def verify(
    dag_id: DagId,
    dags_folder: DagsFolder = DAGS,
    query_language: Language = "jsonata",
    input: Annotated[
        str, typer.Option("--input", metavar="JSON", help="The DAG run's conf and the execution's input.")
    ] = "{}",
    stack: Annotated[
        Path | None,
        typer.Option(
            "--stack",
            metavar="FILE",
            help="CloudFormation template of what the DAG runs on.  [default: containers/stacks/DAG_ID.yaml if there]",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    uploads: Annotated[
        list[str] | None,
        typer.Option("--upload", metavar="LOCAL=s3://BUCKET/KEY", help="A file to put into S3 first; repeatable."),
    ] = None,
    endpoint_url: Annotated[
        str | None,
        typer.Option("--endpoint-url", metavar="URL", help="A local AWS that runs already, instead of a new one."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option("--images", metavar="DIR", help="Where the local AWS finds images.", exists=True, file_okay=False),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where logs and run files go.", file_okay=False)
    ] = Path(".airstep/verify"),
) -> None:
    """Run a DAG from Airflow and from Step Functions on the local AWS, and compare what both did.

    Compares every SubmitJob request, the order that the DAG's edges demand, the final state and the exit codes.
    Needs no AWS account and never uses one.
    """
    conf = _conf(input)
    with _diagnosed(), chatter_on_stderr():
        from asl_export.pipeline import QueryLanguage
        from asl_export.verify.children import interruptible
        from asl_export.verify.errors import VerifyError
        from asl_export.verify.report import report
        from asl_export.verify.stack import Upload
        from asl_export.verify.verification import Plan
        from asl_export.verify.verification import verify as run_both

        default_stack = Path(f"containers/stacks/{dag_id}.yaml")
        try:
            plan = Plan(
                dag_id=dag_id,
                dags_folder=dags_folder,
                conf=conf,
                folder=folder.resolve() / dag_id,
                query_language=QueryLanguage(query_language),
                stack=stack or (default_stack if default_stack.is_file() else None),
                uploads=tuple(Upload.parse(text) for text in uploads or ()),
                endpoint=endpoint_url,
                images=images,
            )
        except ValueError as error:
            _usage(f"--upload: {error}")
        try:
            with interruptible():
                comparison = run_both(plan, Console(stderr=True))
        except VerifyError as error:
            typer.echo(f"asl-export: {error}", err=True)
            raise typer.Exit(AWS) from None
    Console().print(report(comparison))
    if not comparison.same:
        raise typer.Exit(DIAGNOSTICS)


def main() -> None:
    """Run the command line; the entry point of `asl-export`."""
    app()


def _export(dag_id: str, dags_folder: Path, query_language: str) -> Any:
    """The export; its warnings go to standard error."""
    from asl_export.pipeline import QueryLanguage, export_dag, load_dag

    exported = export_dag(load_dag(dag_id, dags_folder), query_language=QueryLanguage(query_language))
    if exported.warnings:
        typer.echo(render_diagnostics(exported.warnings), err=True)
    return exported


@contextlib.contextmanager
def _diagnosed() -> Iterator[None]:
    """Turn the DAG author's mistakes into messages and exit code 1."""
    try:
        yield
    except ExportError as error:
        typer.echo(render_diagnostics(error.diagnostics), err=True)
        raise typer.Exit(DIAGNOSTICS) from None


def _target(output: str, default_name: str) -> Path | None:
    try:
        return target_file(output, default_name)
    except OSError as error:
        _usage(f"--output {output}: {error}")


def _deliver(text: str, target: Path | None) -> None:
    if target is None:
        sys.stdout.write(text)
        return
    try:
        write_whole(target, text)
    except OSError as error:
        _usage(f"{target}: {error.strerror or error}")
    typer.echo(f"Wrote {target}", err=True)


def _conf(text: str) -> dict[str, Any]:
    try:
        conf = json.loads(text)
    except ValueError as error:
        _usage(f"--input: not JSON: {error}")
    if not isinstance(conf, dict):
        _usage(f'--input: a JSON object of params, such as {{"day": "2026-01-31"}}, not {text}')
    return conf


def _usage(message: str) -> NoReturn:
    typer.echo(f"asl-export: {message}", err=True)
    raise typer.Exit(USAGE)
