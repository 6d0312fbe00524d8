"""The verification in its order: run directly, run exported, compare; then again with each job failing in turn."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from asl_export.pipeline import export_dag, load_dag
from asl_export.verify.compare import Comparison, compare
from asl_export.verify.direct import run_direct
from asl_export.verify.errors import VerifyError
from asl_export.verify.exported import execution_name, run_exported
from asl_export.verify.fail_each import FailedRuns, fail_each
from asl_export.verify.flow import dag_flow
from asl_export.verify.place import Place, Places, open_places
from asl_export.verify.plan import Plan
from asl_export.verify.progress import watched
from asl_export.verify.run import Run
from asl_export.verify.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of it; `failed` are the runs in which a job was made to fail, `not_failed` says why there are none."""

    comparison: Comparison
    failed: tuple[FailedRuns, ...] = ()
    not_failed: str | None = None

    @property
    def same(self) -> bool:
        """Whether both engines did the same in all runs, and anything at all."""
        alike = self.comparison.same and not self.comparison.empty
        return alike and all(runs.comparison.same for runs in self.failed)


def verify(plan: Plan, console: Console) -> Verification:
    """Run a DAG from Airflow and from Step Functions, each on fresh resources, and compare.

    :raises ExportError: when the DAG can't be exported.
    :raises VerifyError: when a run could not be made.
    """
    subject = read_subject(plan)
    try:
        with open_places(plan) as places:
            if plan.fail_each:
                places.direct.controls.failing()  # a minute before it is needed
            direct = _direct(subject, places.direct, console)
            exported = _exported(subject, places.exported, direct, console)
            comparison = compare(direct, exported, subject.flow.edges, flow=subject.flow)
            return _again(subject, places, comparison, console)
    except (BotoCoreError, ClientError) as error:
        raise VerifyError(str(error)) from error


def _again(subject: Subject, places: Places, comparison: Comparison, console: Console) -> Verification:
    if not subject.plan.fail_each:
        return Verification(comparison=comparison)
    if comparison.empty or not comparison.same:
        why = "no job was made to fail: first let both runs do the same without that"
        return Verification(comparison=comparison, not_failed=why)
    failed = tuple(fail_each(subject, places, comparison, console))
    return Verification(
        comparison=comparison, failed=failed, not_failed=None if failed else "no job could be made to fail"
    )


def read_subject(plan: Plan) -> Subject:
    """The DAG's export, and what it says of its jobs.

    :raises ExportError: when the DAG can't be exported.
    """
    dag = load_dag(plan.dag_id, plan.dags_folder)
    export = export_dag(dag, query_language=plan.query_language, exact=plan.exact)
    return Subject(plan=plan, definition=export.to_json(pretty=False), flow=dag_flow(dag))


def _direct(subject: Subject, place: Place, console: Console) -> Run:
    plan = subject.plan
    place.furnish()
    return watched(
        console,
        f"airflow dags test {plan.dag_id}",
        place.session,
        lambda tick: run_direct(
            place.session,
            plan.dag_id,
            dags_folder=plan.dags_folder,
            cache=plan.cache,
            conf=plan.conf,
            logical_date=plan.logical_date,
            tick=tick,
        ),
        plan.limits,
    )


def _exported(subject: Subject, place: Place, direct: Run, console: Console) -> Run:
    plan = subject.plan
    place.furnish()
    (place.session.folder / plan.definition_name).write_text(subject.definition, encoding="utf-8")
    return watched(
        console,
        f"Step Functions: {plan.dag_id}",
        place.session,
        lambda tick: run_exported(
            place.session,
            plan.dag_id,
            definition=subject.definition,
            role_arn=place.role_arn,
            input=plan.input,
            execution_name=execution_name(direct.outcome.run_id or "verify"),
            tick=tick,
        ),
        plan.limits,
    )
