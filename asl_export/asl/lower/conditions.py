"""Formulas about ends of tasks as boolean values that a Choice can ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.variables import end_of
from asl_export.ir.graph import JoinNode, TaskNode
from asl_export.ir.status import Status
from asl_export.ir.values import Call, Function, Kind, Literal, Reference, Value
from asl_export.outcomes.formula import (
    FALSE,
    TRUE,
    Ended,
    Every,
    Formula,
    Not,
    Some,
    atoms,
    ended,
    every,
    negation,
    some,
    substituted,
)
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import World, holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Writes formulas; a task without a state has no variable, and is asked for by what its end depends on.

    Only from outside of a map it has one, as what holds for some item can't be told from what its parts say of all.
    """

    logic: Logic
    nodes: Mapping[str, TaskNode]
    resolver: Resolver

    def value(self, formula: Formula, worlds: Sequence[World], scope: Scope) -> Value:
        """The formula as a value, without what is the same in all worlds."""
        return self._value(self._of_states(simplified(formula, worlds), scope), scope)

    def _of_states(self, formula: Formula, scope: Scope) -> Formula:
        """The formula about tasks that have a state only, and about instances of tasks in maps."""
        while joins := {atom.task for atom in atoms(formula) if self._stands_for_others(atom.task, scope)}:
            meanings = {task: self._meanings(task) for task in joins}
            formula = substituted(formula, meanings)
        return formula

    def _stands_for_others(self, task: str, scope: Scope) -> bool:
        return isinstance(self.nodes[task], JoinNode) and not self.resolver.plan.variables.is_many(end_of(task), scope)

    def _meanings(self, task: str) -> Mapping[str, Formula]:
        own = self.logic.tasks[task]
        return {Status.SUCCESS: own.runs, Status.UPSTREAM_FAILED: own.blocked, Status.SKIPPED: own.skipped}

    def _value(self, formula: Formula, scope: Scope) -> Value:
        match formula:
            case Ended(task=task, ways=ways):
                return self._ended(task, sorted(ways), scope)
            case Not(part=part):
                return _call(Function.NOT, self._value(part, scope))
            case Every(parts=()):
                return Literal(value=True)
            case Some(parts=()):
                return Literal(value=False)
            case Every(parts=parts):
                return _joined(Function.AND, [self._value(part, scope) for part in parts])
            case Some(parts=parts):
                return _joined(Function.OR, [self._value(part, scope) for part in parts])

    def _ended(self, task: str, ways: Sequence[str], scope: Scope) -> Value:
        fact = end_of(task)
        place = self.resolver.fact(fact, scope)
        seen = self.resolver.plan.variables.seen(fact, scope)
        if seen and self.resolver.plan.variables.is_many(fact, seen[1]):
            flags = [Reference(root=place.root, path=(*place.path, way), kind=Kind.BOOLEAN) for way in ways]
            return _joined(Function.OR, list(flags))
        if len(ways) == 1:
            return _call(Function.EQUAL, place, Literal(value=ways[0]))
        return _call(Function.ENDED_IN, place, Literal(value=list(ways)))


def simplified(formula: Formula, worlds: Sequence[World]) -> Formula:
    """The formula with every part replaced that has the same truth in all worlds."""
    verdicts = {holds(formula, world) for world in worlds}
    if verdicts == {True}:
        return TRUE
    if verdicts == {False}:
        return FALSE
    match formula:
        case Not(part=part):
            return negation(simplified(part, worlds))
        case Every(parts=parts):
            return every(simplified(part, worlds) for part in parts)
        case Some(parts=parts):
            return some(simplified(part, worlds) for part in parts)
        case Ended(task=task, ways=ways):
            return ended(task, ways.intersection(*_possible(task, worlds)))


def _possible(task: str, worlds: Sequence[World]) -> list[frozenset[str]]:
    """The ways in which a task may have ended in some worlds, in a list that is empty when that isn't known."""
    known = [world.ends[task].may for world in worlds if task in world.ends]
    return [frozenset().union(*known)] if len(known) == len(worlds) else []


def _call(function: Function, *arguments: Value) -> Value:
    return Call(function=function, arguments=arguments, kind=Kind.BOOLEAN)


def _joined(function: Function, parts: Sequence[Value]) -> Value:
    flat = [
        inner
        for part in parts
        for inner in (part.arguments if isinstance(part, Call) and part.function is function else (part,))
    ]
    return _call(function, *flat) if len(flat) > 1 else flat[0]
