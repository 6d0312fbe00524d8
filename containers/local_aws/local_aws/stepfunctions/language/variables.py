"""Which variables a machine assigns where, and what is wrong with that before anything runs.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.stepfunctions.errors import Problem
from local_aws.stepfunctions.machine import Kind, Machine, State

LONGEST_NAME = 80
Fault = tuple[str, str]

_LITERAL = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|/\*.*?\*/", re.DOTALL)
_RESERVED = re.compile(r"\$states\s*\.\s*`?(?P<name>result|errorOutput)\b")
_WITH_RESULT = (Kind.TASK, Kind.PARALLEL, Kind.MAP)


def scope_problems(machine: Machine, where: str = "", outer: frozenset[str] = frozenset()) -> list[Problem]:
    """Every variable that a branch or an ItemProcessor assigns although a scope around it assigns one of that name."""
    assigned = {
        name: f"{where}/States/{state.name}{at}"
        for state in machine.states.values()
        for at, rule in _assignments(state)
        for name in rule
    }
    problems = [
        Problem(
            code="SCHEMA_VALIDATION_FAILED",
            message=f"Variable '{name}' is assigned in an outer scope too",
            location=f"{at}/Assign",
        )
        for name, at in assigned.items()
        if name in outer
    ]
    inside = outer | assigned.keys()
    for state in machine.states.values():
        at = f"{where}/States/{state.name}"
        for index, branch in enumerate(state.branches):
            problems += scope_problems(branch, f"{at}/Branches[{index}]", inside)
        if state.processor is not None:
            problems += scope_problems(state.processor, f"{at}/ItemProcessor", inside)
    return problems


def _assignments(state: State) -> Iterator[tuple[str, list[str]]]:
    """Where a state assigns (`/Catch[0]`), and the names of the variables."""
    yield "", _names(state.fields)
    for field in ("Choices", "Catch"):
        rules = state.fields.get(field)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield f"/{field}[{index}]", _names(rule)


def _names(rule: Mapping[str, Any]) -> list[str]:
    given = rule.get("Assign")
    return [name.removesuffix(".$") for name in given] if isinstance(given, dict) else []


def name_faults(state: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """What a state assigns that can't be a variable: its name is a Unicode identifier of 80 characters at most."""
    rules = [(where, state)]
    for field in ("Choices", "Catch"):
        given = state.get(field)
        rules += [
            (f"{where}/{field}[{index}]", rule) for index, rule in enumerate(given if isinstance(given, list) else ())
        ]
    for at, rule in rules:
        for name in _names(rule) if isinstance(rule, dict) else ():
            # str.isidentifier takes a leading underscore, which isn't of Unicode's ID_Start.
            if name == "states" or not name.isidentifier() or name[0] == "_" or len(name) > LONGEST_NAME:
                yield f"Invalid variable name: {name}", f"{at}/Assign/{name}"


def reserved_faults(state: Mapping[str, Any], where: str) -> Iterator[Fault]:
    """`$states.result` and `$states.errorOutput` where there is none: AWS finds them when the machine is created."""
    for field, value in state.items():
        if field == "Catch" and isinstance(value, list):
            for index, rule in enumerate(value):
                yield from _reserved(rule, f"{where}/Catch[{index}]", allowed="errorOutput")
        elif field in ("Output", "Assign") and state.get("Type") in _WITH_RESULT:
            yield from _reserved(value, f"{where}/{field}", allowed="result")
        else:
            yield from _reserved(value, f"{where}/{field}", allowed=None)


def _reserved(value: Any, where: str, *, allowed: str | None) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _reserved(inner, f"{where}/{name}", allowed=allowed)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _reserved(inner, f"{where}[{index}]", allowed=allowed)
    elif isinstance(value, str) and value.startswith("{%"):
        found = {match["name"] for match in _RESERVED.finditer(_LITERAL.sub("''", value))}
        for name in sorted(found - {allowed}):
            yield f"'$states.{name}' can't be read here", where
