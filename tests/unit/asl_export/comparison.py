"""Where a machine gives something else than Airflow, or fails for a reason that isn't written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from asl_export.asl.dialects import CannotSayError
from asl_export.frontend.refusal import RefusalError
from tests.unit.asl_export.evaluation import Case, Failed, Original
from tests.unit.asl_export.template_cases import VALUES

# Why a state may fail where Airflow goes on: docs/coverage.md has them all.
REASONS = re.compile(
    "more than 15 digits|missing or has no text|has no text|only Python reads|no finite number|is no number|is no list"
    "|a position in a text|there is no|two roundings|must evaluate to numeric or string values|is no day"
    "|the argument must be an? "
)


def cases(template: str) -> Iterator[Case]:
    """The template with each type that its param may have, and each value of it, but for types that are refused."""
    for kind, values in VALUES.items():
        types = {"x": kind} if kind else {}
        if readable(Case(template=template, params={"x": values[0]}, types=types)):
            yield from (Case(template=template, params={"x": value}, types=types) for value in values)


def readable(case: Case) -> bool:
    """Whether the template isn't refused."""
    try:
        case.jsonata_field()
    except RefusalError:
        return False
    return True


def differences(case: Case) -> Iterator[str]:
    """What each query language makes of a template, where it isn't what Airflow does."""
    expected = case.jinja()
    yield from _difference(case, "JSONata", expected, case.jsonata())
    try:
        found = case.jsonpath()
    except CannotSayError:
        return
    if not (case.has_untyped_text and _both_give(expected, found)):
        yield from _difference(case, "JSONPath", expected, found)


def original_differences(case: Case, original: Original) -> Iterator[str]:
    """What the original JSONata makes of a template, where it isn't what Airflow does."""
    code = case.jsonata_field()
    if isinstance(code, str) and code.startswith("{%"):
        found = original.value(code[2:-2], case.variables)
        yield from _difference(case, "the original JSONata", case.jinja(), found)


def condition_differences(case: Case) -> Iterator[str]:
    """What a Choice of each query language makes of a condition, where it isn't what Airflow does."""
    try:
        found = case.condition()
    except RefusalError:
        return
    expected = found.pop("jinja")
    for language, value in found.items():
        if value not in (True, False) and not isinstance(value, Failed):
            yield f"{case.template} of {case.params}: {value!r} in {language}"
        yield from _difference(case, language, expected, str(value) if isinstance(value, bool) else value)


def same_json(one: Any, other: Any) -> bool:
    """Whether two values, or the JSON texts that they are, mean the same; JSONata writes 15 digits of a number."""
    if one == other:
        return True
    try:
        return bool(_parsed(one) == _parsed(other))
    except (TypeError, ValueError):
        return False


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=lambda number: float(f"{float(number):.15g}"))


def _difference(case: Case, language: str, expected: Any, found: Any) -> Iterator[str]:
    if isinstance(found, Failed):
        if not isinstance(expected, Failed) and not REASONS.search(found.why):
            yield f"{case.template} of {case.params}: {expected!r} in Airflow, in {language} {found.why}"
    elif not (_is_same_number(case, expected, found) or ("tojson" in case.template and same_json(expected, found))):
        # A condition in a text is written as a boolean where the whole text is one.
        found = str(found) if isinstance(found, bool) else found
        if found != expected:
            yield f"{case.template} of {case.params} ({case.types}): {expected!r} in Airflow, {found!r} in {language}"


def _is_same_number(case: Case, expected: Any, found: Any) -> bool:
    """JSON doesn't tell 3.0 from 3, nor -0.0 from 0: where a type doesn't either, the text may lack the fraction."""
    if case.types.get("x") not in (None, "number", "string") or not isinstance(expected, str):
        return False
    return isinstance(found, str) and _plain(expected) == _plain(found) and _is_whole(case.params.get("x"), expected)


def _is_whole(value: Any, text: str) -> bool:
    return isinstance(value, float) or "-0.0" in text


def _plain(text: str) -> str:
    return re.sub(r"(\d)\.0(?!\d)", r"\1", text.replace("-0.0", "0.0"))


def _both_give(expected: Any, found: Any) -> bool:
    """Of a value of unknown type as text in JSONPath the export warns."""
    return not isinstance(expected, Failed) and not isinstance(found, Failed)
