"""A plan as the text of a DAG file: what both engines run, and what a person reads."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent

from tests.equivalence.plans import (
    ALL_SUCCESS,
    ALWAYS,
    MAP_INDEX,
    Branch,
    Choice,
    Group,
    GroupKind,
    Job,
    Join,
    Member,
    Plan,
    Region,
    walk,
)

EXIT_CODE = 3
RESULTS = "s3://results/equivalence"

_IMPORTS = """\
from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, TaskGroup, task_group

from airstep.operators import {operators}
"""

_CONTEXTS = {
    GroupKind.PLAIN: ("TaskGroup({name!r})", None),
    GroupKind.BRANCHES: ("ParallelBranches({name!r}, fail_fast=False)", "ParallelBranches"),
    GroupKind.FAIL_FAST: ("ParallelBranches({name!r})", "ParallelBranches"),
    GroupKind.JOB_GRAPH: ("BatchJobGraph({name!r})", "BatchJobGraph"),
    GroupKind.AHEAD: ("ParallelBranches({name!r}, fail_fast=False, submit_ahead=True)", "ParallelBranches"),
    GroupKind.MAPPED: ("", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a DAG's jobs run, and the folder in which a job counts its attempts."""

    queue: str = "shell"
    folder: str = "/tmp/attempts"


def source(plan: Plan, dag_id: str = "plan", *, setting: Setting = Setting()) -> str:
    """The DAG file: the same plan gives the same text."""
    writer = _Writer(plan, setting)
    head = _IMPORTS.format(operators=", ".join(sorted(writer.operators())))
    params = ", ".join(f'"{name}": Param({value}, type="integer")' for name, value in plan.conf)
    where = f'JOB = {{"job_queue": "{setting.queue}", "job_definition": "shell", "poll_interval": 0.05}}'
    return (
        f"{head}\n{where}\n\n"
        f'with DAG("{dag_id}", schedule=None, params={{{params}}}) as dag:\n'
        f"{indent(writer.text(), '    ')}"
    )


class _Writer:
    def __init__(self, plan: Plan, setting: Setting) -> None:
        self._plan = plan
        self._setting = setting
        self._ids = {
            member.name: ".".join([*(group.name for group in groups), member.name])
            for member, groups in walk(plan.region)
        }
        self._mapped = {
            member.name: next((group.name for group in groups if group.kind is GroupKind.MAPPED), None)
            for member, groups in walk(plan.region)
        }

    def operators(self) -> set[str]:
        """What is imported from airstep."""
        members = [member for member, _ in walk(self._plan.region)]
        groups = {_CONTEXTS[member.kind][1] for member in members if isinstance(member, Group)}
        choices = {"ChoiceOperator" for member in members if isinstance(member, Choice)}
        maps = {"BatchMapOperator", "item"} if any(job.strategy for job in self._plan.jobs) else set[str]()
        return {"BatchJobOperator", *choices, *maps, *filter(None, groups)}

    def text(self) -> str:
        """What is within the DAG."""
        return "\n".join([*self._region(self._plan.region, None), *self._links(None)]) + "\n"

    def _links(self, mapped: Group | None) -> Iterator[str]:
        """The links between tasks of a mapped group, which nobody knows outside of it, or of none."""
        for before, after in self._plan.links:
            if self._mapped[before] == (mapped and mapped.name):
                yield f"{before} >> {after}"

    def _region(self, region: Region, mapped: Group | None) -> Iterator[str]:
        for member in region.members:
            yield from self._member(member, mapped)
        yield from (f"{before} >> {after}" for before, after in region.edges)

    def _member(self, member: Member, mapped: Group | None) -> Iterator[str]:
        match member:
            case Join():
                yield f"{member.name} = EmptyOperator(task_id={member.name!r}{_rule(member.rule)})"
            case Choice():
                yield f"{member.name} = {self._choice(member)}"
            case Group(kind=GroupKind.MAPPED):
                yield from ("", "@task_group", f"def {member.name}_each(item):")
                lines = [*self._region(member.region, member), *self._links(member)]
                yield from (indent(line, "    ") for line in lines)
                override = f'{member.name}_each.override(group_id="{member.name}")'
                items = f"{member.items_from}.output" if member.items_from else json.dumps(member.items)
                yield from ("", f"{member.name} = {override}.expand(item={items})")
            case Group():
                yield f"with {_CONTEXTS[member.kind][0].format(name=member.name)} as {member.name}:"
                yield from (indent(line, "    ") for line in self._region(member.region, mapped))
            case Job():
                yield f"{member.name} = {self._job(member, mapped)}"
                yield from (f"{member.name}.as_{kind}()" for kind in ("setup", "teardown") if getattr(member, kind))

    def _choice(self, choice: Choice) -> str:
        def names(follow: Sequence[str]) -> str:
            return json.dumps([self._ids[name] for name in follow])

        branches = []
        for branch in choice.branches:
            branches.append(f'("{{{{ {self._compared(branch)} > {branch.over} }}}}", {names(branch.follow)})')
        default = "" if choice.default is None else f", default={names(choice.default)}"
        rule = _rule(choice.rule)
        return f"ChoiceOperator(task_id={choice.name!r}, choices=[{', '.join(branches)}]{default}{rule})"

    def _compared(self, branch: Branch) -> str:
        if branch.of_result:
            return f"ti.xcom_pull(task_ids='{self._ids[branch.subject]}')['n']"
        return MAP_INDEX if branch.subject == MAP_INDEX else f"params.{branch.subject}"

    def _job(self, job: Job, mapped: Group | None) -> str:
        items = mapped.items if mapped else job.items
        fields = [f"task_id={job.name!r}", f"command={json.dumps(self._command(job, items))}"]
        variables = ['"ITEM": item'] if mapped or job.strategy else []
        variables += [f'"GOT_{n}": {read.task}.output["{read.key}"]' for n, read in enumerate(job.reads)]
        if variables:
            fields.append(f"environment={{{', '.join(variables)}}}")
        if job.retries:
            fields.append(f"retries={job.retries}, retry_delay=timedelta(0)")
        if job.rule != ALL_SUCCESS:
            fields.append(f"trigger_rule={job.rule!r}")
        if job.strategy:
            return f"BatchMapOperator({', '.join([*fields, *self._map_fields(job)])})"
        if job.result is not None:
            fields.append(f'result="{RESULTS}"')
        fields.append("**JOB" if job.result is None else '**JOB | {"job_definition": "result"}')
        if job.items:
            items_text = ", ".join(f'{{"ITEM": "{item}"}}' for item in job.items)
            return f"BatchJobOperator.partial({', '.join(fields)}).expand(environment=[{items_text}])"
        return f"BatchJobOperator({', '.join(fields)})"

    def _map_fields(self, job: Job) -> Iterator[str]:
        """What a BatchMapOperator has besides; each engine remembers for itself which items have succeeded."""
        yield f"items={job.items_from}.output" if job.items_from else f"items={json.dumps(job.items)}"
        yield f'strategy="{job.strategy}", results="{RESULTS}/{self._setting.queue}"'
        if job.tolerated:
            yield f"tolerated_failure_count={job.tolerated}"
        if job.is_stopped_early:  # else it would be a matter of time which items' jobs there are
            yield "max_concurrency=1"
        yield '**JOB | {"job_definition": "items", "planner_job_definition": "planner"}'

    def _command(self, job: Job, items: Sequence[str]) -> list[str]:
        script = self._script(job, items)
        if job.result is not None:
            return [json.dumps(job.result), script]
        return ["true"] if script == "true" else ["sh", "-c", script]

    def _script(self, job: Job, items: Sequence[str]) -> str:
        """A shell script that fails in the first attempts."""
        if not items:
            return self._attempts(job.fails[0], job.name)
        each = {item: self._attempts(fails, f"{job.name}-{item}") for item, fails in zip(items, job.fails, strict=True)}
        cases = [f"{item}) {script};;" for item, script in each.items() if script != "true"]
        return f"case $ITEM in {' '.join(cases)} esac" if cases else "true"

    def _attempts(self, fails: int, counter: str) -> str:
        if fails == 0:
            return "true"
        if fails == ALWAYS:
            return f"exit {EXIT_CODE}"
        file = shlex.quote(f"{self._setting.folder}/{counter}")
        return f"echo >> {file}; test $(wc -l < {file}) -gt {fails} || exit {EXIT_CODE}"


def _rule(rule: str) -> str:
    return "" if rule == ALL_SUCCESS else f", trigger_rule={rule!r}"
