"""Whether two runs of a DAG did the same: the jobs they asked for, their order, what they left, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from asl_export.verify.dependencies import dependency_differences, never_had_a_turn, without_ahead
from asl_export.verify.edges import Edge, OrderCheck, check_order
from asl_export.verify.flow import DagFlow
from asl_export.verify.jobs import Job
from asl_export.verify.json_texts import with_json_in_one_form
from asl_export.verify.own_texts import OwnTexts
from asl_export.verify.pairs import Pair, pair_jobs, value_differences
from asl_export.verify.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that both runs should share and don't: in which job or part, and what each run has."""

    where: str
    what: str
    direct: str
    exported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side; `notes` are what a reader should know and no difference."""

    direct: Run
    exported: Run
    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    edges_checked: int

    @property
    def same(self) -> bool:
        """Whether both runs did the same."""
        return not self.differences

    @property
    def empty(self) -> bool:
        """Whether there is nothing to compare: no job was submitted, and not since the DAG had none to run but since
        something failed before.
        """
        runs = (self.direct, self.exported)
        failed = all(not run.outcome.succeeded for run in runs) or self.direct.outcome.failed_tasks
        return bool(failed) and not any(run.jobs for run in runs)


def compare(
    direct: Run,
    exported: Run,
    edges: Sequence[Edge],
    *,
    same_text: Mapping[str, str] | None = None,
    flow: DagFlow | None = None,
) -> Comparison:
    """Compare two runs of one DAG.

    :param same_text: texts of the exported run's requests that stand for other texts in the direct run's, such as an
        output folder of its own.
    :param flow: what the DAG says of its jobs. Without it, each of two runs that failed may lack jobs of the other: it
        may have had no time for them.
    """
    ours, theirs = _common(direct), _common(exported, same_text)
    pairs = _without_blocked(pair_jobs(without_ahead(ours, flow), theirs), theirs)
    stopping = _stopping(direct, exported, flow)
    differences = [*_outcome(direct, exported), *_order(direct, edges, flow), *_order(exported, edges, flow)]
    differences += [found for pair in pairs for found in _job(pair, flow, stopping=stopping)]
    lone = [pair for pair in pairs if not pair.direct or not pair.exported]
    excused = [pair for pair in lone if stopping and _may_lack(pair, flow)]
    differences += [_missing(pair, direct, flow) for pair in lone if pair not in excused]
    check = _check_order(direct, edges, flow)
    notes = [f"the order of {text}" for text in check.unknown]
    notes += [_unreached(pair, direct, exported) for pair in excused]
    return Comparison(
        direct=direct,
        exported=exported,
        pairs=pairs,
        differences=tuple(differences),
        notes=tuple(notes),
        edges_checked=check.checked,
    )


def _common(run: Run, same_text: Mapping[str, str] | None = None) -> list[Job]:
    """A run's jobs as the other would say them."""
    own = OwnTexts.of(run, same_text)
    return [with_json_in_one_form(own.common(job)) for job in run.jobs]


def _without_blocked(pairs: Sequence[Pair], exported: Sequence[Job]) -> tuple[Pair, ...]:
    """The pairs without jobs that Step Functions submitted ahead and that never had a turn: Airflow never submits them.

    A graph that no nesting of series and parallel has is exported as jobs that depend on one another in Batch.
    """
    return tuple(
        pair for pair in pairs if pair.direct or not pair.exported or not never_had_a_turn(pair.exported, exported)
    )


def _stopping(direct: Run, exported: Run, flow: DagFlow | None) -> bool:
    """Whether a failure may have stopped other jobs, in both runs: a run goes on behind a fail-fast group."""
    if not direct.outcome.succeeded and not exported.outcome.succeeded:
        return True
    return flow is not None and all(
        any(job.status == "FAILED" and flow.may_be_stopped(job) for job in run.jobs) for run in (direct, exported)
    )


def _may_lack(pair: Pair, flow: DagFlow | None) -> bool:
    """Whether one of two runs may be without the job, as it may have been stopped."""
    job = pair.direct or pair.exported
    return flow is None or job is None or flow.may_be_stopped(job)


def _outcome(direct: Run, exported: Run) -> Iterator[Difference]:
    if direct.outcome.succeeded != exported.outcome.succeeded:
        yield Difference(
            where="the run", what="final state", direct=describe_end(direct), exported=describe_end(exported)
        )


def describe_end(run: Run) -> str:
    """`succeeded`, or `failed` and why."""
    return "succeeded" if run.outcome.succeeded else f"failed: {run.outcome.reason}"


def _order(run: Run, edges: Sequence[Edge], flow: DagFlow | None) -> Iterator[Difference]:
    for broken in _check_order(run, edges, flow).broken:
        ours = run.outcome.engine
        yield Difference(where="order", what=f"{ours}: {broken}", direct="", exported="")


def _check_order(run: Run, edges: Sequence[Edge], flow: DagFlow | None) -> OrderCheck:
    if flow is None:
        return check_order(edges, run.jobs)
    return check_order(edges, run.jobs, others=flow.tasks, stopped=flow.was_stopped)


def _job(pair: Pair, flow: DagFlow | None, *, stopping: bool) -> Iterator[Difference]:
    if not pair.direct or not pair.exported:
        return
    direct, exported = pair.direct, pair.exported
    found = [*value_differences(_plain(direct), _plain(exported)), *dependency_differences(direct, exported, flow)]
    ended = direct.ended_by_itself and exported.ended_by_itself
    # A failure stops other branches at a moment that differs: Airflow's test runs one task after another.
    if ended or not stopping or (flow is not None and not flow.may_be_stopped(direct)):
        found += [
            (field, left, right)
            for field, left, right in (
                ("status", direct.status, exported.status),
                ("exit code", str(direct.exit_code), str(exported.exit_code)),
            )
            if left != right
        ]
        found += value_differences(_result(direct), _result(exported))
    yield from (Difference(where=pair.name, what=field, direct=left, exported=right) for field, left, right in found)


def _plain(job: Job) -> dict[str, object]:
    return {field: value for field, value in job.request.items() if field != "dependsOn"}


def _result(job: Job) -> dict[str, object]:
    return {"result": job.result[0]} if job.result else {}


def _missing(pair: Pair, direct: Run, flow: DagFlow | None) -> Difference:
    return Difference(
        where=pair.name,
        what="job",
        direct=pair.direct.status if pair.direct else f"never submitted{_task_states(pair.exported, direct, flow)}",
        exported=pair.exported.status if pair.exported else "never submitted",
    )


def _task_states(job: Job | None, direct: Run, flow: DagFlow | None) -> str:
    """How Airflow ended the tasks that would have submitted a job, such as ` (task b: skipped)`."""
    states = direct.outcome.tasks
    tasks = [task for task in sorted(flow.owners(job)) if task in states] if job and flow else []
    told = [f"task {task}: {', '.join(sorted({state or 'no status' for state in states[task]}))}" for task in tasks]
    return f" ({'; '.join(told)})" if told else ""


def _unreached(pair: Pair, direct: Run, exported: Run) -> str:
    only, other = (direct, exported) if pair.direct else (exported, direct)
    return f"{pair.name}: submitted by {only.outcome.engine} only; in {other.outcome.engine} a failure came before it"
