"""Blocks to states, free of any query language: `engine` says how."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asl_export.asl import states as asl
from asl_export.asl.lower.closing import Closing
from asl_export.asl.lower.conditions import Conditions
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.ends import Ends
from asl_export.asl.lower.engine import Engine
from asl_export.asl.lower.exits import Exits
from asl_export.asl.lower.link import Linker
from asl_export.asl.lower.plan import Needs, Plan, RestartError
from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.task_states import TaskStates
from asl_export.asl.names import Names
from asl_export.asl.params import start_states
from asl_export.asl.places import Places
from asl_export.asl.spoken import Spoken
from asl_export.ir.blocks import Block, Map, Parallel, Task, inside, series
from asl_export.ir.graph import BatchMapNode, CallNode, FlowGraph, JobNode, documents_of, tasks_of
from asl_export.ir.values import Context, Item, Moment, walk
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A machine, and what its states say in terms of its data.

    `owners` tells by a state's name the task that it is of, or the mapped task or group; others are between tasks.
    """

    machine: asl.StateMachine
    spoken: tuple[Spoken, ...]
    owners: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """What is lowered, and how: `plain` as in `Engine`, `items_inside` as in `Dialect`."""

    graph: FlowGraph
    block: Block
    logic: Logic
    places: Places
    plain: bool
    items_inside: bool
    distributed: frozenset[str]
    rules: Sequence[asl.ParamRule]


def lower(lowering: Lowering) -> Lowered:
    """The state machine of a graph's blocks; passes over them until all is known of what they ask each other."""
    nodes = {node.id: node for node in tasks_of(lowering.graph.region)}
    ends = Ends.of(lowering.logic, nodes)
    known, done = Needs(), None
    while True:
        found, plan = known.anew(), Plan.of(lowering.block, known)
        try:
            lowered = _one_pass(lowering, ends, plan, found)
        except RestartError:
            known, done = found.anew(), None
            continue
        if found.scopes_changed(plan):
            known, done = found.anew(), None
            continue
        both = known.both(found)
        if both.size() > known.size():
            if done is not None:
                return done
            known = both
        elif found.size() == known.size():
            return lowered
        else:
            known, done = found, lowered


def _one_pass(given: Lowering, ends: Ends, plan: Plan, needs: Needs) -> Lowered:
    names = Names()
    state_names = {id(named): names.claim(_name(named)) for named in _in_order(given.block)}
    start = start_states(given.graph, given.places, names, given.rules)
    documents = {task for task, node in ends.nodes.items() if _has_document(node)}
    resolver = Resolver(
        plan=plan,
        needs=needs,
        places=given.places,
        results=frozenset(documents),
        kept=_kept_items(given.block, given.distributed),
        items_of=_items_of(given.block),
        distributed=given.distributed,
    )
    spoken: list[Spoken] = []
    owners: dict[str, str] = {}
    exits = Exits()
    draft = Draft(
        logic=given.logic,
        plan=plan,
        needs=needs,
        plain=given.plain,
        names=names,
        state_names=state_names,
        resolver=resolver,
        conditions=Conditions(logic=given.logic, nodes=ends.nodes, resolver=resolver),
        ends=ends,
        exits=exits,
        task_states=TaskStates(
            names=names, resolver=resolver, spoken=spoken, items_inside=given.items_inside, owners=owners
        ),
        owners=owners,
        spoken=spoken,
        items_inside=given.items_inside,
    )
    states = _root(draft, given, start)
    linked = Linker(exits=exits, targets=exits.targets(), plan=plan, logic=given.logic).machine(states)
    machine = asl.StateMachine(states=linked, comment=given.graph.comment, timeout=given.graph.timeout)
    return Lowered(machine=machine, spoken=tuple(spoken), owners=owners)


def _root(draft: Draft, given: Lowering, start: Sequence[Sequence[asl.State]]) -> asl.States:
    """The machine's own states, after those that start it."""
    root = draft.plan.scopes.root
    states: list[asl.State] = []
    ways = Engine(draft=draft).sequence(series(given.block), [draft.way([World(ends={})], root)], root, states)
    closing = Closing(draft=draft, scope=root, states=states)
    good, bad = closing.split(ways, given.logic.failed(), given.graph.dag_id)
    closing.fail(bad)
    closing.well(good, given.graph.dag_id)
    if not states:
        states.append(asl.Nothing(name=draft.names.claim(given.graph.dag_id), next=None))
    following = [piece[0].name for piece in (*start, states)][1:]
    opened = [
        replace(state, next=name) if isinstance(state, asl.Linked) and state.next == asl.OPEN else state
        for piece, name in zip(start, following, strict=True)
        for state in piece
    ]
    return asl.States(states=(*opened, *states))


def _has_document(node: object) -> bool:
    match node:
        case JobNode(result=result):
            return result is not None
        case CallNode(output=output):
            return output is not None
        case BatchMapNode():
            return True
        case _:
            return False


def _kept_items(root: Block, distributed: frozenset[str]) -> dict[str, tuple[str, str]]:
    """Variables for the item and its index, for maps whose body is more than one task that reads its input."""
    maps = [
        block.node.id
        for block in inside(root)
        if isinstance(block, Map) and (block.node.id in distributed or not _reads_input(block))
    ]
    names = zip(_variables(maps, "item"), _variables(maps, "index"), strict=True)
    return {name: (item, index) for (name, item), (_, index) in names}


def _reads_input(block: Map) -> bool:
    """Whether all that a map's body reads is the item, and only its first state does, whose input it is."""
    if not isinstance(block.body, Task) or not isinstance(node := block.body.node, JobNode):
        return False
    used = (value for document in documents_of(node) for value in walk(document))
    later = any(isinstance(value, Item) for value in walk(node.result))
    return Context(moment=Moment.MAP_INDEX) not in used and not later


def _items_of(root: Block) -> dict[str, str]:
    """Variables for the items of maps that only the run knows."""
    maps = [block.node.id for block in inside(root) if isinstance(block, Map) and block.node.count is None]
    return dict(_variables(maps, "items"))


def _variables(ids: Sequence[str], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in ids:
        plain = f"{prefix}_{''.join(letter if letter.isascii() and letter.isalnum() else '_' for letter in name)[:60]}"
        candidates = itertools.chain([plain], (f"{plain}_{number}" for number in itertools.count(2)))
        taken = dict(found).values()
        found.append((name, next(candidate for candidate in candidates if candidate not in taken)))
    return found


def _name(block: Task | Parallel | Map) -> str:
    return block.name if isinstance(block, Parallel) else block.node.name


def _in_order(root: Block) -> list[Task | Parallel | Map]:
    """All blocks that become a state with a name of its own: tasks first, because their names weigh more."""
    tasks: list[Task | Parallel | Map] = []
    groups: list[Task | Parallel | Map] = []
    for block in inside(root):
        match block:
            case Task() | Map():
                tasks.append(block)
            case Parallel():
                groups.append(block)
            case _:
                pass
    return tasks + groups


__all__ = ["Lowered", "Lowering", "lower"]
