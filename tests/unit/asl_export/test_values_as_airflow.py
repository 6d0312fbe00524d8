"""What a template gives in a machine is what Airflow renders, or the state fails and says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from asl_export.ir.values import Kind, TaskResult
from tests.unit.asl_export.comparison import cases, condition_differences, differences, original_differences
from tests.unit.asl_export.evaluation import Case, Original
from tests.unit.asl_export.template_cases import CONDITIONS, TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_machine_gives_what_airflow_renders_for_every_value(template: str) -> None:
    assert [found for case in cases(template) for found in differences(case)] == []


@pytest.mark.parametrize("template", CONDITIONS)
def test_a_choice_goes_where_airflow_would(template: str) -> None:
    assert [found for case in cases(template) for found in condition_differences(case)] == []


@pytest.mark.parametrize("template", [*TEMPLATES, *CONDITIONS])
def test_the_original_jsonata_gives_it_too(template: str, original: Original) -> None:
    # JavaScript has no 2**53 + 1 to begin with.
    given = [case for case in cases(template) if case.params["x"] != 2**53 + 1]
    assert [found for case in given for found in original_differences(case, original)] == []


def test_the_comparison_is_of_thousands_of_cases() -> None:
    assert sum(1 for template in [*TEMPLATES, *CONDITIONS] for _ in cases(template)) > 8000


DOCUMENTS: list[Mapping[str, Any]] = [
    {"a": {"k": "v", "n": 2}, "b": [1, 2], "c": "x"},
    {"a": {"k": [1]}, "b": [[1]], "c": ""},
    {"a": {"k": None, "n": 0.5}, "b": [], "c": "it's {% %} $"},
    {"a": {"k": {"d": [{"e": 1}]}}, "b": None, "c": 7},
    {"a": [], "b": True, "c": [None]},
]
RESULTS = [
    "{{ ti.xcom_pull('c') }}",
    "{{ ti.xcom_pull(task_ids='c', key='return_value') }}",
    "{{ task_instance.xcom_pull(task_ids='c', dag_id='d', key='return_value') }}",
    "{{ ti.xcom_pull('a')['k'] }}",
    "{{ ti.xcom_pull('a').k }}",
    "{{ ti.xcom_pull('a').k.d[0]['e'] }}",
    "{{ ti.xcom_pull('a', key='k') }}",
    "{{ ti.xcom_pull('a').get('n', 9) }}",
    "{{ ti.xcom_pull('a').n | default(3) }}",
    "{{ ti.xcom_pull('a').n is defined }}",
    "{{ 'n' in ti.xcom_pull('a') }}",
    "{{ ti.xcom_pull('b') | tojson }}",
    "{{ ti.xcom_pull('b') | length }}",
    "{{ ti.xcom_pull('b')[0] | tojson }}",
    "{{ ti.xcom_pull(['a', 'b', 'c']) | tojson }}",
    "{{ ti.xcom_pull(task_ids=['b']) | tojson }}",
    "{{ ti.xcom_pull(['b', 'c'])[0] | tojson }}",
    "{{ [ti.xcom_pull('b'), [ti.xcom_pull('b')], 1] | tojson }}",
    "{{ {'x': ti.xcom_pull('b')} | tojson }}",
    "{{ 'yes' if ti.xcom_pull('b') else 'no' }}",
    "{{ ti.xcom_pull('c') == 'x' }}",
]


@pytest.mark.parametrize("template", RESULTS)
@pytest.mark.parametrize("document", range(len(DOCUMENTS)))
def test_a_result_is_read_as_in_airflow(template: str, document: int) -> None:
    known = TaskResult(kind=Kind.ANY, keys=None)
    case = Case(template=template, results=DOCUMENTS[document], outputs=dict.fromkeys("abc", known))
    assert list(differences(case)) == []


@pytest.mark.parametrize("values", [[], [1], [[1]], [1, "a"], [[1], [2, 3]], [[]]])
@pytest.mark.parametrize(
    "template",
    [
        "{{ ti.xcom_pull('m') | tojson }}",
        "{{ ti.xcom_pull(['m']) | tojson }}",
        "{{ ti.xcom_pull(['m', 'a']) | tojson }}",
        "{{ ti.xcom_pull(['a', 'm', 'a']) | tojson }}",
        "{{ ti.xcom_pull(['m', 'm']) | length }}",
    ],
)
def test_the_results_of_a_mapped_task_are_a_list_and_of_one_item_the_value(template: str, values: list[Any]) -> None:
    outputs = {"m": TaskResult(mapped=True), "a": TaskResult()}
    case = Case(template=template, results={"m": values, "a": [7]}, outputs=outputs)
    assert list(differences(case)) == []


@pytest.mark.parametrize("payload", [{"n": 1}, [1, [2]], "text", 7, None, []])
@pytest.mark.parametrize(
    "template",
    ["{{ macros.json.loads(ti.xcom_pull('f')) | tojson }}", "{{ macros.json.loads(ti.xcom_pull('f'))['n'] }}"],
)
def test_the_payload_that_a_function_returned_as_json_text_is_read(template: str, payload: Any) -> None:
    case = Case(template=template, results={"f": payload}, outputs={"f": TaskResult(json_text=True)})
    assert list(differences(case)) == []
