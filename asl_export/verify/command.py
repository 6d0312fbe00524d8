"""The `verify` command: its arguments, and what it prints."""

# Airflow takes two seconds to import, and boto3 most of one: they are imported once the arguments are right.

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from asl_export.options import (
    AWS,
    DAGS,
    DIAGNOSTICS,
    DagId,
    DagsFolder,
    Exact,
    Language,
    diagnosed,
    examples,
    wrong_usage,
)
from asl_export.output import chatter_on_stderr, file_name

VERIFY_EXAMPLES = examples(
    "asl-export verify video_processing --upload clip.mp4=s3://airstep-video-processing/input.mp4",
    "asl-export verify video_processing --upload clip.mp4=s3://airstep-video-processing/input.mp4 --fail-each",
    'asl-export verify my_dag --stack my_resources.yaml --input \'{"day": "2026-01-31"}\'',
)


def verify(
    dag_id: DagId,
    dags_folder: DagsFolder = DAGS,
    query_language: Language = "jsonata",
    exact: Exact = False,
    input: Annotated[
        str, typer.Option("--input", metavar="JSON", help="The DAG run's conf and the execution's input.")
    ] = "{}",
    logical_date: Annotated[
        str,
        typer.Option(
            "--logical-date",
            metavar="DATE",
            help="The date of both runs, such as 2026-01-31 or 2026-01-31T08:00:00+01:00.  [default: now]",
        ),
    ] = "",
    fail_each: Annotated[
        bool,
        typer.Option(
            "--fail-each",
            help="Then run both again for each job, with that job failing on every try of its task, and compare.",
        ),
    ] = False,
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
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, help="Give a run up that takes longer.")
    ] = 3600,
    idle_timeout: Annotated[
        float,
        typer.Option(
            "--idle-timeout",
            metavar="SECONDS",
            min=1,
            help="Give a run up in which no job runs, or waits for a place, for so long; longer than a retry's delay.",
        ),
    ] = 600,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where logs and run files go.", file_okay=False)
    ] = Path(".airstep/verify"),
) -> None:
    """Run a DAG from Airflow and from Step Functions on the local AWS, and compare what both did.

    Compares every SubmitJob request, the order that the DAG's edges demand, the results that jobs write, the final
    state and the exit codes. Needs no AWS account and never uses one.
    """
    conf, date, endpoint = read_conf(input), read_date(logical_date), read_endpoint(endpoint_url)
    with diagnosed(), chatter_on_stderr():
        from asl_export.pipeline import QueryLanguage
        from asl_export.verify.children import interruptible
        from asl_export.verify.errors import VerifyError
        from asl_export.verify.fail_report import fail_report
        from asl_export.verify.patience import Limits
        from asl_export.verify.plan import Plan
        from asl_export.verify.report import report
        from asl_export.verify.stack import Upload
        from asl_export.verify.verification import verify as run_both

        stack = stack or _default_stack(dag_id)
        try:
            plan = Plan(
                dag_id=dag_id,
                dags_folder=dags_folder,
                conf=conf,
                folder=folder.resolve() / file_name(dag_id),
                query_language=QueryLanguage(query_language),
                exact=exact,
                stack=stack,
                uploads=tuple(Upload.parse(text) for text in uploads or ()),
                endpoint=endpoint,
                images=images,
                limits=Limits(total=timeout, idle=idle_timeout),
                logical_date=date,
                fail_each=fail_each,
            )
        except ValueError as error:
            wrong_usage(f"--upload: {error}")
        try:
            with interruptible():
                verification = run_both(plan, Console(stderr=True))
        except VerifyError as error:
            typer.echo(f"asl-export: {error}", err=True)
            raise typer.Exit(AWS) from None
    Console().print(report(verification.comparison))
    if fail_each:
        Console().print("", fail_report(verification), sep="\n")
    if not verification.same:
        raise typer.Exit(DIAGNOSTICS)


def read_conf(text: str) -> dict[str, Any]:
    """The params that `--input` gives."""
    try:
        conf = json.loads(text)
    except ValueError as error:
        wrong_usage(f"--input: not JSON: {error}")
    if not isinstance(conf, dict):
        wrong_usage(f'--input: a JSON object of params, such as {{"day": "2026-01-31"}}, not {text}')
    if "logical_date" in conf:
        wrong_usage("--input: the date of both runs is no param; give it as --logical-date")
    return conf


def read_date(text: str) -> datetime:
    """The moment that `--logical-date` gives, in UTC as Airflow keeps it; now, to the second, where it gives none."""
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        wrong_usage(f"--logical-date: a date such as 2026-01-31 or 2026-01-31T08:00:00+01:00, not {text}")
    return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)


def read_endpoint(url: str | None) -> str | None:
    """The address that `--endpoint-url` gives, one that boto3 takes."""
    if url is None:
        return None
    from botocore.utils import is_valid_endpoint_url

    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.port != 0 and is_valid_endpoint_url(url)
    except ValueError:
        valid = False
    if not valid:
        wrong_usage(f"--endpoint-url: an address such as http://127.0.0.1:4566, not {url}")
    return url


def _default_stack(dag_id: str) -> Path | None:
    path = Path("containers/stacks") / file_name(dag_id, ".yaml")
    if path.is_file():
        return path
    typer.echo(f"No template {path}: the DAG runs on what is there already (--stack names another).", err=True)
    return None
