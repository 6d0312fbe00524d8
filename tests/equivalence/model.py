"""What Airflow does with a DAG, worked out without Airflow's scheduler: the jobs that run, and how the run ends.

It knows the DAG's tasks and edges from Airflow's DAG object and shares nothing with the compiler. Jobs take fixed
times, all else takes none, so that rules which look at what comes first have an answer.
Source: airflow.ti_deps.deps.trigger_rule_dep and mapped_task_upstream_dep, airflow.providers.standard.utils.skipmixin,
and airflow.models.dagrun (DagRun._tis_for_dagrun_state) of Airflow 3.3.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow.sdk import TriggerRule

from tests.equivalence.plans import MAP_INDEX, Choice, Group, GroupKind, Job, Join, Member, Plan, walk

SUCCESS, FAILED, UPSTREAM_FAILED, SKIPPED = "success", "failed", "upstream_failed", "skipped"
RUNNING, RUN = "running", "run"

Durations = Callable[[str, str, int], float]
"""How long a job takes: of its name, its item and the number of the attempt, from 0."""

Instance = tuple[str, int]
"""A task's id and the place of its item, -1 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RanJob:
    """A job that was started: its item is empty without one; `reads` are its variables from other tasks' results."""

    name: str
    item: str
    started: float
    ended: float
    succeeded: bool
    reads: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Name and item."""
        return f"{self.name}[{self.item}]" if self.item else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended and which jobs it started; `states` and `note` explain it to a person."""

    succeeded: bool
    jobs: tuple[RanJob, ...]
    states: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def counts(self) -> Counter[str]:
        """How often each job ran."""
        return Counter(job.label for job in self.jobs)


def airflow_outcome(dag: Any, plan: Plan, durations: Durations, *, backwards: bool = False) -> Outcome:
    """What Airflow makes of a run of a plan's DAG.

    :param backwards: look at the tasks in the opposite order, to find out whether it matters.
    """
    return _Run(dag, plan, durations, backwards=backwards).outcome()


class _Run:
    def __init__(self, dag: Any, plan: Plan, durations: Durations, *, backwards: bool) -> None:
        self._dag = dag
        self._plan = plan
        self._durations = durations
        self._members: dict[str, tuple[Member, tuple[Group, ...]]] = {
            ".".join([*(group.name for group in groups), member.name]): (member, groups)
            for member, groups in walk(plan.region)
        }
        self._mapped = {task: self._mapped_group(task) for task in dag.task_dict}
        self._instances = {task: self._instances_of(task) for task in dag.task_dict}
        order = [each for task in dag.topological_sort() for each in self._instances[task.task_id]]
        self._order = order[::-1] if backwards else order
        self._states: dict[Instance, str] = {}
        self._jobs: dict[Instance, list[RanJob]] = {}
        self._running: list[tuple[float, Instance]] = []
        self._stopped: set[tuple[str, int]] = set()
        self._now = 0.0

    def outcome(self) -> Outcome:
        self._settle()
        while self._running:
            self._now, instance = heapq.heappop(self._running)
            if self._states[instance] == RUNNING:
                self._end(instance)
                self._settle()
        leaves = [self._states.get(each) for task in self._leaves() for each in self._instances[task]]
        states = {f"{task}[{place}]" if place >= 0 else task: state for (task, place), state in self._states.items()}
        return Outcome(
            succeeded=all(state in (SUCCESS, SKIPPED) for state in leaves) and len(self._states) == len(self._order),
            jobs=tuple(job for jobs in self._jobs.values() for job in jobs),
            states=states,
        )

    def _settle(self) -> None:
        """Decide and start what can be, until nothing more can."""
        changed = True
        while changed:
            changed = False
            for instance in self._order:
                changed |= self._step(instance)

    def _step(self, instance: Instance) -> bool:
        if instance in self._states or (decision := self._decision(instance)) is None:
            return False
        if decision != RUN:
            self._states[instance] = decision
            return True
        member = self._member(instance)
        if self._fail_fast(instance) in self._stopped:
            self._states[instance] = SKIPPED
        elif isinstance(member, Job):
            self._start(instance, member)
        else:
            self._states[instance] = SUCCESS
            if isinstance(member, Choice):
                self._choose(instance, member)
        return True

    def _start(self, instance: Instance, job: Job) -> None:
        """A job and those of its retries."""
        self._states[instance] = RUNNING
        item, fails = self._item(instance), job.fails[max(instance[1], 0)]
        at, jobs = self._now, list[RanJob]()
        given = all(
            self._states.get(each) == SUCCESS for read in job.reads for each in self._givers(instance, read.task)
        )
        # Without what it reads the task fails before it submits anything.
        for attempt in range(min(fails, job.retries) + 1 if given else 0):
            ended = at + self._durations(job.name, item, attempt)
            jobs.append(
                RanJob(
                    name=job.name,
                    item=item,
                    started=at,
                    ended=ended,
                    succeeded=attempt >= fails,
                    reads=tuple((f"GOT_{number}", self._given(read)) for number, read in enumerate(job.reads)),
                )
            )
            at = ended
        self._jobs[instance] = jobs
        heapq.heappush(self._running, (at, instance))

    def _givers(self, instance: Instance, name: str) -> list[Instance]:
        (task,) = (each for each in self._members if each.rpartition(".")[2] == name)
        return self._related(instance, task)

    def _given(self, read: Any) -> str:
        giver = next(job for job in self._plan.jobs if job.name == read.task)
        return str(giver.result[read.key])

    def _end(self, instance: Instance) -> None:
        if self._jobs[instance] and self._jobs[instance][-1].succeeded:
            self._states[instance] = SUCCESS
            return
        self._states[instance] = FAILED
        group = self._fail_fast(instance)
        if group is None:
            return
        self._stopped.add(group)
        for other, state in self._states.items():
            if state == RUNNING and self._fail_fast(other) == group:
                self._states[other] = FAILED
                self._jobs[other] = [job for job in self._jobs[other] if job.started < self._now]

    def _choose(self, instance: Instance, choice: Choice) -> None:
        """Skip what is directly downstream and neither followed nor downstream of what is."""
        known = {**dict(self._plan.conf), MAP_INDEX: instance[1]}
        values = {
            branch.subject: self._number(branch) if branch.of_result else known[branch.subject]
            for branch in choice.branches
        }
        taken = next((b.follow for b in choice.branches if values[b.subject] > b.over), choice.default or ())
        followed = {task for name in taken for task in self._first(name)}
        for task in tuple(followed):
            followed |= self._dag.get_task(task).get_flat_relative_ids(upstream=False)
        for task in self._dag.get_task(instance[0]).downstream_task_ids - followed:
            for other in self._related(instance, task):
                if self._states.get(other) not in (RUNNING, SUCCESS, FAILED):
                    self._states[other] = SKIPPED

    def _number(self, branch: Any) -> int:
        giver = next(job for job in self._plan.jobs if job.name == branch.subject)
        return int(giver.result["n"])

    def _first(self, name: str) -> Iterator[str]:
        """The tasks that a followed id stands for."""
        (full,) = (each for each in self._members if each.rpartition(".")[2] == name)
        group = self._dag.task_group_dict.get(full)
        yield from [task.task_id for task in group.get_roots()] if group is not None else [full]

    def _decision(self, instance: Instance) -> str | None:
        """What a task's rule says by now: a state, RUN, or nothing yet."""
        task = self._dag.get_task(instance[0])
        above = {each for other in task.upstream_task_ids for each in self._related(instance, other)}
        if not above or task.trigger_rule == "always":
            return RUN
        rule = TriggerRule(task.trigger_rule).value
        decision = decide(rule, self._tally(above), self._tally(self._setups(above)))
        needs = set() if task.is_teardown else {each.task_id for each in task.get_upstreams_only_setups()}
        setups = self._tally(
            each for other in needs - task.upstream_task_ids for each in self._related(instance, other)
        )
        if setups.failed:
            return UPSTREAM_FAILED
        if setups.skipped:
            return SKIPPED
        mapped = self._mapped[instance[0]]
        givers = self._tally(self._givers(instance, mapped.items_from) if mapped and mapped.items_from else ())
        if givers.failed or (givers.skipped and decision != UPSTREAM_FAILED):
            return UPSTREAM_FAILED if givers.failed else SKIPPED
        missing = setups.success < setups.all or givers.success < givers.all
        waits = missing or (task.is_teardown and self._unfinished_scope(task, instance))
        return None if decision == RUN and waits else decision

    def _setups(self, instances: Iterable[Instance]) -> list[Instance]:
        return [each for each in instances if self._dag.get_task(each[0]).is_setup]

    def _unfinished_scope(self, task: Any, instance: Instance) -> bool:
        """Whether something between a teardown and its setups hasn't ended."""
        behind: set[str] = set()
        for setup in task.upstream_list:
            behind |= setup.get_flat_relative_ids(upstream=False) if setup.is_setup else set()
        between = behind & task.get_flat_relative_ids(upstream=True)
        return any(
            self._states.get(each) in (None, RUNNING) for other in between for each in self._related(instance, other)
        )

    def _tally(self, instances: Iterable[Instance]) -> Tally:
        found = [self._states.get(each) for each in instances]
        return Tally(
            all=len(found),
            success=found.count(SUCCESS),
            failed=found.count(FAILED) + found.count(UPSTREAM_FAILED),
            only_failed=found.count(FAILED),
            skipped=found.count(SKIPPED),
        )

    def _leaves(self) -> list[str]:
        """The tasks that the run's end is of."""

        def counts(task: Any) -> bool:
            return bool(not task.is_teardown or task.on_failure_fail_dagrun)

        tasks = self._dag.tasks
        leaves = [task for task in tasks if counts(task) and not any(map(counts, task.downstream_list))]
        return [task.task_id for task in leaves or [task for task in tasks if not task.downstream_list]]

    def _member(self, instance: Instance) -> Member:
        return self._members[instance[0]][0] if instance[0] in self._members else Join(name=instance[0])

    def _item(self, instance: Instance) -> str:
        member, _ = self._members[instance[0]]
        mapped = self._mapped[instance[0]]
        items: Sequence[str] = mapped.items if mapped else member.items if isinstance(member, Job) else ()
        return items[instance[1]] if items else ""

    def _groups(self, task: str) -> tuple[Group, ...]:
        if task in self._members:
            return self._members[task][1]
        group, groups = self._members[task.rpartition(".")[0]]  # the task that submits a job graph
        return (*groups, group) if isinstance(group, Group) else groups

    def _mapped_group(self, task: str) -> Group | None:
        return next((group for group in self._groups(task) if group.kind is GroupKind.MAPPED), None)

    def _instances_of(self, task: str) -> list[Instance]:
        member = self._members[task][0] if task in self._members else None
        mapped = self._mapped[task]
        items = mapped.items if mapped else member.items if isinstance(member, Job) else ()
        return [(task, place) for place in range(len(items))] if items else [(task, -1)]

    def _related(self, instance: Instance, other: str) -> list[Instance]:
        """The instances of another task that matter to one: in a mapped group those of the same item."""
        mapped = self._mapped[instance[0]]
        if mapped is not None and mapped is self._mapped[other]:
            return [(other, instance[1])]
        return self._instances[other]

    def _fail_fast(self, instance: Instance) -> tuple[str, int] | None:
        """The outermost group whose first failure stops a task; in a mapped group each item has one of its own."""
        groups = self._groups(instance[0])
        kinds = [group.kind for group in groups]
        if GroupKind.FAIL_FAST not in kinds:
            return None
        place = kinds.index(GroupKind.FAIL_FAST)
        return groups[place].name, instance[1] if GroupKind.MAPPED in kinds[:place] else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many instances there are, and how many have ended how; `failed` counts those that are upstream_failed."""

    all: int
    success: int
    failed: int
    only_failed: int
    skipped: int

    @property
    def done(self) -> bool:
        """Whether all have ended."""
        return self.success + self.failed + self.skipped == self.all


def decide(rule: str, up: Tally, setups: Tally) -> str | None:
    """What a trigger rule makes of the tasks directly upstream: a state, RUN, or nothing yet."""
    waits = RUN if up.done else None
    match rule:
        case "all_success":
            return UPSTREAM_FAILED if up.failed else SKIPPED if up.skipped else waits
        case "all_failed":
            return SKIPPED if up.success or up.skipped else waits
        case "all_done":
            return waits
        case "one_success":
            if up.success:
                return RUN
            return None if not up.done else SKIPPED if up.skipped == up.all else UPSTREAM_FAILED
        case "one_failed":
            return RUN if up.failed else SKIPPED if up.done else None
        case "one_done":
            return RUN if up.success or up.only_failed else SKIPPED if up.done else None
        case "none_failed":
            return UPSTREAM_FAILED if up.failed else waits
        case "none_failed_min_one_success":
            return UPSTREAM_FAILED if up.failed else SKIPPED if up.skipped == up.all else waits
        case "none_skipped":
            return SKIPPED if up.skipped else waits
        case "all_skipped":
            return SKIPPED if up.success or up.failed else waits
        case "all_done_min_one_success":
            return SKIPPED if up.skipped else UPSTREAM_FAILED if up.done and not up.success else waits
        case "all_done_setup_success":
            if not up.done or not setups.all or setups.success:
                return waits
            return SKIPPED if setups.skipped >= setups.all else UPSTREAM_FAILED
    raise ValueError(f"unknown trigger rule {rule!r}")
