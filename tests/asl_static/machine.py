"""A definition as scopes of states, and the ways on from each state with what is assigned on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JSONATA, JSONPATH = "JSONata", "JSONPath"
CONTAINERS = ("Parallel", "Map")
WITH_RESULT = ("Task", *CONTAINERS)
ENDS = ("Succeed", "Fail")

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state, the query language it is written in, and the scopes inside it."""

    name: str
    body: Fields
    language: str
    inner: tuple[Scope, ...]

    @property
    def kind(self) -> str:
        """Its type."""
        return str(self.body["Type"])

    @property
    def is_jsonata(self) -> bool:
        """True when its expressions are JSONata."""
        return self.language == JSONATA

    @property
    def is_detached(self) -> bool:
        """True for a Map whose items run as executions of their own, which see no variable from outside."""
        processor = self.body.get("ItemProcessor", {})
        return bool(processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The states of a machine, a branch or a map's body."""

    start: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way on from a state: `target`, and the variables that are assigned when it is taken."""

    target: str
    assigned: frozenset[str]


def read_scope(definition: Fields, language: str = JSONPATH) -> Scope:
    """The scope of a whole definition, or of a branch or body within a language."""
    language = definition.get("QueryLanguage", language)
    states = {name: _state(name, body, language) for name, body in definition["States"].items()}
    return Scope(start=definition["StartAt"], states=states)


def _state(name: str, body: Fields, language: str) -> State:
    language = body.get("QueryLanguage", language)
    regions = [*body.get("Branches", ()), *(body[field] for field in ("ItemProcessor", "Iterator") if field in body)]
    return State(
        name=name, body=body, language=language, inner=tuple(read_scope(region, language) for region in regions)
    )


def all_scopes(scope: Scope) -> Iterator[Scope]:
    """A scope and all scopes in it, outer before inner."""
    yield scope
    for state in scope.states.values():
        for inner in state.inner:
            yield from all_scopes(inner)


def ways(state: State) -> Iterator[Way]:
    """Every way on, also those after an error."""
    for field in ("Next", "Default"):
        if field in state.body:
            yield Way(target=state.body[field], assigned=assigned(state.body))
    for field in ("Choices", "Catch"):
        for rule in state.body.get(field, ()):
            yield Way(target=rule.get("Next", ""), assigned=assigned(rule))


def assigned(rule: Fields) -> frozenset[str]:
    """The variables that a state, a Choice rule or a Catch rule assigns."""
    return frozenset(name.removesuffix(".$") for name in rule.get("Assign", {}))


def assigning(state: State) -> Iterator[Fields]:
    """The state itself, its Choice and its Catch rules: all that may have an Assign."""
    yield state.body
    yield from state.body.get("Choices", ())
    yield from state.body.get("Catch", ())
