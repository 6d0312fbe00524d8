"""Which jobs are made to fail in turn: those that Airflow submitted in the run in which nothing was made to fail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from asl_export.verify.controls import Rule
from asl_export.verify.jobs import ADDED_NAME, NAME_LENGTH, Job
from asl_export.verify.json_texts import in_one_form
from asl_export.verify.own_texts import JOB_ID, forms
from asl_export.verify.run import Run

_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingJob:
    """A job to fail, on every try: how to name it to a person, and how to know it in another run.

    `request` is what sets it apart from other jobs of its name, as it was in the run with the id `run_id`. Jobs that
    nothing sets apart fail together.
    """

    label: str
    job: Job
    request: Mapping[str, Any]
    run_id: str | None

    def rule(self, run_id: str) -> Rule:
        """The rule that lets it fail in a run with this id."""
        name = _pattern(self.job.name, forms(self.run_id))
        tail = f".{{0,{128 - NAME_LENGTH}}}" if len(self.job.name) == NAME_LENGTH else f"({ADDED_NAME})?"
        rule = {"name": name + tail}
        if not self.request:
            return rule
        text = json.dumps(self.request)
        return {**rule, "request": json.loads(text.replace(self.run_id, run_id) if self.run_id else text)}


def failing_jobs(run: Run, exported: Run | None = None) -> tuple[FailingJob, ...]:
    """The jobs of a run, oldest first, without those that failed by themselves.

    :param exported: the run that did the same, whose jobs may have the same JSON in other texts.
    """
    named: dict[str, list[Job]] = {}
    for job in run.jobs:
        named.setdefault(job.name, []).append(job)
    written = {text for job in (exported or run).jobs for text in _texts(job)}
    return tuple(found for jobs in named.values() for found in _of_one_name(jobs, run, written))


def _texts(job: Job) -> Iterator[str]:
    for part in ("environment", "parameters"):
        yield from job.request.get(part, {}).values()
    yield from job.request.get("command", ())


def _of_one_name(jobs: Sequence[Job], run: Run, written: Set[str]) -> Iterator[FailingJob]:
    known = {job.id: _constant(job, run, written) for job in jobs} if len(jobs) > 1 else {}
    alike: dict[str, list[Job]] = {}
    for job in jobs:
        alike.setdefault(json.dumps(known.get(job.id, {}), sort_keys=True), []).append(job)
    several = len(alike) > 1
    for request, group in alike.items():
        if all(job.status == "FAILED" for job in group):
            continue
        mine: Mapping[str, Any] = json.loads(request) if several else {}
        label = _label(mine, [json.loads(other) for other in alike]) if several else ""
        yield FailingJob(label=f"{group[0].name}{label}", job=group[0], request=mine, run_id=run.outcome.run_id)


def _constant(job: Job, run: Run, written: Set[str]) -> dict[str, Any]:
    """The parts of a job's request that another run's job has too, once its run id is put in: of JSON what is `written`
    so in both.
    """
    ids, other_forms = {other.id for other in run.jobs}, forms(run.outcome.run_id)[1:]

    def lasting(value: str) -> bool:
        own = not ids.isdisjoint(JOB_ID.findall(value)) or any(form in value for form in other_forms)
        return not own and (value in written or in_one_form(value) == value)

    found: dict[str, Any] = {"queue": job.request["jobQueue"]}
    for part in ("environment", "parameters"):
        kept = {name: value for name, value in job.request.get(part, {}).items() if lasting(value)}
        found |= {part: kept} if kept else {}
    command = job.request.get("command")
    return {**found, "command": command} if command and all(lasting(word) for word in command) else found


def _label(mine: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> str:
    """What tells a job from others of its name, for a person: the first variable, parameter or word that differs."""
    leaves = [dict(_leaves(other)) for other in others]
    own = dict(_leaves(mine))
    telling = next((name for name in own if any(other.get(name) != own[name] for other in leaves)), None)
    text = f"{telling}={own[telling]}" if telling else "others"
    return f" ({text if len(text) <= _LONGEST_LABEL else f'…{text[1 - _LONGEST_LABEL :]}'})"


def _leaves(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("environment", "parameters"):
        yield from request.get(part, {}).items()
    yield from ((f"command[{index}]", word) for index, word in enumerate(request.get("command", ())))
    yield "queue", request.get("queue", "").rpartition("/")[2]


def _pattern(name: str, run_ids: Sequence[str]) -> str:
    """A job's name as a regular expression, anything in the place of the run id."""
    if not run_ids:
        return re.escape(name)
    return ".*".join(re.escape(part) for part in re.split("|".join(map(re.escape, run_ids)), name))
