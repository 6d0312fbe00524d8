"""What a template may not hold, and where the refusal says it is."""

from __future__ import annotations

from typing import Any

import pytest

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.templates import Scope, condition_of, read_template
from asl_export.ir.graph import ParamSpec
from asl_export.ir.job_fields import JOB_KINDS
from asl_export.ir.values import (
    Call,
    Context,
    Function,
    Kind,
    Literal,
    Moment,
    TaskOutput,
    TaskResult,
    Value,
    kind_of,
)

TYPES = {"n": "integer", "s": "string", "b": "boolean", "l": "array", "u": None}
PARAMS = {
    name: ParamSpec(name=name, required=True, default=None, schema={"type": kind} if kind else {})
    for name, kind in TYPES.items()
}
OUTPUTS = {
    "job": TaskResult(kind=Kind.TEXT, keys={"job": Kind.OBJECT}, parts={"job": JOB_KINDS}),
    "document": TaskResult(keys=None),
    "mapped": TaskResult(kind=Kind.TEXT, mapped=True, keys={"job": Kind.OBJECT}, parts={"job": JOB_KINDS}),
    "function": TaskResult(kind=Kind.TEXT, json_text=True),
    "beside": TaskResult(mapped=True, beside=True),
    "later": TaskResult(),
}


def scope(**more: Any) -> Scope:
    upstream = frozenset(OUTPUTS) - {"later"}
    return Scope(dag_id="d", task_id="t", params=PARAMS, outputs=OUTPUTS, upstream=upstream, **more)


def refusal(template: str) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        read_template(template, scope())
    return caught.value


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ("{{ var.value.x }}", "column 4"),
        ("a {{ 1 }} b {{ var.value.x }}", "column 16"),
        ("{{ params.s }} {{ conn.x }} {{ params.s }}", "column 19"),
        ("one\ntwo {{ params.s }}\n  {{ params.s | title }}", "line 3, column 17"),
        ("{{ params.s | title }}\n{{ params.s | title }}", "column 15"),
        ("{{ params.s ~ '\U0001f3ac' ~ params.s | title }}", "column 32"),
        ("a\r\n{{ params.u + 1 }}", "line 2, column 4"),
        ("{{ params.n }}{{ params.n + params.u }}", "column 18"),
        ("{{- 'x' }}   {{- nothing.x }}", "column 18"),
        ("{# var.value.x #}{{ var.value.x }}", "column 21"),
        ("{% raw %}{{ var.value.x }}{% endraw %}{{ var.value.x }}", "column 42"),
        ("text {% for i in [1] %}{{ i }}{% endfor %}", "column 6"),
        ("text {% set x = 1 %}{{ x }}", "column 6"),
        ("{{ [1, params.l[n]] }}", "column 8"),
        ("{{ params.s.title() }}", "column 4"),
        ("{{ 'a' if params.s is sameas('x') else 'b' }}", "column 20"),
        ("{{ params.s ", "column 11"),
        ("a\nb {{ params.s | }}", "line 2, column 17"),
        ("a\n{{ ? }}", "line 2, column 4"),
    ],
)
def test_a_refusal_says_where_in_the_template_it_is(template: str, place: str) -> None:
    assert refusal(template).what.endswith(f"({place} of the template)")


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ params.l }}", "a list as text"),
        ("{{ [params.s] }}", "a list as text"),
        ("{{ params.l ~ 'x' }}", "a list as text"),
        ("{{ params.s[0] }}", "a part of a text"),
        ("{{ params.n.x }}", "a part of an integer"),
        ("{{ params.items }}", "is the method 'items' of a mapping"),
        ("{{ dag_run.conf.keys }}", "is the method 'keys' of a mapping"),
        ("{{ params.l[params.n] }}", "a subscript that is worked out in the run"),
        ("{{ params.s[1:] }}", "a slice"),
        ("{{ params.n ** 2 }}", "a power"),
        ("{{ params.s * 2 }}", "arithmetic '*' on a value that isn't known to be a number"),
        ("{{ params.s < 3 }}", "'<' of a text and an integer"),
        ("{{ params.b < true }}", "'<' of a boolean"),
        ("{{ params.l in params.l }}", "'in' with a list on the left"),
        ("{{ logical_date < '2026' }}", "a date can't be compared"),
        ("{{ logical_date.strftime('%B') }}", "'%B' in the date format"),
        ("{{ logical_date + macros.timedelta(days=1) }}", "the call macros.timedelta()"),
        ("{{ logical_date.add(days=1) }}", "the call .add() of a date"),
        ("{{ params.s | replace(params.s, 'x') }}", "'replace' of a text that isn't constant"),
        ("{{ params.s | replace('', 'x') }}", "'replace' of a text that isn't constant, or of an empty one"),
        ("{{ params.s | replace('a') }}", "'replace' with 1 arguments"),
        ("{{ params.s | int(base=16) }}", "the filter 'int' with base"),
        ("{{ params.s | int('x') }}", "'int' with a default that is a text"),
        ("{{ params.l | join(',', 'name') }}", "the filter 'join' with 2 arguments"),
        ("{{ params.n | round(params.n) }}", "'round' with a precision or method that isn't a constant"),
        ("{{ params.s | default('x', params.b) }}", "a second argument that isn't true or false"),
        ("{{ params.u is integer }}", "the test 'is integer'"),
        ("{{ prev_start_date_success }}", "prev_start_date_success"),
        ("{{ macros.uuid.uuid4() }}", "the call macros.uuid.uuid4()"),
        ("{{ ti.try_number }}", "ti.try_number"),
    ],
)
def test_what_a_machine_has_no_equal_of_is_refused(template: str, what: str) -> None:
    assert what in refusal(template).what


@pytest.mark.parametrize("name", ["logical_date", "data_interval_start", "data_interval_end"])
@pytest.mark.parametrize("holder", ["params", "dag_run.conf"])
@pytest.mark.parametrize(
    "read", ["{holder}.{name}", "{holder}['{name}']", "{holder}.get('{name}')", "'{name}' in {holder}"]
)
def test_what_the_input_has_for_a_date_is_read_as_nothing_else(read: str, holder: str, name: str) -> None:
    refused = refusal(f"{{{{ {read.format(holder=holder, name=name)} }}}}")
    assert f"{name!r} of {holder} isn't known" in refused.what
    assert f"{{{{ {name} }}}}" in refused.fix


def test_the_refusal_of_a_variable_or_connection_says_where_to_put_it() -> None:
    assert "Param" in refusal("{{ var.json.x.y }}").fix
    assert "secrets" in refusal("{{ conn.db.password }}").fix


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("ti.xcom_pull('nobody')", "the result 'return_value' of 'nobody' isn't known"),
        ("ti.xcom_pull('later')", "'t' reads the result 'return_value' of 'later', for which it doesn't wait"),
        ("ti.xcom_pull('job', key='other')", "the result 'other' of 'job' isn't known"),
        ("ti.xcom_pull('job', dag_id='other')", "xcom_pull from another DAG, 'other'"),
        ("ti.xcom_pull('job', map_indexes=0)", "xcom_pull with map_indexes"),
        ("ti.xcom_pull('job', include_prior_dates=True)", "xcom_pull with include_prior_dates"),
        ("ti.xcom_pull('job', run_id='other')", "xcom_pull with run_id"),
        ("ti.xcom_pull('job', default='x')", "xcom_pull with default"),
        ("ti.xcom_pull(params.s)", "xcom_pull with task_ids worked out in the run"),
        ("ti.xcom_pull(key='x')", "xcom_pull without the tasks to pull from"),
        ("ti.xcom_pull('job', key='job')", "the whole of job.output['job'] isn't known"),
        ("ti.xcom_pull('job', key='job').attempts", "job.output['job'].attempts isn't known"),
        ("ti.xcom_pull('job', key='job').status.x", "a part of a text"),
        ("ti.xcom_pull('job').x", "a part of a text"),
        ("ti.xcom_pull('mapped')[0]", "a part of all values of a mapped task"),
        ("ti.xcom_pull('mapped', key='job')", "the result 'job' of all items of 'mapped'"),
        ("ti.xcom_pull(['job', 'document'], key='job')", "the whole of job.output['job'] isn't known"),
        ("ti.xcom_pull('beside')", "xcom_pull from 'beside' of the same mapped group"),
        ("ti.xcom_pull('function')", "the text that 'function' returns"),
    ],
)
def test_a_result_that_the_machine_does_not_keep_is_refused(call: str, what: str) -> None:
    found = refusal("{{ " + call + " }}")
    assert found.code is Code.XCOM or "part of" in found.what or "isn't known" in found.what
    assert what in found.what


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (
            "{{ task_instance.xcom_pull(task_ids='job', dag_id='d', key='return_value') }}",
            TaskOutput(task="job", kind=Kind.TEXT, source="job.output"),
        ),
        (
            "{{ ti.xcom_pull('job', key='job').status }}",
            TaskOutput(task="job", key="job", path=("status",), kind=Kind.TEXT, source="job.output['job'].status"),
        ),
        ("{{ ti.xcom_pull('job', run_id=run_id) }}", TaskOutput(task="job", kind=Kind.TEXT, source="job.output")),
        ("{{ params.s | default('x') }}", read_template("{{ params.s }}", scope())),
        ("{{ 'a' ~ 1 ~ true ~ none ~ 1.0 }}", Literal(value="a1TrueNone1.0")),
        ("{{ [1, 'a'] }}", Literal(value="[1, 'a']")),
        ("{{ ti.map_index }}{{ task.task_id }}{{ dag.dag_id }}", Literal(value="-1td")),
        ("{{ 'b' if 'a' == 'b' }}", Literal(value="")),
    ],
)
def test_a_template_is_read_as_the_simplest_value(template: str, value: Value) -> None:
    assert read_template(template, scope()) == value


def test_the_index_of_an_item_that_only_the_run_knows_is_the_machines() -> None:
    found = condition_of("{{ ti.map_index > 3 }}", scope(in_dynamic_map=True))
    index = Context(moment=Moment.MAP_INDEX)
    assert found == Call(function=Function.GREATER, arguments=(index, Literal(value=3)), kind=Kind.BOOLEAN)


@pytest.mark.parametrize("text", ["{{ params.n > 1 }}", " {{ params.b }}\n", "{{ not params.s }}", "{{ true }}"])
def test_a_condition_is_one_expression_that_is_true_or_false(text: str) -> None:
    assert kind_of(condition_of(text, scope())) is Kind.BOOLEAN


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("yes", "isn't one expression"),
        ("", "isn't one expression"),
        ("{{ params.b }} {{ params.b }}", "isn't one expression"),
        ("a {{ params.b }}", "isn't one expression"),
        ("{% if params.b %}x{% endif %}", "isn't one expression"),
        ("{{ params.s }}", "is a text, not true or false (column 4 of the template)"),
        ("{{ params.u }}", "isn't known to be true or false"),
        ("{{ params.s and params.n }}", "isn't known to be true or false"),
        ("{{ params.n + }}", "can't be parsed"),
    ],
)
def test_a_condition_of_anything_else_is_refused(text: str, what: str) -> None:
    with pytest.raises(RefusalError) as caught:
        condition_of(text, scope())
    assert what in caught.value.what
