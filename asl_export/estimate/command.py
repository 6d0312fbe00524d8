"""The `estimate` command: its arguments, and what it prints."""

# Airflow takes two seconds to import: what needs it is imported once the arguments are right.

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from asl_export.options import DAGS, DagId, DagsFolder, Exact, Language, diagnosed, examples, wrong_usage
from asl_export.output import chatter_on_stderr

ESTIMATE_EXAMPLES = examples(
    "asl-export estimate media_archive --items 3000000",
    "asl-export estimate my_dag --items convert=100000 --items 50",
    "asl-export estimate my_dag --items 1000 --json | jq '.ways[].total.dollars'",
)
_NARROWEST = 130


def estimate(
    dag_id: DagId,
    dags_folder: DagsFolder = DAGS,
    items: Annotated[
        list[str] | None,
        typer.Option(
            "--items",
            metavar="N|TASK_ID=N",
            help="How many items a map has whose number only the run knows: for each such map of the DAG, or for the "
            "map of a task or group. Repeatable.  [default: what the DAG says, max_items included]",
        ),
    ] = None,
    job_seconds: Annotated[
        int,
        typer.Option(
            "--job-seconds",
            min=0,
            help="Seconds from a job's submission to its end, in which Airflow asks how it is getting on.",
        ),
    ] = 300,
    query_language: Language = "jsonata",
    exact: Exact = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Say what a run costs: SubmitJob calls and their least time, state transitions, dollars, history events.

    From Airflow and as a state machine, with each strategy that a BatchMapOperator has, beside a mapped task of stock
    operators. The states of the exported machine are counted: nothing is run, and no AWS account is asked.
    """
    with diagnosed():
        from asl_export.estimate.items import GivenItems, ItemsError

        try:
            given = GivenItems.parse(items or [])
            with chatter_on_stderr():
                from asl_export.estimate.report import as_json as json_of
                from asl_export.estimate.report import report
                from asl_export.estimate.ways import estimate as estimated
                from asl_export.pipeline import QueryLanguage, load_dag

                dag = load_dag(dag_id, dags_folder)
                language = QueryLanguage(query_language)
                found = estimated(dag, given, job_seconds=job_seconds, query_language=language, exact=exact)
        except ItemsError as error:
            wrong_usage(f"--items: {error}")
    if as_json:
        typer.echo(json.dumps(json_of(found), indent=2))
        return
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST)
    console.print(report(found))
