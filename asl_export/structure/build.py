"""The graph as nested blocks, with a name for each parallel block, and a warning for each barrier."""

from __future__ import annotations

from dataclasses import dataclass, field

from asl_export.diagnostics import Diagnostic
from asl_export.ir.blocks import Block, Job, Map, Parallel, Series, first_name
from asl_export.ir.graph import FlowGraph, GroupLabel, GroupNode, JobNode, JoinNode, MapNode, Node, Region
from asl_export.structure.barriers import explain
from asl_export.structure.decompose import Shape, Split, decompose
from asl_export.structure.order import Order, members, order_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """The blocks of a graph and the warnings about added waiting."""

    block: Block
    diagnostics: tuple[Diagnostic, ...] = ()


def structure(graph: FlowGraph) -> Structured:
    """The blocks of a whole graph, as parallel as its edges allow."""
    builder = _Builder(graph=graph)
    block = builder.region(graph.region, fail_fast=graph.fail_fast, name=graph.dag_id)
    return Structured(block=block, diagnostics=tuple(builder.diagnostics))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    graph: FlowGraph
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def region(self, region: Region, *, fail_fast: bool, name: str | None = None) -> Block:
        """The block of a region; `name` serves a parallel block that is the whole region."""
        if not region.nodes:
            return Series(blocks=())
        nodes = {node.id: node for node in region.nodes}
        order = order_of(list(nodes), region.edges)
        found = decompose(order)
        self.diagnostics.extend(explain(order, found.barriers, nodes, region.edges, self.graph.location))
        labels = {label.members: label for label in reversed(region.labels)}
        return _Shapes(builder=self, order=order, nodes=nodes, labels=labels, fail_fast=fail_fast, name=name).block(
            found.shape
        )

    def node(self, node: Node, *, fail_fast: bool) -> Block:
        """The block of a node."""
        match node:
            case JobNode():
                return Job(node=node)
            case JoinNode():
                return Series(blocks=())
            case GroupNode():
                return self.region(node.region, fail_fast=True, name=node.name)
            case MapNode():
                body = self.region(node.region, fail_fast=fail_fast)
                return Map(node=node, body=body, fail_fast=fail_fast)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shapes:
    """Turns the shapes of one region into blocks, inner shapes first."""

    builder: _Builder
    order: Order
    nodes: dict[str, Node]
    labels: dict[frozenset[str], GroupLabel]
    fail_fast: bool
    name: str | None

    def block(self, root: Shape) -> Block:
        done: list[Block] = []
        waiting: list[tuple[Shape, bool]] = [(root, False)]
        while waiting:
            shape, parts_done = waiting.pop()
            if shape.split is Split.NODE:
                node = self.nodes[self.order.ids[shape.nodes.bit_length() - 1]]
                done.append(self.builder.node(node, fail_fast=self.fail_fast))
            elif not parts_done:
                waiting.append((shape, True))
                waiting.extend((part, False) for part in reversed(shape.parts))
            else:
                count = len(shape.parts)
                parts = done[-count:]
                done[-count:] = [self.joined(shape, parts, whole=shape is root)]
        return done[0]

    def joined(self, shape: Shape, parts: list[Block], *, whole: bool) -> Block:
        """Parts in series or in parallel; parts that do nothing vanish."""
        if shape.split is Split.SERIES:
            flat = [inner for part in parts for inner in (part.blocks if isinstance(part, Series) else (part,))]
            return flat[0] if len(flat) == 1 else Series(blocks=tuple(flat))
        branches = [part for part in parts if part != Series(blocks=())]
        if len(branches) < 2:
            return branches[0] if branches else Series(blocks=())
        label = self.label(shape)
        named = label.name if label else self.name if whole and self.name else None
        return Parallel(
            name=named or f"{first_name(branches[0])} and {len(branches) - 1} more",
            branches=tuple(branches),
            fail_fast=self.fail_fast,
            comment=label.comment if label else None,
        )

    def label(self, shape: Shape) -> GroupLabel | None:
        """The task group that holds exactly this shape's nodes, not counting those that do nothing."""
        ids = [self.order.ids[number] for number in members(shape.nodes)]
        working = frozenset(node for node in ids if not isinstance(self.nodes[node], JoinNode))
        return self.labels.get(frozenset(ids)) or self.labels.get(working)
