"""Where in a state something is read, what it reads, and what may be read there.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (where there are expressions, and
what `$states` holds where), input-output-contextobject.html (`Map.Item`) and workflow-variables.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.asl_static.jsonata import read_jsonata
from tests.asl_static.jsonpath import read_path, read_reference_path, read_selector
from tests.asl_static.machine import WITH_RESULT, Fields, State
from tests.asl_static.reading import Reading

_SCOPES = ("Branches", "ItemProcessor", "Iterator")
_FIXED = ("Type", "Comment", "QueryLanguage", "Resource", "Next", "End", "Default", "Label", "Retry")
_FIXED_IN_RULE = ("ErrorEquals", "Next", "Comment")
_ALWAYS = frozenset({"input", "context"})

TEMPLATES = ("Parameters", "ItemSelector", "ResultSelector", "Assign", "Credentials", "BatchInput", "Arguments")
"""The JSONPath fields in which keys that end in `.$` say what to fill in."""

_ONE_PLACE = (
    *("ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath"),
    *("ToleratedFailureCountPath", "ToleratedFailurePercentagePath", "MaxItemsPath"),
    *("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place in a state, what it reads, and what of `$states` there is; `item`: also `Map.Item` of the context."""

    where: str
    reading: Reading
    states: frozenset[str] = _ALWAYS
    item: bool = False


def sites(state: State) -> Iterator[Site]:
    """All places in a state that read something; the states inside it have their own."""
    fields = {name: value for name, value in state.body.items() if name not in _SCOPES}
    yield from _jsonata_sites(state, fields) if state.is_jsonata else _jsonpath_sites(state, fields)


def site_faults(state: State) -> Iterator[str]:
    """What is wrong with a state's expressions and paths, whatever the variables."""
    for site in sites(state):
        where = f"{state.name}: {site.where}"
        yield from (f"{where} {fault}" for fault in site.reading.faults)
        for names in site.reading.states:
            what = ".".join(names)
            if not names or names[0] not in site.states:
                yield f"{where} reads $states.{what}, which isn't there"
            elif names[:3] == ("context", "Map", "Item") and not site.item:
                yield f"{where} reads {what}, which only an ItemSelector can"


# -- JSONata -----------------------------------------------------------------------------------------------------------


def _jsonata_sites(state: State, fields: Fields) -> Iterator[Site]:
    for field, value in fields.items():
        if field == "Choices":
            for number, rule in enumerate(value):
                yield from _rule_sites(rule, f"Choices[{number}]", _ALWAYS)
        elif field == "Catch":
            for number, rule in enumerate(value):
                yield from _rule_sites(rule, f"Catch[{number}]", _ALWAYS | {"errorOutput"})
        elif field in _FIXED:
            yield from _fixed(value, field)
        else:
            result = field in ("Output", "Assign") and state.kind in WITH_RESULT
            states = _ALWAYS | {"result"} if result else _ALWAYS
            yield from _expressions(value, field, states, item=field == "ItemSelector")


def _rule_sites(rule: Fields, where: str, states: frozenset[str]) -> Iterator[Site]:
    for field, value in rule.items():
        if field in _FIXED_IN_RULE:
            yield from _fixed(value, f"{where}.{field}")
        else:
            yield from _expressions(value, f"{where}.{field}", states)


def _fixed(value: Any, where: str) -> Iterator[Site]:
    for at, text in _texts(value, where):
        if text.startswith("{%"):
            yield Site(where=at, reading=Reading(faults=("has an expression, which can't be there",)))


def _expressions(value: Any, where: str, states: frozenset[str], *, item: bool = False) -> Iterator[Site]:
    for at, text in _texts(value, where):
        if text.startswith("{%") != text.endswith("%}"):
            yield Site(where=at, reading=Reading(faults=("starts or ends like an expression, not both",)))
        elif text.startswith("{%"):
            yield Site(where=at, reading=read_jsonata(text[2:-2].strip()), states=states, item=item)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield where, value
        case Mapping():
            for name, inner in value.items():
                yield from _texts(inner, f"{where}.{name}")
        case list():
            for number, inner in enumerate(value):
                yield from _texts(inner, f"{where}[{number}]")


# -- JSONPath ----------------------------------------------------------------------------------------------------------


def _jsonpath_sites(state: State, fields: Fields) -> Iterator[Site]:
    for field, value in fields.items():
        if field in ("Choices", "Catch"):
            for number, rule in enumerate(value):
                yield from _jsonpath_sites(state, {f"{field}[{number}].{name}": inner for name, inner in rule.items()})
            continue
        name = field.rpartition(".")[2]
        if name in ("And", "Or", "Not"):
            for number, rule in enumerate(value if isinstance(value, list) else [value]):
                yield from _jsonpath_sites(state, {f"{field}[{number}].{part}": inner for part, inner in rule.items()})
        elif name in TEMPLATES:
            yield from _template(value, field, item=field in ("ItemSelector", "Parameters") and state.kind == "Map")
        elif name in ("ItemReader", "ItemBatcher", "ResultWriter", "ReaderConfig"):
            yield from _jsonpath_sites(state, {f"{field}.{part}": inner for part, inner in value.items()})
        elif reader := _reader(name):
            yield from _path(value, field, reader)


def _reader(name: str) -> Callable[[str], Reading] | None:
    if name == "ResultPath":
        return _result_path
    if name in ("ErrorPath", "CausePath"):
        return read_selector
    if name in _ONE_PLACE:
        return read_reference_path
    return read_path if name.endswith("Path") or name == "Variable" else None


def _result_path(text: str) -> Reading:
    found = read_reference_path(text)
    into = found.variables or found.states
    return Reading(faults=(f"writes to {text}, which isn't in the state's input",)) if into else found


def _path(value: Any, where: str, reader: Callable[[str], Reading]) -> Iterator[Site]:
    if isinstance(value, str):
        yield Site(where=where, reading=reader(value))
    elif value is not None or where.rpartition(".")[2] not in ("InputPath", "OutputPath", "ResultPath"):
        yield Site(where=where, reading=Reading(faults=(f"is {value!r}, not a path",)))


def _template(value: Any, where: str, *, item: bool) -> Iterator[Site]:
    match value:
        case Mapping():
            for name, inner in value.items():
                at = f"{where}.{name}"
                if not name.endswith(".$"):
                    yield from _template(inner, at, item=item)
                elif isinstance(inner, str):
                    yield Site(where=at, reading=read_selector(inner), item=item)
                else:
                    yield Site(where=at, reading=Reading(faults=(f"is {inner!r}, not a path or a function",)))
                if name.removesuffix(".$") in value and name.endswith(".$"):
                    yield Site(where=at, reading=Reading(faults=("is there without .$ too",)))
        case list():
            for number, inner in enumerate(value):
                yield from _template(inner, f"{where}[{number}]", item=item)
