"""What a dialect can't say, or can't say exactly, with the task and field it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from asl_export.asl.dialects import CannotSayError, Dialect
from asl_export.asl.params import input_rules, param_rules, unknown_keywords
from asl_export.asl.spoken import Spoken
from asl_export.asl.states import ParamRule, Rule
from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import VALUE_TYPES, Call, Document, Format, Function, Kind, Literal, Reference, kind_of, walk


def check_speech(graph: FlowGraph, spoken: Sequence[Spoken], dialect: Dialect) -> Iterator[Diagnostic]:
    """The findings of all that is said, each once, and of the params."""
    yield from dict.fromkeys(_of_spoken(spoken, dialect))
    yield from dict.fromkeys(_of_params(graph, dialect))
    yield from _unchecked(graph, dialect)


def checked_rules(graph: FlowGraph, dialect: Dialect) -> list[ParamRule]:
    """The rules of the params, and of what else the tasks read, that the machine can check."""
    return [rule for rule in (*param_rules(graph), *input_rules(graph)) if _is_checked(rule, dialect)]


def _is_checked(rule: ParamRule, dialect: Dialect) -> bool | None:
    """Whether the machine can check a rule; None when the param's name can't even be written."""
    try:
        return dialect.broken(rule) is not None
    except CannotSayError:
        return None


def _of_params(graph: FlowGraph, dialect: Dialect) -> Iterator[Diagnostic]:
    """A refusal for each param of which the language can't write the name or the default."""
    where = replace(graph.location, field="params")
    for rule in param_rules(graph):
        yield from _refusals(dialect.broken, rule, where)
    for param in graph.params:
        yield from _refusals(dialect.document, {param.name: Literal(value=param.default)}, where)


def _of_spoken(spoken: Sequence[Spoken], dialect: Dialect) -> Iterator[Diagnostic]:
    for said in spoken:
        if said.is_condition:
            yield from _refusals(dialect.rule, said.document, said.location)
            continue
        if said.wait is not None:
            yield from _refusals(dialect.wait, said.wait, said.location)
            continue
        for part in _parts(said.document):
            yield from _refusals(dialect.document, part, said.location)
        yield from _texts(said.document, said.location, dialect)


def _parts(document: Document) -> Iterator[Document]:
    """The innermost objects of a document, a field each: so that each gets its own message."""
    match document:
        case Mapping():
            for key, item in document.items():
                yield from [{key: {}}, *_parts(item)] if isinstance(item, Mapping) else [{key: item}]
        case _ if isinstance(document, VALUE_TYPES):
            yield {"value": document}
        case _:
            yield document


def _refusals(write: Callable[[Any], Any], document: Document, where: Location) -> Iterator[Diagnostic]:
    try:
        write(document)
    except CannotSayError as error:
        yield Diagnostic(code=Code.QUERY_LANGUAGE, message=error.what, location=where, why=error.why, fix=error.fix)


def _texts(document: Document, where: Location, dialect: Dialect) -> Iterator[Diagnostic]:
    """A warning for each value whose text may not be Airflow's."""
    kinds: dict[str, Kind] = {}
    numbers: dict[str, None] = {}
    for value in walk(document):
        parts = value.parts if isinstance(value, Format) else ()
        if isinstance(value, Call) and value.function is Function.BATCH_TEXT:
            continue
        for part in parts:
            if isinstance(part, Reference) and part.source:
                kinds[part.source] = part.kind
                if part.kind is Kind.NUMBER or part.floating:
                    numbers[part.source] = None
            elif kind_of(part) is Kind.NUMBER:
                numbers["a number"] = None
    for source in numbers:
        yield _warning(
            Code.NUMBER_TEXT,
            f"{source} as text: a whole number such as 2.0 becomes '2'",
            where,
            why="Airflow writes '2.0', and JSON doesn't tell 2.0 from 2",
            fix='use a param of type "integer" or "string"',
        )
    for source, kind in kinds.items():
        if kind is Kind.ANY and not dialect.knows_types:
            yield _warning(
                Code.UNTYPED_TEXT,
                f"{source} as text is right for text and whole numbers only",
                where,
                why=f"its type isn't known, and {dialect.name} writes 'true' where Airflow writes 'True'",
                fix='give the Param a type, as in Param("x", type="string")',
            )


def _unchecked(graph: FlowGraph, dialect: Dialect) -> Iterator[Diagnostic]:
    """A warning for each param with a rule that the machine doesn't check."""
    missed: dict[str, list[str]] = {param.name: unknown_keywords(param) for param in graph.params}
    for rule in param_rules(graph):
        if rule.rule is not Rule.EXACT and _is_checked(rule, dialect) is False:
            missed[rule.param].append(rule.rule.value)
    for name, keywords in missed.items():
        if keywords:
            yield _warning(
                Code.UNCHECKED_PARAM,
                f"param {name!r}: the exported machine doesn't check {', '.join(keywords)}",
                Location(dag=graph.dag_id, field="params", file=graph.location.file, line=graph.location.line),
                why=f"{dialect.name} has no test for it",
                fix="check it in the job, or before the execution starts",
            )


def _warning(code: Code, message: str, where: Location, *, why: str, fix: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, location=where, why=why, fix=fix, severity=Severity.WARNING)
