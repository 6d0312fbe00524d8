"""Random expressions over random params: a machine gives what Airflow renders, in every query language."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.asl_export.comparison import condition_differences, differences, original_differences
from tests.unit.asl_export.evaluation import Case, Original

TYPES = {"i": "integer", "j": "integer", "s": "string", "t": "string", "b": "boolean", "l": "array", "o": "object"}
LETTERS = st.text("ab 1.-'\"\\{}%$`/\n\u00e9\U0001f3ac()[]*", max_size=6)
SMALL = st.integers(-50, 50)
PARAMS = st.fixed_dictionaries(
    {
        "i": SMALL,
        "j": SMALL,
        "s": LETTERS,
        "t": LETTERS,
        "b": st.booleans(),
        "l": st.lists(LETTERS | SMALL | st.booleans() | st.none(), max_size=3),
        "o": st.dictionaries(st.sampled_from(["k", "m", "a b"]), LETTERS | SMALL | st.booleans(), max_size=3),
        "u": LETTERS | SMALL | st.booleans() | st.none() | st.lists(SMALL, max_size=2),
    }
)


def literal(text: str) -> str:
    """The text as Jinja writes it: its escapes are Python's."""
    escaped = text.encode("unicode_escape").decode().replace("'", "\\'")
    return f"'{escaped}'"


def joined(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda texts: template.format(*texts))


def operation(left: st.SearchStrategy[str], operators: list[str], right: Any = None) -> st.SearchStrategy[str]:
    return joined("({} {} {})", left, st.sampled_from(operators), left if right is None else right)


LITERAL_TEXTS = LETTERS.map(literal)
WHOLE: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.sampled_from(["params.i", "params.j", "params.s | length", "params.l | length", "params.s | int"])
        | st.integers(-9, 9).map(lambda number: f"({number})")
        | operation(WHOLE, ["+", "-", "*"])
        | operation(WHOLE, ["//", "%"], st.integers(1, 9).map(str))
        | joined("({} if {} else {})", WHOLE, CONDITION, WHOLE)
        | joined("({} | round(-1) | int)", WHOLE)
    ).map(lambda code: code if code.startswith("(") else f"({code})")
)
TEXT: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.sampled_from(["params.s", "params.t", "params.u | string", "params.o.k | default('d') | string"])
        | LITERAL_TEXTS
        | joined("({} ~ {})", TEXT | WHOLE | CONDITION, TEXT)
        | joined("({} | {})", TEXT, st.sampled_from(["upper", "lower", "trim", "default('x', true)"]))
        | joined("({} | replace({}, {}))", TEXT, LETTERS.filter(bool).map(literal), TEXT)
        | joined("({} if {} else {})", TEXT, CONDITION, TEXT)
        | joined("([{}, {}] | join({}))", TEXT, WHOLE, LITERAL_TEXTS)
    ).map(lambda code: code if code.startswith("(") else f"({code})")
)
CONDITION: st.SearchStrategy[str] = st.deferred(
    lambda: (
        st.sampled_from(
            ["params.b", "params.u is string", "params.u is none", "params.o.k is defined", "params.z is defined"]
        )
        | operation(WHOLE, ["==", "!=", "<", "<=", ">", ">="])
        | operation(TEXT, ["==", "!=", "in", "not in"])
        | joined("({} in [{}, {}])", TEXT, TEXT, TEXT)
        | joined("({} in {})", TEXT, st.sampled_from(["params.l", "params.o"]))
        | joined("(params.u {} {})", st.sampled_from(["==", "!="]), WHOLE | TEXT | CONDITION)
        | joined("(not {})", CONDITION | TEXT | WHOLE)
        | joined("({} {} {})", CONDITION, st.sampled_from(["and", "or"]), CONDITION)
    ).map(lambda code: code if code.startswith("(") else f"({code})")
)
EXPRESSION = TEXT | WHOLE | CONDITION


def case(template: str, params: Any) -> Case:
    return Case(template=template, params=params, types=TYPES)


@settings(max_examples=150, deadline=None)
@given(expression=EXPRESSION, params=PARAMS)
def test_an_expression_gives_what_airflow_renders(expression: str, params: Any, original: Original) -> None:
    given = case("<{{ " + expression + " }}>", params)
    assert [*differences(given), *original_differences(given, original)] == []


@settings(max_examples=100, deadline=None)
@given(condition=CONDITION, params=PARAMS)
def test_a_condition_is_true_when_it_is_in_airflow(condition: str, params: Any) -> None:
    assert list(condition_differences(case("{{ " + condition + " }}", params))) == []
