"""The verification in its order: run directly, run exported, compare."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from asl_export.pipeline import QueryLanguage, export_dag, load_dag
from asl_export.verify.compare import Comparison, compare
from asl_export.verify.direct import run_direct
from asl_export.verify.edges import dag_edges
from asl_export.verify.errors import VerifyError
from asl_export.verify.exported import run_exported
from asl_export.verify.patience import Limits
from asl_export.verify.progress import watched
from asl_export.verify.run import Run
from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import Upload, create_stack, upload

ROLE_OUTPUT = "StateMachineRoleArn"
LOCAL_ROLE = "arn:aws:iam::123456789012:role/airstep-verify"
"""The role where the template has none: the local AWS takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to verify, on which resources, and where the logs and Airflow homes go."""

    dag_id: str
    dags_folder: Path
    conf: Mapping[str, Any]
    folder: Path
    query_language: QueryLanguage = QueryLanguage.JSONATA
    stack: Path | None = None
    uploads: tuple[Upload, ...] = ()
    endpoint: str | None = None
    images: Path | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def stack_name(self) -> str:
        """The DAG's id in the letters that CloudFormation takes."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.dag_id)


def verify(plan: Plan, console: Console) -> Comparison:
    """Run a DAG from Airflow and from Step Functions, each on fresh resources, and compare.

    :raises ExportError: when the DAG can't be exported.
    :raises VerifyError: when a run could not be made.
    """
    dag = load_dag(plan.dag_id, plan.dags_folder)
    definition = export_dag(dag, query_language=plan.query_language).to_json(pretty=False)
    try:
        return compare(_direct(plan, console), _exported(plan, definition, console), dag_edges(dag))
    except (BotoCoreError, ClientError) as error:
        raise VerifyError(str(error)) from error


def _direct(plan: Plan, console: Console) -> Run:
    with _prepared(plan, "direct") as (session, _):
        return watched(
            console,
            f"airflow dags test {plan.dag_id}",
            session,
            lambda tick: run_direct(
                session,
                plan.dag_id,
                dags_folder=plan.dags_folder,
                cache=plan.folder.parent / "cache",
                conf=plan.conf,
                tick=tick,
            ),
            plan.limits,
        )


def _exported(plan: Plan, definition: str, console: Console) -> Run:
    with _prepared(plan, "exported") as (session, outputs):
        (session.folder / f"{plan.dag_id}.asl.json").write_text(definition, encoding="utf-8")
        return watched(
            console,
            f"Step Functions: {plan.dag_id}",
            session,
            lambda tick: run_exported(
                session,
                plan.dag_id,
                definition=definition,
                role_arn=outputs.get(ROLE_OUTPUT, LOCAL_ROLE),
                input=plan.conf,
                tick=tick,
            ),
            plan.limits,
        )


@contextlib.contextmanager
def _prepared(plan: Plan, name: str) -> Iterator[tuple[Session, Mapping[str, str]]]:
    """A session with the stack created and the inputs uploaded; the stack's outputs."""
    with open_session(plan.folder / name, endpoint=plan.endpoint, images=plan.images) as session:
        outputs = create_stack(session, plan.stack, plan.stack_name) if plan.stack else {}
        upload(session, plan.uploads)
        yield session, outputs
