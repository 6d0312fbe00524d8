"""A definition's text becomes a `Machine`, or an InvalidDefinitionError that lists every problem."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from local_aws.stepfunctions.errors import InvalidDefinitionError, Problem
from local_aws.stepfunctions.fields import MACHINE_FIELDS, STATE_FIELDS, Field
from local_aws.stepfunctions.items.check import map_problems
from local_aws.stepfunctions.language.check import expression_problems
from local_aws.stepfunctions.language.variables import scope_problems
from local_aws.stepfunctions.machine import Catcher, Kind, Machine, QueryLanguage, Retrier, State
from local_aws.stepfunctions.resources import resource_problem

SIZE_LIMIT = 1024 * 1024
"""Bytes of a definition. Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_TERMINAL = (Kind.SUCCEED, Kind.FAIL)


def parse_definition(text: str) -> Machine:
    """The state machine of a definition.

    :raises InvalidDefinitionError: with all problems, in the order of the text.
    """
    if len(text.encode()) > SIZE_LIMIT:
        problem = Problem(
            code="SCHEMA_VALIDATION_FAILED", message=f"Definition exceeds {SIZE_LIMIT} bytes", location="/"
        )
        raise InvalidDefinitionError([problem])
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except ValueError as error:
        raise InvalidDefinitionError(
            [Problem(code="INVALID_JSON_DESCRIPTION", message=str(error), location="/")]
        ) from error
    parser = _Parser()
    machine = parser.machine(document, "", QueryLanguage.JSONPATH, fields=MACHINE_FIELDS)
    problems = [*parser.problems, *scope_problems(machine)]
    if problems:
        raise InvalidDefinitionError(problems)
    return machine


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} appears twice in one object")
    return document


class _Parser:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._names: set[str] = set()

    def machine(self, document: Any, where: str, language: QueryLanguage, *, fields: Mapping[str, Field]) -> Machine:
        nothing = Machine(start_at="", states={})
        if not isinstance(document, dict):
            self._schema("The value must be an object", where)
            return nothing
        self._check_fields(document, where, fields, "a state machine")
        language = self._language(document, where, language)
        states = document.get("States")
        if not isinstance(states, dict) or not states:
            self._schema("The field 'States' must be an object with at least one state", where)
            return nothing
        parsed = {name: self._state(name, body, f"{where}/States/{name}", language) for name, body in states.items()}
        found = {name: state for name, state in parsed.items() if state is not None}
        if document.get("StartAt") not in states:
            self._target(document.get("StartAt"), f"{where}/StartAt", "StartAt")
        elif len(found) == len(states):
            self._check_flow(found, document["StartAt"], where)
        return Machine(start_at=str(document.get("StartAt")), states=found, timeout=document.get("TimeoutSeconds"))

    def _state(self, name: str, body: Any, where: str, language: QueryLanguage) -> State | None:
        if name in self._names:
            self._add("DUPLICATE_STATE_NAME", f"Duplicate state name: {name}", where)
        self._names.add(name)
        if not name or len(name) > 80:
            self._add("INVALID_STATE_NAME", "A state's name has 1 to 80 characters", where)
        if not isinstance(body, dict):
            self._schema("The value must be an object", where)
            return None
        if body.get("Type") not in list(Kind):
            self._schema(f"The field 'Type' must be one of {', '.join(Kind)}", where)
            return None
        kind = Kind(body["Type"])
        language = self._language(body, where, language)
        self._check_fields(body, where, STATE_FIELDS[kind, language], f"a {kind} state in {language}")
        self.problems += expression_problems(body, language, where)
        if kind is Kind.TASK and isinstance(body.get("Resource"), str):
            self.problems += resource_problem(body, language, where)
        if kind is Kind.MAP:
            self.problems += map_problems(body, where)
        if kind not in (*_TERMINAL, Kind.CHOICE) and ("Next" in body) == (body.get("End") is True):
            self._schema("A state must have either 'Next' or 'End': true", where)
        return State(
            name=name,
            kind=kind,
            language=language,
            fields=body,
            next=body.get("Next"),
            retriers=self._retriers(body, where),
            catchers=self._catchers(body, where, language),
            branches=self._branches(body, where, language),
            processor=self._processor(body, where, language),
        )

    def _branches(self, body: Mapping[str, Any], where: str, language: QueryLanguage) -> tuple[Machine, ...]:
        branches = body.get("Branches")
        if not isinstance(branches, list):
            return ()
        if not branches:
            self._schema("Value cannot be empty", f"{where}/Branches")
        return tuple(
            self.machine(branch, f"{where}/Branches[{index}]", language, fields=STATE_FIELDS["Branch", language])
            for index, branch in enumerate(branches)
        )

    def _processor(self, body: Mapping[str, Any], where: str, language: QueryLanguage) -> Machine | None:
        if body.get("Type") != Kind.MAP:
            return None
        for name in ("ItemProcessor", "Iterator"):
            if name in body:
                fields = STATE_FIELDS["Processor", language]
                return self.machine(body[name], f"{where}/{name}", language, fields=fields)
        self._schema("These fields are required: [ItemProcessor]", where)
        return None

    def _retriers(self, body: Mapping[str, Any], where: str) -> tuple[Retrier, ...]:
        rules = self._rules(body, "Retry", where)
        for index, rule in enumerate(rules):
            self._check_fields(rule, f"{where}/Retry[{index}]", STATE_FIELDS["Retrier"], "a Retry rule")
        return tuple(
            Retrier(
                errors=tuple(rule.get("ErrorEquals", ())),
                interval=rule.get("IntervalSeconds", 1),
                attempts=rule.get("MaxAttempts", 3),
                rate=rule.get("BackoffRate", 2.0),
                longest=rule.get("MaxDelaySeconds"),
                jitter=rule.get("JitterStrategy") == "FULL",
            )
            for rule in rules
        )

    def _catchers(self, body: Mapping[str, Any], where: str, language: QueryLanguage) -> tuple[Catcher, ...]:
        rules = self._rules(body, "Catch", where)
        for index, rule in enumerate(rules):
            fields = STATE_FIELDS["Catcher", language]
            self._check_fields(rule, f"{where}/Catch[{index}]", fields, f"a Catch rule in {language}")
        return tuple(
            Catcher(errors=tuple(rule.get("ErrorEquals", ())), next=str(rule.get("Next")), fields=rule)
            for rule in rules
        )

    def _rules(self, body: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
        rules = body.get(name)
        if not isinstance(rules, list):
            return []
        found: list[Mapping[str, Any]] = [rule for rule in rules if isinstance(rule, dict)]
        for index, rule in enumerate(found):
            errors = rule.get("ErrorEquals")
            if "States.ALL" in (errors or ()) and (errors != ["States.ALL"] or index != len(rules) - 1):
                self._schema("States.ALL must appear alone, in the last rule", f"{where}/{name}[{index}]/ErrorEquals")
        return found

    def _check_flow(self, states: Mapping[str, State], start: str, where: str) -> None:
        reached = {start}
        for name, state in states.items():
            for field, target in _transitions(state):
                if target in states:
                    reached.add(target)
                else:
                    self._target(target, f"{where}/States/{name}/{field}", field.split("/")[-1])
        for name in states:
            if name not in reached:
                self._add("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', f"{where}/States/{name}")
        ends = any(state.kind in _TERMINAL or state.fields.get("End") is True for state in states.values())
        if not ends:
            self._add("MISSING_END_STATE", "The workflow does not have a terminal state", where or "/")

    def _check_fields(self, document: Mapping[str, Any], where: str, allowed: Mapping[str, Field], what: str) -> None:
        for name, value in document.items():
            if name not in allowed:
                self._schema(f"Field '{name}' is not supported in {what}", f"{where}/{name}")
            elif fault := allowed[name].fault(name, value):
                self._schema(fault, f"{where}/{name}")
        missing = [name for name, field in allowed.items() if field.required and name not in document]
        if missing:
            self._schema(f"These fields are required: [{', '.join(missing)}]", where or "/")

    def _language(self, document: Mapping[str, Any], where: str, outer: QueryLanguage) -> QueryLanguage:
        given = document.get("QueryLanguage")
        if given is None:
            return outer
        if given not in list(QueryLanguage):
            return outer  # the field's own check reports it
        if outer is QueryLanguage.JSONATA and given == QueryLanguage.JSONPATH:
            fault = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
            self._schema(fault, f"{where}/QueryLanguage")
        return QueryLanguage(given)

    def _target(self, target: Any, where: str, field: str) -> None:
        self._add("MISSING_TRANSITION_TARGET", f"Missing '{field}' target: {target}", where)

    def _schema(self, message: str, where: str) -> None:
        self._add("SCHEMA_VALIDATION_FAILED", message, where or "/")

    def _add(self, code: str, message: str, where: str) -> None:
        self.problems.append(Problem(code=code, message=message, location=where))


def _transitions(state: State) -> Iterable[tuple[str, Any]]:
    for name in ("Next", "Default"):
        if name in state.fields:
            yield name, state.fields[name]
    for name in ("Choices", "Catch"):
        rules = state.fields.get(name)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield f"{name}[{index}]/Next", rule.get("Next")
