"""The `airstep` command, also `python -m airstep`: arguments, printing and exit codes; the work is in `airstep.reap`.

Exit codes: 0 nothing is left or all of it was ended, 1 something is left, 2 wrong usage, 3 AWS said no.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from airstep.hooks.batch import BatchHook
    from airstep.reap import Leftover

LEFT, WRONG_USAGE, AWS_SAID_NO = 1, 2, 3

_WIDE = 250
"""Columns of a table that no terminal shows: nothing of a name is cut off for a program that reads it."""

app = typer.Typer(
    name="airstep",
    help="What is to be done about Airflow runs with AWS Batch jobs from a shell.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options() -> None:
    """Make `reap` a command of its own, beside which there may be others."""


@app.command(
    epilog="Example: `airstep reap --dag-id video --run-id manual__2026-11-02T10:00:00+00:00 --terminate`\n\n"
    "Exit codes: 0 nothing is left or all of it was ended, 1 something is left (without `--terminate`), 2 wrong usage, "
    "3 AWS said no."
)
def reap(
    dag_id: Annotated[str, typer.Option(help="The DAG's id.")],
    run_id: Annotated[str, typer.Option(help="The run's id; it may have been deleted.")],
    job_queue: Annotated[
        list[str] | None, typer.Option(help="A queue to look into, several times for several. Default: all queues.")
    ] = None,
    terminate: Annotated[bool, typer.Option("--terminate", help="End the jobs. Default: only show them.")] = False,
    region: Annotated[str | None, typer.Option(help="The AWS region. Default: as the AWS CLI finds it.")] = None,
    profile: Annotated[str | None, typer.Option(help="A profile of the AWS CLI's configuration.")] = None,
    aws_conn_id: Annotated[
        str | None, typer.Option(help="An Airflow connection, in place of a profile; this asks Airflow for it.")
    ] = None,
) -> None:
    """Find the AWS Batch jobs that are left of a DAG run, and end them if asked to.

    A job is known by its name, whose end says of which run it is: jobs of airstep's operators in any task, retried and
    cleared ones too, in every status before its end. Neither Airflow nor its database is asked.
    """
    if profile and aws_conn_id:
        raise typer.BadParameter("--profile and --aws-conn-id each say how to reach AWS: leave one out")
    with _failures_told():
        # What loads Airflow and boto3 is imported here: --help and the completion of a shell would pay for it above.
        from airstep.reap import Run, leftovers
        from airstep.reap import reap as end

        hook, run = _hook(region, profile, aws_conn_id), Run(dag_id=dag_id, run_id=run_id)
        jobs = leftovers(hook, run, now=time.time(), queues=job_queue or ())
        failed = end(hook, run, jobs) if terminate else {}
    whose = f"run {run_id} of DAG {dag_id}"
    if not jobs:
        typer.echo(f"Nothing is left of {whose}: no job of it is waiting or running in {_where(job_queue)}.")
        return
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else _WIDE
    console.print(_table(jobs, failed if terminate else None))
    if not terminate:
        typer.echo(
            f"Left of {whose}: {len(jobs)}. With --terminate they would be ended by TerminateJobs, whatever their "
            f"status, with the reason {run.reason!r}."
        )
        raise typer.Exit(LEFT)
    typer.echo(f"Ended of {whose}: {len(jobs) - len(failed)} of {len(jobs)}.")
    if failed:
        raise typer.Exit(AWS_SAID_NO)


def main() -> None:
    """The entry point of `airstep`."""
    app(prog_name="airstep")


def _hook(region: str | None, profile: str | None, aws_conn_id: str | None) -> BatchHook:
    from airstep.hooks.aws import AwsConnection, SessionClients
    from airstep.hooks.batch import BatchHook
    from airstep.hooks.patience import Patience

    patience = Patience(throttled=300.0, outage=10.0)
    connection = AwsConnection(aws_conn_id=aws_conn_id, region_name=region)
    if aws_conn_id:
        _check(aws_conn_id)
        return BatchHook(connection, patience=patience)
    return BatchHook(connection, clients=SessionClients(region=region, profile=profile), patience=patience)


def _check(aws_conn_id: str) -> None:
    """Refuse a connection that isn't there: the amazon provider would go to the environment's account instead."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        Connection.get(aws_conn_id)
    except AirflowNotFoundException as error:
        raise typer.BadParameter(f"--aws-conn-id: Airflow knows no connection {aws_conn_id!r}") from error


@contextmanager
def _failures_told() -> Iterator[None]:
    """Say in a line what AWS, or the way to it, has against it; what Airflow logs goes to standard error too."""
    from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, ProfileNotFound

    try:
        with redirect_stdout(sys.stderr):
            from airflow.sdk.exceptions import AirflowException

            logging.getLogger("botocore").setLevel(logging.WARNING)
            yield
    except (NoRegionError, ProfileNotFound) as error:
        typer.echo(f"{error} Say it with --region, --profile or --aws-conn-id.", err=True)
        raise typer.Exit(WRONG_USAGE) from error
    except (ClientError, BotoCoreError, AirflowException) as error:
        typer.echo(f"AWS can't be asked about the run's jobs: {error}", err=True)
        raise typer.Exit(AWS_SAID_NO) from error


def _table(jobs: Sequence[Leftover], failed: Mapping[str, Exception] | None) -> Table:
    """The jobs; with what became of each if that was tried."""
    table = Table(*("job id", "name", "queue", "status", "for"), *(["now"] if failed is not None else []))
    for column in table.columns:
        column.overflow = "fold"
    for job in jobs:
        status = f"{job.status}, being stopped" if job.stopping else job.status
        outcome: Any = (failed or {}).get(job.job_id, "AWS ends it")
        told = [str(outcome)] if failed is not None else []
        table.add_row(job.job_id, job.name, job.queue, status, _duration(job.age), *told)
    return table


def _duration(age: timedelta) -> str:
    """Two units of it: 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    units = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    left, parts = int(age.total_seconds()), list[str]()
    for unit, seconds in units.items():
        count, left = divmod(left, seconds)
        parts += [f"{count} {unit}"] if count or parts else []
    return " ".join(parts[:2]) or "0 s"


def _where(queues: Sequence[str] | None) -> str:
    return f"queue {', '.join(queues)}" if queues else "any queue of this account and region"


if __name__ == "__main__":
    main()
