"""The graph as nested blocks, with a name for each parallel block, and a warning for each barrier."""

from __future__ import annotations

from dataclasses import dataclass, field

from asl_export.diagnostics import Diagnostic
from asl_export.ir.blocks import Block, Join, Map, Parallel, Series, Task, first_name, series, works
from asl_export.ir.graph import FlowGraph, GraphNode, GroupLabel, GroupNode, JoinNode, MapNode, Node, Region
from asl_export.structure.barriers import explain
from asl_export.structure.concurrency import limited
from asl_export.structure.contract import outer_edges, working_tasks
from asl_export.structure.decompose import Shape, decompose
from asl_export.structure.job_graph import job_graph, may_be_job_graph
from asl_export.structure.nesting import check_nesting
from asl_export.structure.order import Order, members, order_of
from asl_export.structure.parts import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """The blocks of a graph and the warnings about added waiting; `plain`: any failure stops all blocks that follow."""

    block: Block
    plain: bool
    diagnostics: tuple[Diagnostic, ...] = ()


def structure(graph: FlowGraph, *, strict: bool) -> Structured:
    """The blocks of a whole graph, as parallel as its edges allow; `check_groups` must have nothing against it.

    :param strict: whether any failure blocks all that depends on it.
    """
    builder = _Builder(graph=graph, strict=strict)
    block = builder.region(graph.region, fail_fast=graph.fail_fast, name=graph.dag_id)
    plain = strict and not builder.diagnostics
    block, unlimited = limited(block, graph.max_active_tasks, graph.location)
    return Structured(
        block=block, plain=plain, diagnostics=(*builder.diagnostics, *unlimited, *check_nesting(block, graph.location))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    graph: FlowGraph
    strict: bool
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def region(self, region: Region, *, fail_fast: bool, name: str | None = None) -> Block:
        """The block of a region; `name` serves a parallel block that is the whole region."""
        if not region.nodes:
            return Series(blocks=())
        nodes = {node.id: node for node in region.nodes}
        edges = outer_edges(region)
        order = order_of(list(nodes), edges)
        left_to_batch = self.strict and not self.graph.fail_fast
        found = decompose(order, whole=lambda bits: left_to_batch and may_be_job_graph(nodes, edges, order, bits))
        self.diagnostics.extend(explain(order, found, nodes, edges, self.graph.location))
        working = {task for node in region.nodes for task in working_tasks(node)}
        labels = {label.members & working: label for label in reversed(region.labels)}
        return _Shapes(
            builder=self, order=order, nodes=nodes, edges=edges, labels=labels, fail_fast=fail_fast, name=name
        ).block(found.shape)

    def node(self, node: Node, *, fail_fast: bool) -> Block:
        """The block of a node."""
        match node:
            case JoinNode():
                return Join(node=node)
            case GroupNode():
                return self.region(node.region, fail_fast=True, name=node.name)
            case MapNode():
                body = self.region(node.region, fail_fast=fail_fast)
                return Map(node=node, body=body, fail_fast=fail_fast) if works(body) else body
            case GraphNode():
                nodes = {inner.id: inner for inner in node.region.nodes}
                order = order_of(list(nodes), node.region.edges)
                return job_graph(nodes, node.region.edges, order, (1 << len(nodes)) - 1, node.name, node.comment)
            case _:
                return Task(node=node)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shapes:
    """Turns the shapes of one region into blocks, inner shapes first."""

    builder: _Builder
    order: Order
    nodes: dict[str, Node]
    edges: list[tuple[str, str]]
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
            elif shape.split is Split.GRAPH:
                done.append(self.graph(shape))
            elif not parts_done:
                waiting.append((shape, True))
                waiting.extend((part, False) for part in reversed(shape.parts))
            else:
                count = len(shape.parts)
                parts = done[-count:]
                done[-count:] = [self.joined(shape, parts, whole=shape is root)]
        return done[0]

    def graph(self, shape: Shape) -> Block:
        """The jobs of a shape that Batch keeps in order."""
        label = self.labels.get(self.tasks(shape))
        name, comment = (label.name, label.comment) if label else (None, None)
        return job_graph(self.nodes, self.edges, self.order, shape.nodes, name, comment)

    def joined(self, shape: Shape, parts: list[Block], *, whole: bool) -> Block:
        """Parts in series or in parallel; parts that do nothing vanish."""
        if shape.split is Split.SERIES:
            return _joined([inner for part in parts for inner in series(part)])
        tasks = {id(block): self.tasks(part) for part, block in zip(shape.parts, parts, strict=True)}
        branches = [block for block in parts if works(block)]
        # What does nothing can't be a branch; all it waits for comes before the others too.
        idle = [inner for block in parts if not works(block) for inner in series(block)]
        if len(branches) < 2:
            return _joined([*idle, *(inner for block in branches for inner in series(block))])
        label = self.labels.get(self.tasks(shape))
        name = label.name if label else self.name if whole else None
        return _joined(
            [*idle, self.parallel(self.nested(branches, tasks) if self.fail_fast else branches, label, name)]
        )

    def parallel(self, branches: list[Block], label: GroupLabel | None, name: str | None = None) -> Parallel:
        """Branches as one block, with the best name there is."""
        return Parallel(
            name=name or f"{first_name(branches[0])} and {len(branches) - 1} more",
            branches=tuple(branches),
            fail_fast=self.fail_fast,
            comment=label.comment if label else None,
        )

    def nested(self, branches: list[Block], tasks: dict[int, frozenset[str]]) -> list[Block]:
        """Branches with those of a task group in a block of their own, as the DAG nests them.

        Parallel within parallel does the same as all branches in one; only where it costs no further states (with
        fail_fast) the DAG's nesting is kept.
        """
        for inside, label in sorted(self.labels.items(), key=lambda item: len(item[0])):
            chosen = [block for block in branches if tasks[id(block)] <= inside]
            if 1 < len(chosen) < len(branches) and frozenset().union(*(tasks[id(item)] for item in chosen)) == inside:
                group = self.parallel(chosen, label, label.name)
                tasks[id(group)] = inside
                # By identity: two blocks may be equal, and comparing deep ones is slow.
                moved = {id(block) for block in chosen}
                place = next(index for index, block in enumerate(branches) if id(block) in moved)
                branches = [block for block in branches if id(block) not in moved]
                branches.insert(place, group)
        return branches

    def tasks(self, shape: Shape) -> frozenset[str]:
        """The tasks of a shape that do something."""
        nodes = [self.nodes[self.order.ids[number]] for number in members(shape.nodes)]
        return frozenset(task for node in nodes for task in working_tasks(node))


def _joined(blocks: list[Block]) -> Block:
    return blocks[0] if len(blocks) == 1 else Series(blocks=tuple(blocks))
