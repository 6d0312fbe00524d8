"""The jobs of a BatchJobGraph: submitted once, in order, ended with the try that nobody continues."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowTaskTimeout
from botocore.exceptions import EndpointConnectionError

from airstep.errors import SubmissionFailed, SubmissionRejected, left_behind
from airstep.job import Job
from airstep.operators import BatchJobGraph, BatchJobOperator, ParallelBranches
from airstep.operators.job_graph_member import GraphMember
from airstep.operators.job_graph_run import GraphSubmission
from airstep.operators.submit import jobs_of
from airstep.submission import Intent

REQUEST = {"jobName": "b", "jobQueue": "q", "jobDefinition": "d"}


class Memory(dict[str, Any]):
    """A store of a task instance."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value

    def miss(self, task_id: str) -> None:
        """Remember that a task's job was looked for in vain long ago: it isn't on its way any more."""
        self[f"airstep_job:{task_id}"]["missed_at"] = 1.0


class FakeBatch:
    """AWS Batch whose jobs run when told; it refuses one name if asked to."""

    connection = None

    def __init__(self) -> None:
        self.requests: dict[str, Mapping[str, Any]] = {}
        self.statuses: dict[str, tuple[str, str | None]] = {}
        self.terminated: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.unreachable: Exception | None = None

    def submit(self, request: Mapping[str, Any]) -> str:
        short = request["jobName"].rsplit("-", 2)[0]
        if short in self.trouble:
            raise self.trouble.pop(short)
        job_id = f"{short}{sum(each.rstrip('0123456789') == short for each in self.requests) + 1}"
        self.requests[job_id], self.statuses[job_id] = request, ("RUNNABLE", None)
        return job_id

    def describe(self, job_ids: list[str]) -> dict[str, Job]:
        if self.unreachable:
            raise self.unreachable
        return {job_id: self._job(job_id) for job_id in job_ids if job_id in self.requests}

    def find(self, name: str, queue: str) -> Job | None:
        return next((self._job(job_id) for job_id, each in self.requests.items() if each["jobName"] == name), None)

    def terminate(self, job_id: str, reason: str) -> None:
        self.terminate_all([job_id], reason)

    def terminate_all(self, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
        for job_id in job_ids:
            self.terminated.append(job_id)
            self.end(job_id, "FAILED", reason)
        return {}

    def end(self, job_id: str, status: str, reason: str | None = None) -> None:
        self.statuses[job_id] = (status, reason)

    def after(self) -> dict[str, list[str]]:
        """What each job waits for."""
        return {
            job_id: [each["jobId"] for each in request.get("dependsOn", ())]
            for job_id, request in self.requests.items()
        }

    def _job(self, job_id: str) -> Job:
        status, reason = self.statuses[job_id]
        name = self.requests[job_id]["jobName"]
        return Job(job_id=job_id, job_name=name, queue="q", definition="d", status=status, status_reason=reason)


class Instance:
    """A task instance; its XComs are given."""

    dag_id, run_id, map_index = "d", "r", -1

    def __init__(self, *, try_number: int = 1, max_tries: int = 1, xcoms: Any = None) -> None:
        self.task_id = "g.submit"
        self.try_number, self.max_tries = try_number, max_tries
        self.xcoms: dict[tuple[str, str], Any] = xcoms or {}

    def model_copy(self, *, update: dict[str, Any]) -> Any:
        made = Instance(try_number=self.try_number, max_tries=self.max_tries)
        made.__dict__ |= update
        return made

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: Any) -> Any:
        return self.xcoms.get((task_ids, key))


def job(task_id: str, **more: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=task_id, job_definition="d", job_queue="q", **more)


@pytest.fixture
def graph() -> BatchJobGraph:
    """a before b and c, both before d"""
    with DAG("dag", schedule=None, params={"x": "y"}), BatchJobGraph("g") as graph:
        job("a", environment={"X": "{{ params.x }}", "ME": "{{ ti.task_id }}"}) >> [job("b"), job("c")] >> job("d")
    return graph


def submission(graph: BatchJobGraph, batch: FakeBatch, store: Memory | None, **instance: Any) -> GraphSubmission:
    context: Any = {"ti": Instance(**instance), "task_state_store": store}
    assert graph.submit is not None
    return GraphSubmission(graph.submit, graph, context, hook=batch)  # type: ignore[arg-type]


def submit(graph: BatchJobGraph, batch: FakeBatch, store: Memory | None, **instance: Any) -> Mapping[str, str]:
    made = submission(graph, batch, store, **instance)
    with made.seen_through():
        return made.submit_all()


def test_each_job_waits_for_those_before_it(graph: BatchJobGraph) -> None:
    batch = FakeBatch()
    assert submit(graph, batch, Memory()) == {"g.a": "a1", "g.b": "b1", "g.c": "c1", "g.d": "d1"}
    assert batch.after() == {"a1": [], "b1": ["a1"], "c1": ["a1"], "d1": ["b1", "c1"]}


def test_fields_are_rendered_as_the_task_itself_would(graph: BatchJobGraph) -> None:
    batch = FakeBatch()
    submit(graph, batch, Memory())
    assert batch.requests["a1"]["containerOverrides"]["environment"] == [
        {"name": "X", "value": "y"},
        {"name": "ME", "value": "g.a"},
    ]
    assert graph.jobs()["g.a"].environment == {"X": "{{ params.x }}", "ME": "{{ ti.task_id }}"}


def test_a_retry_submits_only_what_an_earlier_try_did_not(graph: BatchJobGraph) -> None:
    batch, store = FakeBatch(), Memory()
    batch.trouble["c"] = SubmissionFailed("the network is gone")
    with pytest.raises(SubmissionFailed):
        submit(graph, batch, store)
    batch.end("a1", "SUCCEEDED")
    store.miss("g.c")
    assert submit(graph, batch, store, try_number=2) == {"g.a": "a1", "g.b": "b1", "g.c": "c1", "g.d": "d1"}
    assert batch.terminated == []


def test_a_retry_replaces_a_failed_job_and_those_that_waited_for_it(graph: BatchJobGraph) -> None:
    batch, store = FakeBatch(), Memory()
    batch.trouble["d"] = SubmissionFailed("the network is gone")
    with pytest.raises(SubmissionFailed):
        submit(graph, batch, store)
    batch.end("a1", "SUCCEEDED")
    batch.end("b1", "FAILED")
    store.miss("g.d")
    assert submit(graph, batch, store, try_number=2) == {"g.a": "a1", "g.b": "b2", "g.c": "c1", "g.d": "d1"}
    batch.end("a1", "FAILED")
    assert submit(graph, batch, store, try_number=3) == {"g.a": "a2", "g.b": "b3", "g.c": "c2", "g.d": "d2"}
    assert batch.after()["d2"] == ["b3", "c2"]
    assert batch.terminated == ["b2", "c1", "d1"]


def test_cleared_it_submits_all_anew_and_ends_what_lives(graph: BatchJobGraph) -> None:
    batch, store = FakeBatch(), Memory()
    submit(graph, batch, store)
    batch.end("a1", "SUCCEEDED")
    again = submit(graph, batch, store, try_number=2, max_tries=2)
    assert again == {"g.a": "a2", "g.b": "b2", "g.c": "c2", "g.d": "d2"}
    assert batch.terminated == ["b1", "c1", "d1"]


def test_no_two_jobs_have_one_name(graph: BatchJobGraph) -> None:
    batch, store = FakeBatch(), Memory()
    submit(graph, batch, store)
    submit(graph, batch, store, try_number=2, max_tries=2)
    assert len({request["jobName"] for request in batch.requests.values()}) == 8


@pytest.mark.parametrize(
    ("error", "instance", "raised"),
    [
        (SubmissionFailed("gone"), {"max_tries": 0}, SubmissionFailed),
        (SubmissionRejected("no"), {}, AirflowFailException),
        (AirflowTaskTimeout("late"), {}, AirflowTaskTimeout),
    ],
    ids=["for good", "rejected", "timeout"],
)
def test_an_end_ends_what_was_submitted_the_last_one_first(
    graph: BatchJobGraph, error: Any, instance: Any, raised: type[BaseException]
) -> None:
    batch = FakeBatch()
    batch.trouble["d"] = error
    with pytest.raises(raised):
        submit(graph, batch, Memory(), **instance)
    assert batch.terminated == ["c1", "b1", "a1"]


def test_an_end_ends_what_an_earlier_try_submitted_too(graph: BatchJobGraph) -> None:
    batch, store = FakeBatch(), Memory()
    batch.trouble["d"] = SubmissionFailed("gone")
    with pytest.raises(SubmissionFailed):
        submit(graph, batch, store)
    made = submission(graph, batch, store, try_number=2)
    with pytest.raises(SubmissionFailed), made.seen_through():
        raise SubmissionFailed("gone before it began")
    assert set(batch.terminated) == {"a1", "b1", "c1"}


def test_too_many_dependencies_that_only_rendering_shows_are_refused(graph: BatchJobGraph) -> None:
    graph.jobs()["g.d"].depends_on = [str(number) for number in range(19)]
    with pytest.raises(AirflowFailException, match=r"'g.d': depends_on and the tasks before it .* are 21 jobs"):
        submit(graph, FakeBatch(), Memory())


IDS = {"g.a": "a1", "g.b": "b1", "g.c": "c1", "g.d": "d1"}


def member(graph: BatchJobGraph, task_id: str, **jobs: str) -> GraphMember:
    """A task's part, where the tasks before it have had these jobs last."""
    xcoms: dict[tuple[str, str], Any] = {("g.submit", "return_value"): IDS}
    xcoms |= {(f"g.{name}", "job"): {"job_id": job_id} for name, job_id in jobs.items()}
    made = GraphMember.of(graph.jobs()[task_id], Instance(xcoms=xcoms))
    assert made is not None
    return made


def take_up(
    made: GraphMember, batch: FakeBatch, store: Memory | None, *, generation: int = 0, try_number: int = 1
) -> Any:
    taken = made.take_up(batch, store, generation=generation, try_number=try_number, request=REQUEST, result_uri=None)
    return taken.job_id if taken else None


@pytest.fixture
def batch(graph: BatchJobGraph) -> FakeBatch:
    made = FakeBatch()
    submit(graph, made, Memory())
    return made


def test_a_task_knows_its_job_those_before_and_those_behind(graph: BatchJobGraph) -> None:
    made = member(graph, "g.b")
    assert (made.job_id, made.before, made.behind) == ("b1", {"g.a": "a1"}, ("d1",))
    assert member(graph, "g.a").behind == ("d1", "c1", "b1")


def test_without_what_submit_leaves_a_task_is_on_its_own(graph: BatchJobGraph) -> None:
    assert GraphMember.of(graph.jobs()["g.a"], Instance()) is None


@pytest.mark.parametrize("status", ["RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"])
def test_the_first_try_takes_up_the_groups_job_whatever_became_of_it(
    graph: BatchJobGraph, batch: FakeBatch, status: str
) -> None:
    store = Memory()
    batch.end("b1", status)
    assert take_up(member(graph, "g.b", a="a1"), batch, store) == "b1"
    assert Intent.load(store).job_id == "b1"  # type: ignore[union-attr]


def test_a_later_try_goes_on_as_any_task(graph: BatchJobGraph, batch: FakeBatch) -> None:
    store, made = Memory(), member(graph, "g.b", a="a1")
    take_up(made, batch, store)
    assert take_up(made, batch, store, try_number=2) is None
    assert take_up(made, batch, None, try_number=2) is None


def test_a_job_that_failed_with_one_before_it_is_not_taken_up(graph: BatchJobGraph, batch: FakeBatch) -> None:
    batch.end("a1", "FAILED")
    batch.end("b1", "FAILED", "Dependent Job failed")
    assert take_up(member(graph, "g.b", a="a1"), batch, Memory()) is None


def test_a_job_that_was_ended_as_not_needed_is_not_taken_up(graph: BatchJobGraph, batch: FakeBatch) -> None:
    batch.end("a1", "SUCCEEDED")
    batch.end("b1", "FAILED", left_behind("g.a"))
    assert take_up(member(graph, "g.b", a="a1"), batch, Memory()) is None


@pytest.mark.parametrize(("status", "terminated"), [("SUCCEEDED", []), ("RUNNING", ["b1"])])
def test_a_job_that_waited_for_another_than_the_last_one_before_it_is_not_taken_up(
    graph: BatchJobGraph, batch: FakeBatch, status: str, terminated: list[str]
) -> None:
    batch.end("b1", status)
    assert take_up(member(graph, "g.b", a="a2"), batch, Memory()) is None
    assert batch.terminated == terminated


def test_a_group_that_was_submitted_anew_is_taken_up_again_and_the_old_job_ended(
    graph: BatchJobGraph, batch: FakeBatch
) -> None:
    store = Memory()
    old = Intent(generation=0, round=3, job_name="n", job_queue="q", job_id=batch.submit({**REQUEST, "jobName": "x-1"}))
    old.save(store)
    assert take_up(member(graph, "g.b", a="a1"), batch, store, generation=1) == "b1"
    assert batch.terminated == [old.job_id]
    assert Intent.load(store).round == 3  # type: ignore[union-attr]


def test_only_the_groups_own_job_can_have_had_no_chance(graph: BatchJobGraph, batch: FakeBatch) -> None:
    batch.end("a1", "FAILED")
    batch.end("b1", "FAILED")
    made = member(graph, "g.b", a="a1")
    (groups,) = batch.describe(["b1"]).values()
    (another,) = batch.describe(["c1"]).values()
    assert (made.never_had_a_chance(batch, groups), made.never_had_a_chance(batch, another)) == (True, False)


@pytest.fixture
def branches() -> ParallelBranches:
    """a1 >> a2, b1 >> b2, c with retries"""
    with DAG("dag", schedule=None), ParallelBranches("g", submit_ahead=True) as group:
        job("a1") >> job("a2")
        job("b1") >> job("b2")
        job("c", retries=1)
    return group


ALL = ("g.a1", "g.a2", "g.b1", "g.b2", "g.c")


def ahead(branches: ParallelBranches, ended: dict[str, str]) -> tuple[FakeBatch, GraphMember]:
    """AWS with the group's jobs, some of which have ended, and the part of a1."""
    batch = FakeBatch()
    names = {name.removeprefix("g."): batch.submit({**REQUEST, "jobName": f"{name}-1"}) for name in ALL}
    xcoms = {("g.submit", "return_value"): {f"g.{name}": job_id for name, job_id in names.items()}}
    for name, status in ended.items():
        batch.end(names[name], status)
    made = GraphMember.of(jobs_of(branches)["g.a1"], Instance(xcoms=xcoms))
    assert made is not None
    return batch, made


@pytest.mark.parametrize(
    ("ended", "waiting", "found"),
    [
        ({"b1": "FAILED"}, ALL, "g.b1"),
        ({"b1": "SUCCEEDED", "b2": "FAILED"}, ALL, "g.b2"),
        ({"b1": "FAILED", "b2": "FAILED"}, ALL, "g.b1"),
        ({"b1": "FAILED"}, ("g.c",), None),
        # Its turn hasn't come: somebody else ended it, and its task can't start before the one of b1 has.
        ({"b2": "FAILED"}, ALL, None),
        ({"c": "FAILED"}, ALL, None),
        ({"a2": "FAILED"}, ALL, None),
        ({"b1": "SUCCEEDED", "b2": "SUCCEEDED"}, ALL, None),
    ],
)
def test_a_task_knows_of_a_job_beside_that_failed_for_good_before_its_task_has_started(
    branches: ParallelBranches, ended: dict[str, str], waiting: tuple[str, ...], found: str | None
) -> None:
    batch, made = ahead(branches, ended)
    assert made.failed_beside(batch, waiting) == found


def test_a_task_makes_way_for_one_whose_job_has_failed(branches: ParallelBranches) -> None:
    batch, made = ahead(branches, {"b1": "FAILED"})
    (own,) = batch.describe([made.job_id]).values()
    with pytest.raises(AirflowRescheduleException):
        made.make_way(batch, own, ALL)
    assert batch.terminated == []


def test_a_task_goes_on_whose_own_job_has_ended_or_is_none_of_the_groups(branches: ParallelBranches) -> None:
    batch, made = ahead(branches, {"b1": "FAILED"})
    own, another = batch.describe([made.job_id, batch.submit({**REQUEST, "jobName": "x-1"})]).values()
    made.make_way(batch, another, ALL)
    made.make_way(batch, replace(own, status="SUCCEEDED"), ALL)


def test_a_task_goes_on_while_aws_does_not_answer(branches: ParallelBranches, caplog: pytest.LogCaptureFixture) -> None:
    batch, made = ahead(branches, {"b1": "FAILED"})
    (own,) = batch.describe([made.job_id]).values()
    batch.unreachable = EndpointConnectionError(endpoint_url="https://batch")
    made.make_way(batch, own, ALL)
    assert "The jobs of the other branches can't be looked at now: Could not connect" in caplog.text
