"""Whatever text a DAG holds, the JSONata that is written for it evaluates to that text."""

import json
import re
from typing import Any

import jsonata
import pytest
from airflow.sdk.definitions._internal.templater import create_template_env
from hypothesis import given
from hypothesis import strategies as st

from asl_export.asl.dialects.jsonata import Jsonata
from asl_export.asl.places import Places
from asl_export.frontend.templates import Scope, read_template
from asl_export.ir.graph import ParamSpec
from asl_export.ir.values import Literal, replace_values

PLACES = Places(merged=True, dated=False, declared=frozenset({"x"}))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NASTY = st.text("'\"\\{}%$`/\n\t .é🎬\u2028[]()?@&~", max_size=20)
# JSONata's $string keeps 15 digits of a number.
WHOLE = st.integers(-(10**14), 10**14)
SCHEMAS = {"string": TEXT | NASTY, "integer": WHOLE, "boolean": st.booleans()}


def evaluated(field: Any, **variables: Any) -> Any:
    """What Step Functions makes of a field: an expression in its marks is evaluated, all else stays."""
    if not (isinstance(field, str) and field.startswith("{%") and field.endswith("%}")):
        return field
    code = field[2:-2]
    assert "%}" not in code
    expression = jsonata.Jsonata(code)
    frame = expression.create_frame()
    for name, value in variables.items():
        frame.bind(name, value)
    return expression.evaluate(None, frame)


def written(template: str, kind: str | None = None) -> Any:
    """The field for a template whose param `x` has a type."""
    schema = {"type": kind} if kind else {}
    scope = Scope(
        dag_id="d", task_id="t", params={"x": ParamSpec(name="x", required=False, default=None, schema=schema)}
    )
    return Jsonata().document(replace_values(read_template(template, scope), PLACES.reference))


@given(TEXT | NASTY)
def test_a_literal_text_stays_itself(text: str) -> None:
    assert evaluated(Jsonata().document(Literal(value=text))) == text


@given(before=TEXT | NASTY, after=TEXT | NASTY, value=TEXT | NASTY)
def test_a_text_around_a_param_stays_itself(before: str, after: str, value: str) -> None:
    quoted = [part.replace("{", "").replace("#", "") for part in (before, after)]
    template = f"{quoted[0]}{{{{ params.x }}}}{quoted[1]}"
    expected = create_template_env().from_string(template).render(params={"x": value})
    assert evaluated(written(template, "string"), params={"x": value}) == expected


@pytest.mark.parametrize("kind", ["string", "integer", "boolean", None])
@given(data=st.data())
def test_a_param_as_text_is_what_jinja_makes_of_it(kind: str | None, data: st.DataObject) -> None:
    value = data.draw(SCHEMAS[kind] if kind else st.one_of(*SCHEMAS.values()))
    template = "a {{ params.x }} z"
    expected = create_template_env().from_string(template).render(params={"x": value})
    assert evaluated(written(template, kind), params={"x": value}) == expected


EXPRESSIONS = [
    ("{{ params.x | upper }}", "string", "aBc"),
    ("{{ params.x | lower }}", "string", "aBc"),
    ("{{ params.x | trim }}", "string", "  a b \n"),
    ("{{ params.x | replace('a', 'b') }}", "string", "banana"),
    ("{{ params.x | replace('.', '') }}", "string", "1.2.3"),
    ("{{ params.x | length }}", "string", "four"),
    ("{{ params.x | default('none') }}", "string", "given"),
    ("{{ params.x | int + 1 }}", "string", "41"),
    ("{{ params.x | int }}", "string", " +12 "),
    ("{{ params.x | int }}", "string", "-1.9"),
    ("{{ params.x | int }}", "string", "1e3"),
    ("{{ params.x | int }}", "string", "0x10"),
    ("{{ params.x | int }}", "string", "no number"),
    ("{{ params.x | int }}", "string", ""),
    ("{{ params.x | tojson }}", "string", 'a "text" \\'),
    ("{{ params.x | tojson }}", None, "text"),
    ("{{ params.x | length }}", None, "four"),
    ("{{ params.x | length }}", None, {"a": 1, "b": 2}),
    ("{{ params.x | length }}", None, []),
    ("{{ params.x | join(', ') }}", None, [1, True, "a"]),
    ("<{{ params.x | join(',') }}>", None, []),
    ("{{ params.x | join('-') }}", None, ["only"]),
    ("{{ 'yes' if params.x else 'no' }}", None, [0]),
    ("{{ 'yes' if params.x else 'no' }}", None, []),
    ("{{ 'yes' if not params.x else 'no' }}", None, [""]),
    ("{{ 'yes' if params.x else 'no' }}", None, {}),
    ("one line\n", None, "x"),
    ("two\r\nlines {{ params.x }}\n\n", None, "x"),
    ("{{ params.x + 2 }}", "integer", 40),
    ("{{ params.x - 2 }}", "integer", 40),
    ("{{ params.x * 3 }}", "integer", -7),
    ("{{ params.x // 2 }}", "integer", -7),
    ("{{ params.x % 3 }}", "integer", -7),
    ("{{ -params.x }}", "integer", 5),
    ("{{ (params.x + 1) * 2 }}", "integer", 5),
    ("{{ 'big' if params.x > 10 else 'small' }}", "integer", 11),
    ("{{ 'yes' if params.x else 'no' }}", "boolean", False),
    ("{{ params.x == 'a' and params.x != 'b' }}", "string", "a"),
    ("{{ not (params.x == 'a') }}", "string", "a"),
    ("{% if params.x < 3 %}low{% elif params.x < 6 %}middle{% else %}high{% endif %}!", "integer", 5),
    ("{{ params.x ~ '-' ~ params.x }}", "integer", 5),
    ("{{ params.x | tojson }}", "integer", 5),
    ("{{ params.x[0] }} {{ params.x[1].k }}", None, ["a", {"k": "v"}]),
    ("{{ params.x['a b'] }}", None, {"a b": "v"}),
    ("{{ params.x | join(',') }}", None, ["a", "b"]),
    ("{{ params.x | length }}", None, ["a", "b", "c"]),
]


@pytest.mark.parametrize(("template", "kind", "value"), EXPRESSIONS)
def test_an_expression_gives_what_jinja_gives(template: str, kind: str | None, value: Any) -> None:
    expected = create_template_env().from_string(template).render(params={"x": value})
    assert evaluated(written(template, kind), params={"x": value}) == expected


@pytest.mark.parametrize(
    "template", ["a {{ params.y }}", "{{ 'b' if params.y == 'a' else 'c' }}", "{% if params.y %}b{% endif %}"]
)
def test_a_missing_value_fails_and_does_not_become_an_empty_text(template: str) -> None:
    with pytest.raises(jsonata.JException, match=re.escape("params.y is missing")):
        evaluated(written(template), params=json.loads("{}"))


DATES = [
    ("{{ ds }}", "2026-03-09"),
    ("{{ ds_nodash }}", "20260309"),
    ("{{ ts }}", "2026-03-09T23:14:13.192000+00:00"),
    ("{{ ts_nodash }}", "20260309T231413"),
    ("{{ ts_nodash_with_tz }}", "20260309T231413.192000+0000"),
    ("{{ logical_date }}", "2026-03-09 23:14:13.192000+00:00"),
]


@pytest.mark.parametrize(("template", "expected"), DATES)
def test_a_date_looks_as_in_airflow_whatever_its_time_zone(template: str, expected: str) -> None:
    given = {"logical_date": "2026-03-10T01:14:13.192+02:00"}
    assert evaluated(written(template), params=given) == expected


@pytest.mark.parametrize(
    ("template", "end"), [("{{ ts }}", "T23:14:13+00:00"), ("{{ logical_date }}", " 23:14:13+00:00")]
)
def test_a_date_without_a_fraction_has_none(template: str, end: str) -> None:
    assert evaluated(written(template), params={"logical_date": "2026-03-09T23:14:13Z"}) == f"2026-03-09{end}"
