"""What a dialect can't say, or can't say exactly, with the task and field it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asl_export.asl.dialects import CannotSayError, Dialect
from asl_export.asl.params import param_rules, unknown_keywords
from asl_export.asl.places import Places
from asl_export.asl.states import Rule
from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.graph import FlowGraph, JobNode, jobs_of, maps_of
from asl_export.ir.values import Call, Document, Format, Function, Input, Kind, TaskOutput, kind_of, walk


def check_speech(graph: FlowGraph, places: Places, dialect: Dialect) -> Iterator[Diagnostic]:
    """The findings of all jobs, maps and params."""
    for job in jobs_of(graph.region):
        for name, value in job.request.items():
            for part in _parts({name: value}):
                yield from _refusals(part, _place(job, name), places, dialect)
            yield from _texts(value, _place(job, name), dialect)
    for mapped in maps_of(graph.region):
        yield from _refusals(mapped.items, mapped.location, places, dialect)
        yield from _texts(mapped.items, mapped.location, dialect)
    yield from _unchecked(graph, dialect)


def _place(job: JobNode, name: str) -> Location:
    """The operator's field of a SubmitJob field: jobName is job_name."""
    return job.field("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name))


def _parts(document: Document) -> Iterator[Document]:
    """The innermost objects of a document, a field each: so that each gets its own message."""
    match document:
        case Mapping():
            for key, item in document.items():
                yield from _parts(item) if isinstance(item, Mapping) else [{key: item}]
        case _:
            yield document


def _refusals(document: Document, where: Location, places: Places, dialect: Dialect) -> Iterator[Diagnostic]:
    resolved = places.resolve(document)
    try:
        dialect.document(resolved)
    except CannotSayError as error:
        yield Diagnostic(code=Code.QUERY_LANGUAGE, message=error.what, location=where, why=error.why, fix=error.fix)


def _texts(document: Document, where: Location, dialect: Dialect) -> Iterator[Diagnostic]:
    """A warning for each value whose text may not be Airflow's."""
    found: dict[str, Kind] = {}
    for value in walk(document):
        parts = value.parts if isinstance(value, Format) else ()
        if isinstance(value, Call) and value.function is Function.BATCH_TEXT:
            continue
        for part in parts:
            if isinstance(part, Input | TaskOutput):
                found[part.source] = part.kind
            elif kind_of(part) is Kind.NUMBER:
                found["a number"] = Kind.NUMBER
    for source, kind in found.items():
        if kind is Kind.NUMBER:
            yield _warning(
                Code.NUMBER_TEXT,
                f"{source} as text: a whole number such as 2.0 becomes '2'",
                where,
                why="Airflow writes '2.0', and JSON doesn't tell 2.0 from 2",
                fix='use a param of type "integer" or "string"',
            )
        elif kind is Kind.ANY and not dialect.knows_types:
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
        if rule.rule is not Rule.EXACT and dialect.broken(rule) is None:
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
