"""What can be seen wrong in a state's expressions before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.stepfunctions.errors import Problem, StatesError
from local_aws.stepfunctions.fields import is_expression
from local_aws.stepfunctions.language.choice import OPERATORS, timestamp
from local_aws.stepfunctions.language.intrinsics import is_intrinsic, parse_intrinsic
from local_aws.stepfunctions.language.jsonata import compiled
from local_aws.stepfunctions.language.paths import is_reference, path_fault
from local_aws.stepfunctions.language.variables import name_faults, reserved_faults
from local_aws.stepfunctions.machine import Kind, QueryLanguage

_NESTED = ("Branches", "ItemProcessor", "Iterator")
_JSONATA_RULE = ("Condition", "Next", "Assign", "Output", "Comment")
_JOINED = ("Variable", "And", "Or", "Not", "Comment")
_JSONPATH_RULE = {True: (*_JOINED, "Next", "Assign"), False: _JOINED}
_SCHEMA = "SCHEMA_VALIDATION_FAILED"


def expression_problems(state: Mapping[str, Any], language: QueryLanguage, where: str) -> list[Problem]:
    """Every expression, path, intrinsic function, variable name and Choice rule of a state that can't be right.

    States inside it (branches, an ItemProcessor) aren't looked at.
    """
    own = {name: value for name, value in state.items() if name not in _NESTED}
    walk = _jsonata_faults if language is QueryLanguage.JSONATA else _jsonpath_faults
    faults = [*walk(own, where), *name_faults(own, where)]
    if language is QueryLanguage.JSONATA:
        faults += reserved_faults(own, where)
    if state.get("Type") == Kind.CHOICE and isinstance(state.get("Choices"), list):
        if not state["Choices"]:
            faults.append(("A Choice state needs at least one rule", f"{where}/Choices"))
        for index, rule in enumerate(state["Choices"]):
            faults += _rule_faults(rule, language, f"{where}/Choices[{index}]", outermost=True)
    if state.get("Type") == Kind.WAIT:
        faults += _wait_faults(state, language, where)
    return [Problem(code=_SCHEMA, message=message, location=place) for message, place in faults]


Fault = tuple[str, str]


def _jsonata_faults(value: Any, where: str) -> Iterator[Fault]:
    for name, inner in _inside(value):
        yield from _jsonata_faults(inner, where + name)
    if not is_expression(value):
        if isinstance(value, str) and (value.startswith("{%") or value.endswith("%}")):
            yield "A JSONata expression starts with '{%' and ends with '%}'", where
        return
    try:
        compiled(value[2:-2].strip())
    except Exception as error:
        yield f"Invalid JSONata expression '{value}': {error}", where


def _jsonpath_faults(value: Any, where: str) -> Iterator[Fault]:
    for name, inner in _inside(value):
        yield from _jsonpath_faults(inner, where + name)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name.endswith(".$"):
            yield from _selector_faults(inner, f"{where}/{name}")
        elif name in ("InputPath", "OutputPath", "ItemsPath", "Variable") and isinstance(inner, str):
            if fault := path_fault(inner):
                yield fault, f"{where}/{name}"
        elif name == "ResultPath" and isinstance(inner, str) and not is_reference(inner):
            yield f"Value is not a Reference Path: {inner}", f"{where}/{name}"


def _selector_faults(text: Any, where: str) -> Iterator[Fault]:
    if not isinstance(text, str):
        yield "The value of a field whose name ends with '.$' must be a JSONPath or an intrinsic function", where
    elif not is_intrinsic(text):
        if fault := path_fault(text):
            yield fault, where
    else:
        try:
            parse_intrinsic(text)
        except StatesError as error:
            yield error.cause, where


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"/{name}", inner) for name, inner in value.items())
    elif isinstance(value, list):
        yield from ((f"[{index}]", inner) for index, inner in enumerate(value))


def _rule_faults(rule: Any, language: QueryLanguage, where: str, *, outermost: bool) -> Iterator[Fault]:
    if not isinstance(rule, dict):
        yield "A Choice rule must be an object", where
        return
    if outermost and not isinstance(rule.get("Next"), str):
        yield "These fields are required: [Next]", where
    if language is QueryLanguage.JSONATA:
        if not (is_expression(rule.get("Condition")) or isinstance(rule.get("Condition"), bool)):
            yield "A Choice rule needs a Condition: a JSONata expression", where
        for name in rule:
            if name not in _JSONATA_RULE:
                yield f"Field '{name}' is not supported in a Choice rule in JSONata", f"{where}/{name}"
        return
    for name in rule:
        if name not in OPERATORS and name not in _JSONPATH_RULE[outermost]:
            yield f"Field '{name}' is not supported in this Choice rule in JSONPath", f"{where}/{name}"
    for name in ("And", "Or"):
        for index, inner in enumerate(rule.get(name, ())):
            yield from _rule_faults(inner, language, f"{where}/{name}[{index}]", outermost=False)
    if "Not" in rule:
        yield from _rule_faults(rule["Not"], language, f"{where}/Not", outermost=False)
    joined = [name for name in rule if name in ("And", "Or", "Not")]
    compared = [name for name in rule if name in OPERATORS]
    if len(joined) + len(compared) != 1 or (compared and "Variable" not in rule):
        yield "A Choice rule needs a Variable with one comparison, or one of And, Or, Not", where


def _wait_faults(state: Mapping[str, Any], language: QueryLanguage, where: str) -> Iterator[Fault]:
    given = [name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state]
    if len(given) != 1:
        yield "A Wait state needs exactly one of Seconds, Timestamp (or their Path forms)", where
    moment = state.get("Timestamp")
    is_computed = language is QueryLanguage.JSONATA and is_expression(moment)
    if isinstance(moment, str) and not is_computed and timestamp(moment) is None:
        yield "String does not match RFC3339 timestamp", f"{where}/Timestamp"
