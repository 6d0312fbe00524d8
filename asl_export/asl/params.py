"""The states at the start that give params their defaults and check what was given, as Airflow does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.names import Names
from asl_export.asl.places import LOGICAL_DATE, Places
from asl_export.asl.states import ParamRule, Rule
from asl_export.ir.graph import FlowGraph, ParamSpec
from asl_export.ir.values import Document, Kind, Literal, Reference, Root

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


def unknown_keywords(param: ParamSpec) -> list[str]:
    """Keywords of a param's schema that no rule checks."""
    known = {rule.value for rule in Rule} | _NOTES
    return [keyword for keyword in param.schema if keyword not in known]


def _rules(param: ParamSpec) -> Iterator[ParamRule]:
    if param.required:
        yield _rule(param, Rule.PRESENT, True, "must be given")
    schema = param.schema
    for rule in Rule:
        if rule.value not in schema or rule in (Rule.PRESENT, Rule.EXACT):
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
