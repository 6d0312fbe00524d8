"""What a JSONata expression reads.

Parsed with jsonata-python; names are looked up as JSONata does: a block is a scope, a function has its parameters.
Source: https://docs.jsonata.org/programming and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (which functions there are).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonata.jexception import JException
from jsonata.parser import Parser

from tests.asl_static.reading import Reading

FUNCTIONS = frozenset(
    {
        *(
            "string",
            "length",
            "substring",
            "substringBefore",
            "substringAfter",
            "uppercase",
            "lowercase",
            "trim",
            "pad",
            "contains",
        ),
        *("split", "join", "match", "replace", "base64encode", "base64decode", "encodeUrlComponent", "encodeUrl"),
        *(
            "decodeUrlComponent",
            "decodeUrl",
            "number",
            "abs",
            "floor",
            "ceil",
            "round",
            "power",
            "sqrt",
            "random",
            "formatNumber",
        ),
        *(
            "formatBase",
            "formatInteger",
            "parseInteger",
            "sum",
            "max",
            "min",
            "average",
            "boolean",
            "not",
            "exists",
            "count",
        ),
        *(
            "append",
            "sort",
            "reverse",
            "shuffle",
            "distinct",
            "zip",
            "keys",
            "lookup",
            "spread",
            "merge",
            "sift",
            "each",
            "error",
        ),
        *("assert", "type", "now", "millis", "fromMillis", "toMillis", "map", "filter", "single", "reduce"),
        *("partition", "range", "hash", "uuid", "parse"),
    }
)
"""Those of JSONata 1.8.6 but `$eval`, and those that Step Functions adds."""

_INNER = (
    *("lhs", "rhs", "condition", "then", "_else", "expression", "expr", "body", "pattern", "update", "delete"),
    *("arguments", "expressions", "terms", "lhs_object"),
)


@lru_cache(maxsize=100_000)
def read_jsonata(text: str) -> Reading:
    """What the text between `{%` and `%}` reads."""
    try:
        root = Parser().parse(text)
    except (JException, ValueError, IndexError, AttributeError, TypeError) as error:
        return Reading(faults=(f"isn't JSONata: {error}",))
    found = list(_Walk().node(root, set(), within=False))
    return Reading(
        variables=frozenset(item.name for item in found if item.kind == "variable"),
        states=frozenset(item.path for item in found if item.kind == "states"),
        faults=tuple(item.name for item in found if item.kind == "fault"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    kind: str
    name: str = ""
    path: tuple[str, ...] = ()


class _Walk:
    """Goes through a syntax tree; `known` are the local names, `within` whether `$` and field names mean something."""

    def node(self, node: Any, known: set[str], *, within: bool) -> Iterator[_Found]:
        """All that a node reads."""
        match node.type:
            case "variable":
                yield from self.variable(node.value, known, within=within)
            case "path":
                yield from self.path(node, set(known), within=within)
            case "name" | "wildcard" | "descendant" if not within:
                yield _Found(kind="fault", name=f"reads the field {node.value!r} of nothing")
            case "block":
                inner = set(known)
                for part in node.expressions:
                    yield from self.node(part, inner, within=within)
            case "bind":
                early = {node.lhs.value} if node.rhs.type == "lambda" else set()
                yield from self.node(node.rhs, known | early, within=within)
                known.add(node.lhs.value)
            case "lambda":
                names = {argument.value for argument in node.arguments or ()}
                yield from self.node(node.body, known | names, within=within)
            case "function" | "partial":
                yield from self.function(node, known, within=within)
            case _:
                yield from self.parts(node, known, within=within)
        for inner in (*(node.predicate or ()), *(node.stages or ())):
            yield from self.node(inner, known, within=True)
        for pair in getattr(node.group, "lhs_object", None) or ():
            for inner in pair:
                yield from self.node(inner, known, within=True)

    def parts(self, node: Any, known: set[str], *, within: bool) -> Iterator[_Found]:
        """What the parts of a node read that has no rule of its own."""
        waiting = [getattr(node, name, None) for name in _INNER]
        while waiting:
            match waiting.pop(0):
                case Parser.Symbol() as inner:
                    yield from self.node(inner, known, within=within or node.type == "sort")
                case list() as several:
                    waiting = [*several, *waiting]
                case _:
                    pass

    def variable(self, name: str, known: set[str], *, within: bool) -> Iterator[_Found]:
        """What a name with a `$` in front means."""
        if name in ("", "$"):
            if name or not within:
                yield _Found(kind="fault", name=f"reads ${name}, and there is no input document")
        elif name == "states":
            yield _Found(kind="states")
        elif name not in known and name not in FUNCTIONS:
            yield _Found(kind="variable", name=name)

    def function(self, node: Any, known: set[str], *, within: bool) -> Iterator[_Found]:
        """What a call reads; no variable of a machine can be a function."""
        called = node.procedure
        if called.type != "variable":
            yield from self.node(called, known, within=within)
        elif called.value not in known and called.value not in FUNCTIONS:
            yield _Found(kind="fault", name=f"calls ${called.value}, and there is no such function")
        for argument in node.arguments:
            yield from self.node(argument, known, within=within)

    def path(self, node: Any, known: set[str], *, within: bool) -> Iterator[_Found]:
        """What the steps of a path read; only the first is looked up outside."""
        for number, step in enumerate(node.steps):
            known |= {name for name in (step.focus, step.index) if isinstance(name, str)}
            known |= {stage.value for stage in step.stages or () if stage.type == "index"}
            if number == 0 and step.type == "variable" and step.value == "states":
                yield _Found(kind="states", path=tuple(_names(node.steps[1:])))
                for inner in (*(step.predicate or ()), *(step.stages or ())):
                    yield from self.node(inner, known, within=True)
            else:
                yield from self.node(step, known, within=within or number > 0)


def _names(steps: list[Any]) -> Iterator[str]:
    for step in steps:
        if step.type != "name":
            return
        yield str(step.value)
