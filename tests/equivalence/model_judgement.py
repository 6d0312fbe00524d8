"""Does an export do what the model of Airflow says? Asked of thousands of plans, in both query languages."""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from airflow.sdk.exceptions import AirflowDagCycleException

from asl_export.diagnostics import Code, Diagnostic, ExportError
from asl_export.pipeline import QueryLanguage, export_dag
from tests.equivalence.in_process import exported_outcome
from tests.equivalence.judgement import OWN_CYCLE, RACE, REFUSALS
from tests.equivalence.model import FAILED, Durations, Outcome, airflow_outcome
from tests.equivalence.plans import GroupKind, Plan, walk
from tests.equivalence.source import source

SEEDS = range(4)
"""Of the jobs' durations: only what ends the same with all of them is no race."""

EARLY = ("one_success", "one_failed", "one_done", "always")


class ModelDifferenceError(AssertionError):
    """An export that doesn't do what the model says; its text says what, and has the DAG's source."""


@dataclass(slots=True)
class ModelTally:
    """What became of the plans."""

    judged: int = 0
    failed: int = 0
    jobs: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.judged} judged with {self.jobs} jobs, {self.failed} to failure; left out: {dict(self.left_out)}"


def judge_by_model(plan: Plan, language: QueryLanguage, tally: ModelTally, *, export_of: Plan | None = None) -> None:
    """Compare an export with the model; leave out what depends on timing or can't be exported.

    :param export_of: what is exported in the plan's place, to see that it is noticed.
    :raises ModelDifferenceError: they differ, or the compiler refuses the DAG for a reason that isn't known.
    """
    dag = dag_of(plan)
    try:
        dag.check_cycle()
    except AirflowDagCycleException:
        tally.left_out[OWN_CYCLE] += 1
        return
    try:
        export = export_dag(dag_of(export_of) if export_of else dag, query_language=language)
    except ExportError as error:
        codes = sorted({str(item.code) for item in error.diagnostics if item.is_error})
        if unknown := [code for code in codes if code not in REFUSALS]:
            raise ModelDifferenceError(_report(plan, language, [f"refused, {', '.join(unknown)}: {error}"])) from error
        tally.left_out[codes[0]] += 1
        return
    except Exception as error:
        raise ModelDifferenceError(_report(plan, language, ["the compiler broke:", traceback.format_exc()])) from error
    if any(str(item.code) == RACE for item in export.warnings):
        tally.left_out[RACE] += 1
        return
    models = [airflow_outcome(dag, plan, durations(seed)) for seed in SEEDS]
    exported = exported_outcome(export.definition, export_of or plan, durations(SEEDS[0]))
    tally.judged += 1
    tally.failed += not models[0].succeeded
    tally.jobs += len(exported.jobs)
    found = list(_differences(dag, plan, export.warnings, models, exported))
    if found and all(_is_tie(dag, plan, models[seed], seed) for seed in SEEDS):
        tally.left_out["tie"] += 1
    elif found:
        raise ModelDifferenceError(_report(plan, language, [*found, *_both(models[0], exported)]))


def durations(seed: int) -> Durations:
    """Times that jobs take, the same for the same seed."""

    def lasts(name: str, item: str, attempt: int) -> float:
        digest = hashlib.sha256(f"{seed} {name} {item} {attempt}".encode()).digest()
        return 1 + int.from_bytes(digest[:4]) / 2**28

    return lasts


def dag_of(plan: Plan) -> Any:
    """The DAG object, made in memory."""
    names: dict[str, Any] = {"__name__": "plan"}
    exec(compile(source(plan), "plan.py", "exec"), names)
    return names["dag"]


def _is_tie(dag: Any, plan: Plan, model: Outcome, seed: int) -> bool:
    """Whether the order in which Airflow looks at tasks in one moment matters."""
    other = airflow_outcome(dag, plan, durations(seed), backwards=True)
    return (other.succeeded, other.counts) != (model.succeeded, model.counts)


def _differences(
    dag: Any, plan: Plan, warnings: tuple[Diagnostic, ...], models: list[Outcome], exported: Outcome
) -> Iterator[str]:
    if exported.note.startswith("FAILED States.") and "States.TaskFailed" not in exported.note:
        yield f"the machine broke: {exported.note}"
    stopped = _stopped(plan, models)
    waits_longer = any(item.code is Code.BARRIER for item in warnings)
    for seed, model in zip(SEEDS, models, strict=True):
        if model.succeeded != exported.succeeded:
            yield f"final state: Airflow succeeded: {model.succeeded}, the machine: {exported.succeeded} (seed {seed})"
        for label in sorted(model.counts.keys() | exported.counts.keys()):
            left, right = model.counts[label], exported.counts[label]
            if left == right or (label.partition("[")[0] in stopped and (seed != SEEDS[0] or waits_longer)):
                continue
            yield f"{label} ran {left} times in Airflow, {right} times in the machine (seed {seed})"
    yield from _read(models[0], exported)
    yield from _order(dag, plan, exported)


def _stopped(plan: Plan, models: list[Outcome]) -> frozenset[str]:
    """The jobs that a failure may have kept from running, by when it came."""
    inside = plan.inside(GroupKind.FAIL_FAST)
    failed = any(
        state == FAILED and task.partition("[")[0].rpartition(".")[2] in inside
        for model in models
        for task, state in model.states.items()
    )
    return inside if failed else frozenset()


def _read(model: Outcome, exported: Outcome) -> Iterator[str]:
    ours = {job.label: job.reads for job in model.jobs}
    for job in exported.jobs:
        if job.label in ours and job.reads != ours[job.label]:
            yield f"{job.label} read {dict(ours[job.label])} in Airflow, {dict(job.reads)} in the machine"


def _order(dag: Any, plan: Plan, exported: Outcome) -> Iterator[str]:
    """Jobs that started before what is upstream of them had ended."""
    names = {task.rpartition(".")[2]: task for task in dag.task_dict}
    mapped = {
        member.name: group.name
        for member, groups in walk(plan.region)
        for group in groups
        if group.kind is GroupKind.MAPPED
    }
    for job in exported.jobs:
        task = dag.get_task(names[job.name])
        if task.trigger_rule in EARLY:
            continue
        above = {each.rpartition(".")[2] for each in task.upstream_task_ids}
        for other in exported.jobs:
            same_item = (
                mapped.get(job.name) != mapped.get(other.name) or job.name not in mapped or other.item == job.item
            )
            if other.name in above and same_item and other.ended > job.started + 1e-6:
                yield f"{job.label} started before {other.label} had ended"


def _both(model: Outcome, exported: Outcome) -> Iterator[str]:
    yield f"Airflow: {'succeeded' if model.succeeded else 'failed'}; {dict(model.states)}"
    yield f"the machine: {exported.note}; {dict(exported.counts)}"


def _report(plan: Plan, language: QueryLanguage, differences: list[str]) -> str:
    conf = f"Started with {dict(plan.conf)}. " if plan.conf else ""
    fails = {job.name: job.fails for job in plan.jobs if any(job.fails)}
    said = "\n".join(differences)
    return f"{language}. {conf}Fails: {fails}\n{said}\n\n{source(plan)}"
