"""The SubmitJob requests of a graph as its checks see them: a mapped job has one for each item that the DAG names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

from asl_export.ir.graph import FlowGraph, JobNode, jobs_of, maps_of
from asl_export.ir.values import Document, Item, Value, replace_values, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A job and the items, by map, that differ in what it asks for."""

    job: JobNode
    items: Mapping[str, Sequence[Document]]

    def field(self, *path: str) -> Iterator[Document]:
        """A field as each item has it, None where it isn't given."""
        document: Any = self.job.request
        left = list(path)
        while left and isinstance(document, Mapping):
            document = document.get(left.pop(0))
        for each in self.each(document):
            yield reduce(lambda inner, key: inner.get(key) if isinstance(inner, Mapping) else None, left, each)

    def each(self, document: Document) -> Iterator[Document]:
        """A document as each item has it."""
        return each_of(document, self.items)

    def uses(self, document: Document) -> int:
        """How often a document has a place of an item."""
        return sum(isinstance(value, Item) and value.map in self.items for value in walk(document))

    def all_items(self) -> Iterable[Document]:
        """The items of all maps around the job."""
        return [item for items in self.items.values() for item in items]


def known_items(graph: FlowGraph) -> Mapping[str, Sequence[Document]]:
    """The items that the DAG names, by map."""
    return {mapped.id: mapped.items for mapped in maps_of(graph.region) if isinstance(mapped.items, list)}


def each_of(document: Document, items: Mapping[str, Sequence[Document]]) -> Iterator[Document]:
    """A document as each item has it."""
    used = dict.fromkeys(value.map for value in walk(document) if isinstance(value, Item) and value.map in items)
    if not used:
        yield document
    for name in used:
        for item in items[name]:
            yield replace_values(document, partial(_of, name=name, item=item))


def requests_of(graph: FlowGraph) -> Iterator[Request]:
    """All jobs with the items that the DAG names."""
    known = known_items(graph)
    for job in jobs_of(graph.region):
        used = {value.map for value in walk(job.request) if isinstance(value, Item)}
        yield Request(job=job, items={name: items for name, items in known.items() if name in used})


def _of(value: Value, *, name: str, item: Document) -> Document:
    """The value of an item, where a value is its place."""
    if not (isinstance(value, Item) and value.map == name):
        return value
    found: Any = item
    for key in value.path:
        found = found[key] if isinstance(found, Mapping) and key in found else None
    return found
