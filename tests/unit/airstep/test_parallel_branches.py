"""ParallelBranches as a task group, and which failure stops which task."""

import copy
from typing import Any

import pytest
from airflow.sdk import DAG, TaskGroup, task_group
from airflow.serialization.serialized_objects import DagSerialization

from airstep.branches import Branches, split_label
from airstep.errors import BranchStopped
from airstep.hooks import task_instances
from airstep.hooks.task_instances import TaskKey
from airstep.operators import BatchJobGraph, BatchJobOperator, ChoiceOperator, ParallelBranches
from airstep.operators.fail_fast import FailFast
from airstep.operators.parallel import fail_fast_group
from airstep.operators.submit import submitting_group


def job(task_id: str, **more: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=task_id, job_definition="d", job_queue="q", **more)


@pytest.fixture
def dag() -> DAG:
    """g: a1 >> a2 >> a3 (all_done), b1 >> b2, inner: m (mapped); all before `after`."""
    with DAG("d", schedule=None) as dag:
        with ParallelBranches("g") as group:
            job("a1") >> job("a2") >> job("a3", trigger_rule="all_done")
            job("b1") >> job("b2")
            with TaskGroup("inner"):
                BatchJobOperator.partial(task_id="m", job_definition="d", job_queue="q").expand(command=[["a"], ["b"]])
        group >> job("after")
    return dag


def fail_fast(dag: DAG, task_id: str, states: dict[str, str | None], map_index: int = -1) -> FailFast:
    key = TaskKey(dag_id="d", run_id="r", task_id=task_id, map_index=map_index)
    made = FailFast.around(dag.get_task(task_id), key)
    assert made is not None
    return FailFast(task=made.task, key=key, group=made.group, states_of=lambda _key, _group: states)


def test_it_is_a_task_group_that_survives_copies_and_subsets(dag: DAG) -> None:
    subset = dag.partial_subset("g.b1", include_downstream=True)
    group = subset.task_group.children["g"]
    assert (group.fail_fast, list(group.children)) == (True, ["g.b1", "g.b2"])
    assert len(dag.task_group.children["g"].children) == 6
    assert copy.deepcopy(dag).task_group.children["g"].fail_fast


def test_its_dag_serialises(dag: DAG) -> None:
    again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert set(again.task_group_dict) == {"g", "g.inner"}


def test_fail_fast_must_be_a_switch() -> None:
    with DAG("d", schedule=None), pytest.raises(TypeError, match="fail_fast"):
        ParallelBranches("g", fail_fast="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outer", "inner", "found"),
    [(True, True, "outer"), (True, False, "outer"), (False, True, "outer.plain.inner"), (False, False, None)],
)
def test_the_outermost_fail_fast_group_counts(outer: bool, inner: bool, found: str | None) -> None:
    with (
        DAG("d", schedule=None),
        ParallelBranches("outer", fail_fast=outer),
        TaskGroup("plain"),
        ParallelBranches("inner", fail_fast=inner),
    ):
        task = job("t")
    group = fail_fast_group(task)
    assert (group.group_id if group else None) == found


@pytest.mark.parametrize(
    ("task_id", "map_index", "states", "failed"),
    [
        ("g.b1", -1, {"g.a1": "failed", "g.b1": "running"}, "g.a1"),
        ("g.b1", -1, {"g.inner.m_1": "failed"}, "g.inner.m_1"),
        ("g.inner.m", 0, {"g.inner.m_1": "failed"}, "g.inner.m_1"),
        ("g.inner.m", 1, {"g.inner.m_1": "failed"}, None),
        ("g.a3", -1, {"g.a1": "failed", "g.a2": "upstream_failed"}, None),
        ("g.b1", -1, {"g.a1": "up_for_retry", "g.b2": "skipped"}, None),
    ],
)
def test_a_failure_stops_the_tasks_that_are_not_below_it(
    dag: DAG, task_id: str, map_index: int, states: dict[str, str | None], failed: str | None
) -> None:
    assert fail_fast(dag, task_id, states, map_index).failed_task(states) == failed


def test_a_task_that_goes_on_is_stopped_with_a_reason_that_names_the_failed_one(dag: DAG) -> None:
    with pytest.raises(BranchStopped, match=r"task 'g\.a1' failed, and parallel branches 'g' fail fast"):
        fail_fast(dag, "g.b1", {"g.a1": "failed"}).check()


@pytest.mark.parametrize(
    ("states", "settled"),
    [
        ({"g.a1": "running", "g.a2": None, "g.b1": None}, False),
        ({"g.a1": "failed", "g.a2": None, "g.b1": None}, False),
        ({"g.a1": "failed", "g.a2": "upstream_failed", "g.a3": None, "g.b1": None}, True),
        ({"g.a2": "failed", "g.a3": "running", "g.b1": None}, True),
        ({"g.inner.m_0": "failed", "g.b1": None}, True),
    ],
)
def test_a_group_is_settled_when_the_failure_has_reached_what_it_blocks(
    dag: DAG, states: dict[str, str | None], settled: bool
) -> None:
    assert fail_fast(dag, "g.b1", states).is_settled(states) is settled


def test_a_stopped_task_skips_the_rest_once_the_group_is_settled(dag: DAG, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Supervisor:
        def send(self, message: Any) -> None:
            sent.append(message)

    monkeypatch.setattr(task_instances.task_runner, "SUPERVISOR_COMMS", Supervisor(), raising=False)
    states: dict[str, str | None] = {"g.a1": "failed", "g.a2": None, "g.a3": None, "g.b1": "running", "g.b2": None}
    states |= {"g.inner.m_0": "scheduled", "g.inner.m_1": "queued"}
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        states["g.a2"] = "upstream_failed"

    fail_fast(dag, "g.b1", states).settle(clock=lambda: 0.0, pause=pause)
    assert len(pauses) == 1
    assert sent[0].tasks == [("g.a3", -1), ("g.b2", -1), ("g.inner.m", 0)]


def test_a_group_that_never_settles_is_waited_for_only_so_long(dag: DAG) -> None:
    seconds = iter(range(0, 1000, 5))
    fail_fast(dag, "g.b1", {"g.a1": "failed", "g.a2": None}).settle(
        clock=lambda: float(next(seconds)), pause=lambda _: None
    )
    assert next(seconds) < 40


def test_branches_survive_the_way_to_the_triggerer() -> None:
    branches = Branches(group_id="g", ignored=("a", "b_1"))
    assert Branches.from_dict(branches.to_dict()) == branches


@pytest.mark.parametrize(
    ("label", "found"), [("a_1", ("a", 1)), ("b_1", ("b_1", -1)), ("a", ("a", -1)), ("c_d", ("c_d", -1))]
)
def test_a_label_is_a_task_or_one_of_its_map_indexes(label: str, found: tuple[str, int]) -> None:
    assert split_label(label, {"a", "b_1", "c_d"}) == found


def test_a_group_inside_a_mapped_group_stops_for_each_item_by_itself() -> None:
    with DAG("d", schedule=None) as dag:

        @task_group
        def items(number: int) -> None:
            with ParallelBranches("g"):
                job("a", environment={"NUMBER": number}) >> job("a2")
                job("b")

        items.expand(number=[1, 2])
    states = {
        "items.g.a_0": "failed",
        "items.g.a_1": "running",
        "items.g.a2_0": "upstream_failed",
        "items.g.a2_1": None,
    }
    states |= {"items.g.b_0": "running", "items.g.b_1": "running"}
    same, other = (fail_fast(dag, "items.g.b", states, map_index=index) for index in (0, 1))
    assert same.failed_task(same.states()) == "items.g.a_0"
    assert same.is_settled(same.states())
    assert other.failed_task(other.states()) is None
    for_trigger = Branches.from_dict(other.branches(other.states()).to_dict())
    assert for_trigger.failed_task(states) is None


@pytest.fixture
def items() -> DAG:
    """g: each (mapped over two): one >> two >> three."""

    @task_group
    def each(item: str) -> None:
        job("one", environment={"ITEM": item}) >> job("two") >> job("three")

    with DAG("d", schedule=None) as dag, ParallelBranches("g"):
        each.expand(item=["a", "b"])
    return dag


def test_a_failure_blocks_only_its_own_item_of_a_mapped_group_inside(items: DAG) -> None:
    states: dict[str, str | None] = {
        "g.each.one_0": "failed",
        "g.each.two_0": "upstream_failed",
        "g.each.three_0": "upstream_failed",
        "g.each.one_1": "success",
        "g.each.two_1": "running",
        "g.each.three_1": None,
    }
    waiting = fail_fast(items, "g.each.two", states, map_index=1)
    assert waiting.is_settled(states)
    assert not waiting.is_settled({**states, "g.each.three_0": None})


def test_another_items_failure_upstream_stops_a_task_of_a_mapped_group_inside(items: DAG) -> None:
    states: dict[str, str | None] = {"g.each.one_0": "failed", "g.each.one_1": "success", "g.each.two_1": "running"}
    assert fail_fast(items, "g.each.two", states, map_index=1).failed_task(states) == "g.each.one_0"
    assert fail_fast(items, "g.each.two", states, map_index=0).failed_task(states) is None


def nested(*, outer: dict[str, Any], inner: dict[str, Any]) -> ParallelBranches:
    """before >> outer: single; inner: a1 >> a2, b; graph: c >> d"""
    before = job("before")
    with ParallelBranches("outer", **outer) as group:
        job("single")
        with ParallelBranches("inner", **inner):
            job("a1") >> job("a2")
            job("b")
        with BatchJobGraph("graph"):
            job("c") >> job("d")
    before >> group
    return group


AHEAD = {"submit_ahead": True}


@pytest.mark.parametrize(
    ("outer", "inner", "submits"),
    [
        ({}, {}, {"outer.graph"}),
        (AHEAD, {}, {"outer"}),
        (AHEAD, AHEAD, {"outer"}),
        ({}, AHEAD, {"outer.inner", "outer.graph"}),
        ({**AHEAD, "fail_fast": False}, {**AHEAD, "fail_fast": False}, {"outer"}),
    ],
)
def test_the_outermost_group_that_submits_ahead_does_it_for_all_inside(
    outer: dict[str, Any], inner: dict[str, Any], submits: set[str]
) -> None:
    with DAG("d", schedule=None) as dag:
        nested(outer=outer, inner=inner)
    assert {task.task_id for task in dag.tasks if task.label == "submit"} == {f"{name}.submit" for name in submits}


def test_submit_ahead_puts_a_task_in_front_of_all_branches() -> None:
    with DAG("d", schedule=None) as dag:
        group = nested(outer=AHEAD, inner={})
    submit = dag.get_task("outer.submit")
    assert submit.upstream_task_ids == {"before"}
    assert submit.downstream_task_ids == {"outer.single", "outer.inner.a1", "outer.inner.b", "outer.graph.c"}
    assert [task.task_id for task in group.roots] == ["outer.submit"]
    assert submitting_group(dag.get_task("outer.inner.a2")).group_id == "outer"  # type: ignore[union-attr]
    assert submitting_group(dag.get_task("before")) is None


def test_submit_ahead_survives_copies_and_subsets() -> None:
    with DAG("d", schedule=None) as dag:
        nested(outer=AHEAD, inner={})
    subset = dag.partial_subset("outer.inner.b", include_upstream=True)
    group = subset.task_group.children["outer"]
    assert (group.submit_ahead, list(group.children)) == (True, ["outer.inner", "outer.submit"])
    assert copy.deepcopy(dag).task_group.children["outer"].submit_ahead


def test_an_error_in_the_block_is_not_hidden() -> None:
    with DAG("d", schedule=None), pytest.raises(KeyError, match="nobody"), ParallelBranches("g", submit_ahead=True):
        job({}["nobody"])


@pytest.mark.parametrize(
    ("field", "value"), [("submit_ahead", "yes"), ("submit_ahead", None), ("fail_fast", 1)], ids=str
)
def test_its_settings_must_be_switches(field: str, value: Any) -> None:
    with DAG("d", schedule=None), pytest.raises(TypeError, match=field):
        ParallelBranches("g", **{field: value})


OUT = "; or leave submit_ahead out"


def chooses() -> None:
    ChoiceOperator(task_id="c", choices=[(True, "g.a")]) >> job("a")


def maps_a_group() -> None:
    @task_group
    def m(n: int) -> None:
        job("a", environment={"N": n})

    m.expand(n=[1, 2])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            chooses,
            "task 'g.c' is of type ChoiceOperator; a job graph holds BatchJobOperator tasks: put it",
        ),
        (
            lambda: BatchJobOperator.partial(task_id="m", job_definition="d", job_queue="q").expand(command=[["a"]]),
            "task 'g.m' is mapped; use a task for each item",
        ),
        (
            maps_a_group,
            "group 'g.m' is of type MappedTaskGroup; only plain TaskGroups, ParallelBranches",
        ),
        (lambda: job("a") >> job("b", trigger_rule="all_done"), "task 'g.b' has the trigger rule 'all_done'"),
        (lambda: job("b", environment={"A": job("a").output}), "task 'g.b' uses a result of 'g.a'"),
        (lambda: [job("a"), job("b", region_name="eu-west-1")], "task 'g.b' reaches AWS another way than 'g.a'"),
        (
            lambda: [job(f"j{number}") for number in range(21)] >> job("z"),  # type: ignore[operator]
            "task 'g.z' depends on 21 jobs; AWS Batch allows 20",
        ),
        (lambda: job("submit"), "task 'g.submit' has the name of the task that the group adds to itself"),
    ],
)
def test_what_cannot_be_submitted_ahead_is_refused_by_name(body: Any, said: str) -> None:
    with DAG("d", schedule=None), pytest.raises(ValueError, match="ParallelBranches 'g'") as refused:  # noqa: SIM117
        with ParallelBranches("g", submit_ahead=True):
            body()
    lines = str(refused.value).splitlines()
    assert [line for line in lines if line.startswith(f"ParallelBranches 'g': {said}") and line.endswith(OUT)]


def test_without_submit_ahead_all_of_that_may_be_in_the_group() -> None:
    with DAG("d", schedule=None) as dag, ParallelBranches("g"):
        chooses()
        job("submit", trigger_rule="all_done")
    assert set(dag.task_ids) == {"g.c", "g.a", "g.submit"}
