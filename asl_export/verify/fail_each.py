"""Both engines again, with one job after another made to fail."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.console import Console

from asl_export.verify.airflow_home import airflow_home
from asl_export.verify.airflow_process import AirflowProcess, DagTest, airflow_process
from asl_export.verify.compare import Comparison, Difference, compare
from asl_export.verify.direct import direct_outcome
from asl_export.verify.exported import execution_name, run_exported
from asl_export.verify.fail_progress import fail_progress
from asl_export.verify.failing_jobs import FailingJob, failing_jobs
from asl_export.verify.forecast import Forecast
from asl_export.verify.jobs import JobWatch
from asl_export.verify.patience import Limits, Patience
from asl_export.verify.place import Place, Places
from asl_export.verify.results import read_results
from asl_export.verify.run import POLL_SECONDS, Outcome, Run, Tick
from asl_export.verify.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRuns:
    """Both runs in which a job was made to fail."""

    job: FailingJob
    comparison: Comparison


def fail_each(subject: Subject, places: Places, good: Comparison, console: Console) -> Iterator[FailedRuns]:
    """Run both engines once for each job of the good runs, with that job failing on every try, and compare.

    :raises VerifyError: when a run could not be made, or the retries of a job wait longer than a run may take.
    """
    jobs = failing_jobs(good.direct, good.exported)
    forecast = Forecast.of(jobs, good.direct, good.exported, subject.flow, shared=places.shared)
    forecast.check(subject.plan.limits)
    with (
        _rules_kept(places),
        _airflow(subject, places.direct) as airflow,
        fail_progress(console, jobs, forecast, good) as progress,
    ):
        runner = _Runner(subject, places, airflow)
        for job in jobs:
            tick = progress.begin(job)
            comparison = runner.run(job, forecast.limits(job, subject.plan.limits), tick)
            progress.end(job, comparison)
            yield FailedRuns(job=job, comparison=comparison)


@contextlib.contextmanager
def _rules_kept(places: Places) -> Iterator[None]:
    """Put back the rules by which jobs failed before: the local AWS may be somebody's."""
    before = places.direct.controls.failing() if places.shared else []
    try:
        yield
    finally:
        if places.shared:
            places.direct.controls.fail(before)


@contextlib.contextmanager
def _airflow(subject: Subject, place: Place) -> Iterator[AirflowProcess]:
    """An Airflow for all the runs; a database of its own leaves the good run's as it was."""
    session, plan = place.session, subject.plan
    folder = session.folder / "airflow-fail-each"
    environment = airflow_home(folder, cache=plan.cache, dags_folder=plan.dags_folder, environment=session.environment)
    with airflow_process(environment, session.folder / "airflow-fail-each.log") as process:
        yield process


class _Watched:
    """A run that goes on: its jobs, and the limits it must keep."""

    def __init__(self, what: str, place: Place, limits: Limits) -> None:
        self._session = place.session
        self._watch = JobWatch.begin(place.session, now=time.time())
        self._patience = Patience(what, limits)
        self.began = time.time()

    def tick(self) -> None:
        """See that it keeps the limits."""
        self._patience.check(self._watch.jobs())

    def run(self, outcome: Outcome) -> Run:
        """The run, now that it has ended."""
        return Run(outcome=outcome, jobs=read_results(self._session, self._watch.jobs()))


class _Runner:
    """Runs both engines, side by side where each has an AWS of its own."""

    def __init__(self, subject: Subject, places: Places, airflow: AirflowProcess) -> None:
        self._subject = subject
        self._places = places
        self._airflow = airflow

    def run(self, job: FailingJob, limits: Limits, tick: Tick) -> Comparison:
        """Both runs with a job failing, compared."""
        # A run id is of the moment, and no other run may have it: Airflow would take its jobs up again.
        moment = datetime.now(UTC)
        run_id = f"manual__{moment.isoformat()}"
        place = self._places.direct
        direct = self._begin(job, place, run_id, moment, limits)
        if self._places.shared:
            ours = self._end(direct, tick)
            used = [_used(place)]
            theirs = self._exported(job, execution_name(run_id), limits, tick)
            used.append(_used(place))
        else:
            theirs = self._exported(job, execution_name(run_id), limits, lambda: _both(direct.tick, tick))
            ours = self._end(direct, tick)
            used = [_used(place), _used(self._places.exported)]
        flow = self._subject.flow
        return _with_uses(compare(ours, theirs, flow.edges, flow=flow), job, used)

    def _begin(self, job: FailingJob, place: Place, run_id: str, moment: datetime, limits: Limits) -> _Watched:
        place.furnish()
        place.controls.fail([job.rule(run_id)])
        plan = self._subject.plan
        watched = _Watched(f"airflow dags test {plan.dag_id} with {job.label} failing", place, limits)
        self._airflow.begin(
            DagTest(
                dag_id=plan.dag_id,
                path=plan.dags_folder,
                conf=plan.conf,
                logical_date=plan.logical_date,
                run_after=moment,
            )
        )
        return watched

    def _end(self, watched: _Watched, tick: Tick) -> Run:
        while (ended := self._airflow.ended(POLL_SECONDS)) is None:
            _both(watched.tick, tick)
        outcome = direct_outcome(ended, self._airflow.said(), began=watched.began, log=self._airflow.log)
        return watched.run(outcome)

    def _exported(self, job: FailingJob, name: str, limits: Limits, tick: Tick) -> Run:
        place, plan = self._places.exported, self._subject.plan
        place.furnish()
        place.controls.fail([job.rule(name)])
        watched = _Watched(f"Step Functions: {plan.dag_id} with {job.label} failing", place, limits)
        outcome = run_exported(
            place.session,
            plan.dag_id,
            definition=self._subject.definition,
            role_arn=place.role_arn,
            input=plan.input,
            execution_name=name,
            tick=lambda: _both(watched.tick, tick),
        )
        return watched.run(outcome)


def _both(first: Tick, second: Tick) -> None:
    first()
    second()


def _used(place: Place) -> int:
    """How many jobs have been made to fail."""
    return sum(rule["used"] for rule in place.controls.failing())


def _with_uses(comparison: Comparison, job: FailingJob, used: list[int]) -> Comparison:
    """The comparison, with a difference where a run had no such job to fail."""
    if all(used):
        return comparison
    said = ["made to fail" if number else "not submitted with the same request" for number in used]
    lacking = Difference(where=job.label, what="the job to fail", direct=said[0], exported=said[1])
    return replace(comparison, differences=(lacking, *comparison.differences))
