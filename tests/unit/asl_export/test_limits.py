"""Every limit of AWS that a definition can break: fine just under it, its own message just over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG, Param, TaskGroup, task_group

from airstep.operators import BatchJobGraph, BatchJobOperator
from asl_export.checks import history, map_results
from asl_export.diagnostics import Code, ExportError, Severity
from asl_export.pipeline import QueryLanguage, check_dag, export_dag

WHERE = {"job_queue": "low", "job_definition": "echo"}
BOTH = pytest.mark.parametrize("language", list(QueryLanguage))


def job(name: str, **settings: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=name, **WHERE, **settings)


def single(**settings: Any) -> DAG:
    """A DAG of one task of the stock operator, which checks nothing itself."""
    with DAG("single") as dag:
        BatchOperator(task_id="job", **{"job_name": "job", **WHERE, **settings})
    return dag


def mapped(**items: Any) -> DAG:
    """A DAG of one mapped task of the stock operator."""
    with DAG("mapped") as dag:
        name = {} if "job_name" in items else {"job_name": "job"}
        BatchOperator.partial(task_id="job", **name, **WHERE).expand(**items)
    return dag


def of_items(count: int, size: int) -> DAG:
    """A DAG whose map has items of so many bytes in all, as JSON."""
    lengths = [size // count - len('{"parameters_n":"n"},')] * count
    lengths[0] += size - 1 - sum(length + len('{"n":""},') for length in lengths)
    with DAG("items") as dag:
        items = [{"n": f"{number:04}".ljust(length, "x")} for number, length in enumerate(lengths)]
        BatchJobOperator.partial(task_id="each", **WHERE).expand(parameters=items)
    return dag


def with_default(size: int) -> DAG:
    """A DAG whose params' defaults have so many bytes as JSON."""
    with DAG("params", params={"p": Param("x" * (size - len('{"p":""}')), type="string")}) as dag:
        job("job", parameters={"p": "{{ params.p }}"})
    return dag


def overrides(size: int) -> DAG:
    fixed = len('{"environment":[{"name":"E","value":""}]}')
    return single(container_overrides={"environment": [{"name": "E", "value": "x" * (size - fixed)}]})


def request(size: int) -> DAG:
    fixed = len('{"jobName":"job","jobQueue":"low","jobDefinition":"echo","parameters":{"p":""}}')
    return single(parameters={"p": "x" * (size - fixed)})


def mapped_request(size: int) -> DAG:
    fixed = len('{"jobName":"job","jobQueue":"low","jobDefinition":"echo","parameters":{"p":""}}')
    return mapped(parameters=[{"p": "small"}, {"p": "x" * (size - fixed)}])


def of_events(count: int) -> DAG:
    """A DAG of tasks side by side: six events each, six around them, and six at the start."""
    with DAG("events") as dag:
        for number in range(count // 6 - 2):
            job(f"job_{number}")
    return dag


def nested(levels: int) -> DAG:
    """A DAG of so many levels of Parallel within each other, in a task group each."""

    def level(number: int) -> TaskGroup:
        with TaskGroup(f"group_{number}", prefix_group_id=False) as group:
            first, last = job(f"first_{number}"), job(f"last_{number}")
            first >> job(f"beside_{number}") >> last
            if number > 0:
                inner = level(number - 1)
                first >> inner >> last
        return group

    with DAG("nested") as dag:
        level(levels)
    return dag


def crossing(upstream: int, dag_id: str = "crossing") -> DAG:
    """A DAG whose last task depends on so many jobs, and whose edges cross."""
    with DAG(dag_id) as dag:
        above = [job(f"above_{number}") for number in range(upstream)]
        above >> job("all")
        above[0] >> job("one")
    return dag


def graph_of(edges: int, given: int) -> DAG:
    """A job graph with a job of so many edges and so many further dependencies."""
    with DAG("graph") as dag, BatchJobGraph("graph"):
        last = job("all")
        [job(f"above_{number}") for number in range(edges)] >> last
    # The group looks at its tasks when it ends; a DAG may still change them.
    last.depends_on = [f"job-{number}" for number in range(given)]
    return dag


def dependent(count: int) -> DAG:
    """A DAG of a task whose dependencies were changed after it was made: it looks at them when it is."""
    with DAG("dependent") as dag:
        job("job").depends_on = [{"jobId": f"job-{number}"} for number in range(count)]
    return dag


def results_of(count: int) -> DAG:
    """A DAG that reads the job ids of so many items, 54 bytes each."""
    with DAG("results") as dag:
        each = BatchJobOperator.partial(task_id="each", **WHERE).expand(vcpus=list(range(1, count + 1)))

        @task_group
        def after(job_id: str) -> None:
            job("told", environment={"ID": job_id})

        after.expand(job_id=each.output)
    return dag


def task_time(**settings: Any) -> DAG:
    with DAG("time") as dag:
        job("job", **settings)
    return dag


def run_time(seconds: int) -> DAG:
    with DAG("time", dagrun_timeout=timedelta(seconds=seconds)) as dag:
        job("job")
    return dag


def retried(attempts: int) -> DAG:
    return single(retry_strategy={"attempts": attempts})


def ruled(count: int) -> DAG:
    rules = [{"onExitCode": str(number), "action": "EXIT"} for number in range(count)]
    return single(retry_strategy={"attempts": 2, "evaluateOnExit": rules})


def arrays(*sizes: int) -> DAG:
    return mapped(array_properties=[{"size": size} for size in sizes])


Make = Callable[[], DAG]
# The rule, the field it names, what is just right, and what is just too much.
LIMITS: dict[str, tuple[Code, str | None, Make, Make]] = {
    "a map's items": (Code.STATE_DATA, None, lambda: of_items(100, 262_144), lambda: of_items(100, 262_145)),
    "params": (Code.STATE_DATA, "params", lambda: with_default(262_144), lambda: with_default(262_145)),
    "overrides": (Code.OVERRIDES_SIZE, None, lambda: overrides(8192), lambda: overrides(8193)),
    "request": (Code.REQUEST_SIZE, None, lambda: request(30 * 1024), lambda: request(30 * 1024 + 1)),
    "an item's request": (
        Code.REQUEST_SIZE,
        None,
        lambda: mapped_request(30 * 1024),
        lambda: mapped_request(30 * 1024 + 1),
    ),
    "dependencies": (Code.DEPENDENCIES, "depends_on", lambda: dependent(20), lambda: dependent(21)),
    "dependencies of a job graph": (
        Code.DEPENDENCIES,
        "depends_on",
        lambda: graph_of(15, 5),
        lambda: graph_of(15, 6),
    ),
    "job name": (
        Code.JOB_NAME,
        "job_name",
        lambda: single(job_name="n" * 128),
        lambda: single(job_name="n" * 129),
    ),
    "an item's job name": (
        Code.JOB_NAME,
        "job_name",
        lambda: mapped(job_name=["short", "n" * 128]),
        lambda: mapped(job_name=["short", "n" * 129]),
    ),
    "array size": (
        Code.ARRAY_SIZE,
        "array_properties",
        lambda: single(array_properties={"size": 10_000}),
        lambda: single(array_properties={"size": 10_001}),
    ),
    "array size of an item": (
        Code.ARRAY_SIZE,
        "array_properties",
        lambda: arrays(2, 10_000),
        lambda: arrays(2, 10_001),
    ),
    "least array size": (
        Code.ARRAY_SIZE,
        "array_properties",
        lambda: single(array_properties={"size": 2}),
        lambda: single(array_properties={"size": 0}),
    ),
    "attempts": (Code.JOB_RETRIES, "retry_strategy", lambda: retried(10), lambda: retried(11)),
    "least attempts": (Code.JOB_RETRIES, "retry_strategy", lambda: retried(1), lambda: retried(0)),
    "rules": (Code.JOB_RETRIES, "retry_strategy", lambda: ruled(5), lambda: ruled(6)),
    "job timeout": (
        Code.JOB_TIMEOUT,
        "submit_job_timeout",
        lambda: single(submit_job_timeout=60),
        lambda: single(submit_job_timeout=59),
    ),
    "retries": (Code.RETRY, "retries", lambda: task_time(retries=99_999_999), lambda: task_time(retries=100_000_000)),
    "retry delay": (
        Code.RETRY,
        "retry_delay",
        lambda: task_time(retries=1, retry_delay=timedelta(seconds=31_622_399)),
        lambda: task_time(retries=1, retry_delay=timedelta(seconds=31_622_400)),
    ),
    "execution timeout": (
        Code.RETRY,
        "execution_timeout",
        lambda: task_time(execution_timeout=timedelta(seconds=99_999_999)),
        lambda: task_time(execution_timeout=timedelta(seconds=100_000_000)),
    ),
    "run timeout": (Code.RETRY, "dagrun_timeout", lambda: run_time(99_999_999), lambda: run_time(100_000_000)),
    "nesting": (Code.NESTING, None, lambda: nested(60), lambda: nested(61)),
}


@BOTH
@pytest.mark.parametrize("name", LIMITS)
def test_at_the_limit_a_dag_is_exported(name: str, language: QueryLanguage) -> None:
    *_, right, _ = LIMITS[name]
    assert [item for item in check_dag(right(), query_language=language) if item.is_error] == []


@BOTH
@pytest.mark.parametrize("name", LIMITS)
def test_just_over_the_limit_it_is_refused_with_the_rule_and_the_field(name: str, language: QueryLanguage) -> None:
    code, field, _, wrong = LIMITS[name]
    found = [(item.code, item.location.field) for item in check_dag(wrong(), query_language=language) if item.is_error]
    assert found == [(code, field)]


def large(filler: int) -> DAG:
    """A DAG of about a million bytes, and so many more."""
    with DAG("large") as dag:
        for number in range(41):
            job(f"job_{number}", parameters={"text": "x" * 24_800})
        job("filler", parameters={"text": "x" * filler})
    return dag


@BOTH
def test_a_definition_of_exactly_a_mebibyte_is_exported_and_a_byte_more_refused(language: QueryLanguage) -> None:
    missing = 2**20 - len(export_dag(large(1), query_language=language).to_json(pretty=False).encode())
    exported = export_dag(large(1 + missing), query_language=language)
    assert len(exported.to_json(pretty=False).encode()) == 2**20
    with pytest.raises(ExportError, match="definition-size"):
        export_dag(large(2 + missing), query_language=language)


@BOTH
def test_the_results_of_a_map_that_others_read_fit_into_state_data_or_are_refused(
    language: QueryLanguage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert map_results.MOST == 262_144
    monkeypatch.setattr(map_results, "MOST", 540)
    assert check_dag(results_of(10), query_language=language) == ()
    (told,) = check_dag(results_of(11), query_language=language)
    assert (told.code, told.is_error, told.location.task) == (Code.STATE_DATA, True, "each")


def test_more_than_20_dependencies_are_refused_when_the_dag_is_parsed() -> None:
    with pytest.raises(ValueError, match="depends_on names 21 jobs; AWS Batch allows 20"):
        task_time(depends_on=[f"job-{number}" for number in range(21)])


# -- state names and variables ----------------------------------------------------------------------------------------


def all_states(definition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of a definition with its name."""
    stack = [definition]
    while stack:
        machine = stack.pop()
        for name, state in machine["States"].items():
            yield name, state
            stack.extend(state.get("Branches", []))
            stack.extend([state["ItemProcessor"]] if "ItemProcessor" in state else [])


@BOTH
def test_a_name_of_80_characters_stays_and_one_of_81_is_shortened(language: QueryLanguage) -> None:
    with DAG("names") as dag:
        job("n" * 80) >> job("m" * 81)
    names = [name for name, _ in all_states(export_dag(dag, query_language=language).definition)]
    assert names[0] == "n" * 80
    assert names[1].startswith("m" * 60 + "m~") or names[1].startswith("m" * 71)
    assert len(names[1]) == 80


@BOTH
def test_two_ids_that_shorten_alike_stay_two_states_and_keep_the_words_of_what_fails(language: QueryLanguage) -> None:
    with DAG("names") as dag:
        [job("x" * 249 + letter) for letter in "ab"] >> job("end")
    definition = export_dag(dag, query_language=language).definition
    names = [name for name, _ in all_states(definition)]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) == 80
    assert sum(name.endswith(" failed") for name in names) == 3
    requested = json.dumps(definition).count('"batch:submitJob') + json.dumps(definition).count("batch:submitJob.sync")
    assert requested == 3


@BOTH
def test_variables_of_long_and_alike_ids_stay_apart_and_within_80_characters(language: QueryLanguage) -> None:
    with DAG("variables") as dag:
        ids = ["a.b", "a-b", "a_b", "a_b_2", "é" * 100, *("v" * 249 + letter for letter in "ab")]
        before = [job(name) for name in ids]
        reads = {f"JOB_{number}": f"{{{{ ti.xcom_pull('{name}') }}}}" for number, name in enumerate(ids)}
        queues = {
            f"QUEUE_{number}": f"{{{{ ti.xcom_pull('{name}', key='job').log_stream }}}}"
            for number, name in enumerate(ids)
        }
        before >> job("reader", environment={**reads, **queues})
    definition = export_dag(dag, query_language=language).definition
    states = [state for _, state in all_states(definition)]
    variables = {name.removesuffix(".$") for state in states for name in state.get("Assign", {})}
    assert max(map(len, variables)) <= 80
    (reader,) = (state for name, state in all_states(definition) if name == "reader")
    environment = reader.get("Arguments", reader.get("Parameters"))["ContainerOverrides"]["Environment"]
    assert len({json.dumps(entry.get("Value", entry.get("Value.$"))) for entry in environment}) == 2 * len(ids)


# -- an execution's history -------------------------------------------------------------------------------------------


def maps(counts: list[int], **settings: Any) -> DAG:
    """A DAG of mapped tasks with so many items each: ten events an item, and eight."""
    with DAG("maps", **settings) as dag:
        for number, count in enumerate(counts):
            BatchJobOperator.partial(task_id=f"map_{number}", **WHERE).expand(
                vcpus=[1 + each % 2 for each in range(count)]
            )
    return dag


def modes(dag: DAG, language: QueryLanguage) -> dict[str, str]:
    """The mode of each map of a DAG."""
    return {
        name: state["ItemProcessor"]["ProcessorConfig"]["Mode"]
        for name, state in all_states(export_dag(dag, query_language=language).definition)
        if state["Type"] == "Map"
    }


@BOTH
def test_a_map_stays_inline_as_long_as_its_events_fit(language: QueryLanguage) -> None:
    assert modes(maps([2498]), language) == {"map_0": "INLINE"}
    assert check_dag(maps([2498]), query_language=language) == ()


@BOTH
def test_a_map_that_overflows_the_history_is_distributed_and_said_to_be(language: QueryLanguage) -> None:
    assert modes(maps([2499]), language) == {"map_0": "DISTRIBUTED"}
    (told,) = check_dag(maps([2499]), query_language=language)
    assert (told.code, told.severity, told.location.task) == (Code.HISTORY, Severity.WARNING, "map_0")
    assert "2,499 items" in told.message


@BOTH
def test_only_the_maps_that_cause_it_are_distributed_the_largest_first(language: QueryLanguage) -> None:
    assert modes(maps([900, 1700, 800]), language) == {"map_0": "INLINE", "map_1": "DISTRIBUTED", "map_2": "INLINE"}


@BOTH
def test_plain_tasks_that_overflow_the_history_are_refused(
    language: QueryLanguage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST", 60)
    assert check_dag(of_events(60), query_language=language) == ()
    (told,) = check_dag(of_events(66), query_language=language)
    assert (told.code, told.is_error) == (Code.HISTORY, True)
    assert "about 66 events" in told.message


def test_an_item_that_alone_overflows_the_history_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST", 50)
    with DAG("group") as dag:

        @task_group
        def group(size: str) -> None:
            for number in range(9):
                job(f"job_{number}", environment={"SIZE": size})

        group.expand(size=["s", "m"])
    assert [(item.code, item.is_error) for item in check_dag(dag)] == [(Code.HISTORY, True)]


def test_the_history_s_limit_is_25_000_events() -> None:
    assert history.MOST == 25_000


# -- what becomes of a crossing graph ---------------------------------------------------------------------------------


@BOTH
def test_a_crossing_graph_is_left_to_batch_with_20_dependencies_and_gets_a_barrier_with_21(
    language: QueryLanguage,
) -> None:
    assert check_dag(crossing(20), query_language=language) == ()
    assert [item.code for item in check_dag(crossing(21), query_language=language)] == [Code.BARRIER]
    text = export_dag(crossing(20), query_language=language).to_json(pretty=False)
    assert text.count("JobId") >= 20


def test_forty_levels_are_exported() -> None:
    assert check_dag(nested(40)) == ()
