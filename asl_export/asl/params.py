"""The states at the start that give params their defaults and check what was given, as Airflow does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.names import Names
from asl_export.asl.places import EXECUTION_INPUT, LOGICAL_DATE, PARAMS, Places
from asl_export.asl.states import OF_SCHEMAS, ParamRule, Rule
from asl_export.ir.graph import FlowGraph, ParamSpec, documents_of, nodes_of
from asl_export.ir.values import (
    Call,
    Context,
    Document,
    Function,
    Input,
    Kind,
    Literal,
    Moment,
    Origin,
    Reference,
    Root,
    walk,
)

# Keywords of JSON Schema that say nothing about which values are right.
_NOTES = frozenset({"title", "description", "description_md", "examples", "values_display", "section", "format_hint"})

# JSONata turns a number into text with 15 digits: https://docs.jsonata.org/string-functions#string
_EXACT = 10**15


def start_states(graph: FlowGraph, places: Places, names: Names, rules: Sequence[ParamRule]) -> list[list[asl.State]]:
    """The pieces before the first task; none when the tasks can read the execution's input as it is.

    :param rules: those that the dialect can check.
    """
    if not places.merged:
        return []
    start_time = Reference(root=Root.CONTEXT, path=("Execution", "StartTime"), kind=Kind.TEXT)
    defaults: dict[str, Document] = {LOGICAL_DATE: start_time} if places.dated else {}
    defaults |= {param.name: Literal(value=param.default) for param in graph.params if not param.required}
    merge = asl.MergeInput(name=names.claim("Params"), defaults=defaults)
    if not rules:
        return [[merge]]
    check, failed = names.claim("Check params"), names.claim("Params refused")
    return [[merge], [asl.CheckParams(name=check, rules=tuple(rules), failed=failed), asl.ParamsFailed(name=failed)]]


def param_rules(graph: FlowGraph) -> list[ParamRule]:
    """What the params' schemas ask for, in the order in which to check it: a type before what depends on it."""
    return [rule for param in graph.params for rule in _rules(param)]


def input_rules(graph: FlowGraph) -> list[ParamRule]:
    """What the tasks' expressions ask of the input, where a language can neither do without it nor fail alone.

    A place that a condition asks for may be missing: who asks doesn't go on to read it.
    """
    values = [value for node in nodes_of(graph.region) for given in documents_of(node) for value in walk(given)]
    declared = {(param.name,) for param in graph.params}
    asked = [value.arguments[0] for value in values if isinstance(value, Call) and value.function in _ASKING]
    may_miss = {(value.origin, value.path) for value in asked if isinstance(value, Input)}
    read = dict.fromkeys(value for value in values if isinstance(value, Input) and value.path)
    rules = [
        _part(value)
        for value in read
        if not (value.origin is Origin.PARAMS and value.path in declared)
        and not any((value.origin, value.path[:length]) in may_miss for length in range(1, len(value.path) + 1))
    ]
    if any(isinstance(value, Call) and value.function in _CUTTING and _LOGICAL in value.arguments for value in values):
        problem = "logical_date must be a date and time in UTC, such as 2026-03-09T00:30:00Z"
        rules.append(ParamRule(param=LOGICAL_DATE, rule=Rule.UTC, operand=True, problem=problem))
    return list({rule.problem: rule for rule in rules}.values())


_ASKING = (
    Function.IS_DEFINED,
    Function.DEFAULT,
    Function.IS_NONE,
    Function.IS_TEXT,
    Function.IS_NUMBER,
    Function.IS_BOOLEAN,
)
_CUTTING = (Function.DATE, Function.DATE_NODASH, Function.FORMAT_DATE)
_LOGICAL = Context(moment=Moment.LOGICAL_DATE)


def _part(value: Input) -> ParamRule:
    in_params = value.origin is Origin.PARAMS
    place = Reference(
        root=Root.VARIABLE if in_params else Root.CONTEXT,
        path=((PARAMS,) if in_params else EXECUTION_INPUT) + value.path,
        kind=Kind.ANY,
    )
    source = value.source or ".".join(map(str, value.path))
    problem = f"{source} isn't given, and a task reads it"
    return ParamRule(param=str(value.path[0]), rule=Rule.PART, operand=place, problem=problem)


def unknown_keywords(param: ParamSpec) -> list[str]:
    """Keywords of a param's schema that no rule checks."""
    known = {rule.value for rule in OF_SCHEMAS} | _NOTES
    return [keyword for keyword in param.schema if keyword not in known]


def _rules(param: ParamSpec) -> Iterator[ParamRule]:
    if param.required:
        yield _rule(param, Rule.PRESENT, True, "must be given")
    schema = param.schema
    for rule in Rule:
        if rule.value not in schema or rule not in OF_SCHEMAS - {Rule.PRESENT}:
            continue
        operand = schema[rule.value]
        if rule is Rule.TYPE:
            operand = [operand] if isinstance(operand, str) else list(operand)
            yield _rule(param, rule, operand, f"must be of type {' or '.join(operand)}")
        else:
            yield _rule(param, rule, operand, f"breaks its rule {rule.value} {operand!r}")
    bounded = schema.get("minimum", -_EXACT) > -_EXACT and schema.get("maximum", _EXACT) < _EXACT
    if "integer" in str(schema.get("type")) and not bounded:
        yield _rule(param, Rule.EXACT, _EXACT, "has more than 15 digits: declare and give it as a string")


def _rule(param: ParamSpec, rule: Rule, operand: Any, problem: str) -> ParamRule:
    return ParamRule(param=param.name, rule=rule, operand=operand, problem=f"param {param.name!r} {problem}")
