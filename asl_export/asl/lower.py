"""Blocks to states: how tasks follow each other, and what becomes of a failure.

Where tasks run side by side without fail_fast, a task's failure must not stop the others: each branch catches it and
ends with the failure as its output; after the branches an Outcome state fails the execution, or ends the enclosing
branch in the same way. Where nothing runs beside, a failure simply fails the execution, without any extra state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asl_export.asl import states as asl
from asl_export.asl.names import Names
from asl_export.asl.params import start_states
from asl_export.asl.places import Places
from asl_export.asl.request import step_functions_names
from asl_export.ir.blocks import Block, Job, Map, Parallel, Series, first_name
from asl_export.ir.graph import FlowGraph, RetryPlan

# A request that Batch throttles, or can't answer, is sent again without counting as a try of the task.
_THROTTLED = asl.Retrier(
    errors=("Batch.AWSBatchException",), attempts=5, interval=2, backoff=2.0, max_delay=60, jitter=True
)


def lower(
    graph: FlowGraph, block: Block, places: Places, *, items_inside: bool, rules: Sequence[asl.ParamRule] = ()
) -> asl.StateMachine:
    """The state machine of a graph's blocks; `items_inside`: a Map can hold its items itself.

    :param rules: what the machine checks of its params; they must be what the dialect can check.
    """
    names = Names()
    state_names = {id(named): names.claim(_name(named)) for named in _in_order(block)}
    lowering = _Lowering(names=names, state_names=state_names, places=places, items_inside=items_inside)
    start = start_states(graph, places, names, rules)
    pieces = lowering.pieces(_series(block), catch=None, tolerant=False)
    if not pieces:
        pieces = [[asl.Nothing(name=names.claim(graph.dag_id))]]
    states = _linked(lowering.closed([*start, *pieces]))
    return asl.StateMachine(states=states, comment=graph.comment, timeout=graph.timeout)


Piece = Sequence[asl.State]
"""States that belong together; the open ones go on to the next piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lowering:
    names: Names
    state_names: dict[int, str]
    places: Places
    items_inside: bool

    def pieces(self, blocks: Sequence[Block], *, catch: str | None, tolerant: bool) -> list[Piece]:
        """One piece for each block of a series."""
        return [self.piece(block, catch=catch, tolerant=tolerant) for block in blocks]

    def piece(self, block: Block, *, catch: str | None, tolerant: bool) -> Piece:
        """The states of one block; `catch` takes failures, `tolerant` says that others run beside this branch."""
        match block:
            case Job():
                return [self.task(block, catch)]
            case Parallel(branches=branches, fail_fast=fail_fast):
                state = asl.Parallel(
                    name=self.state_names[id(block)],
                    branches=tuple(
                        self.branch(branch, tolerant=not fail_fast, beside=len(branches)) for branch in branches
                    ),
                    collect=not fail_fast,
                    catch=catch if fail_fast else None,
                    comment=block.comment,
                )
                return [state] if fail_fast else self.with_outcome(state, tolerant=tolerant)
            case Map():
                items = self.items(block)
                mapped = self.map(block, catch=catch)
                states = [mapped] if block.fail_fast else self.with_outcome(mapped, tolerant=tolerant)
                return [*items, *states]
            case Series(blocks=blocks):
                pieces = self.pieces(blocks, catch=catch, tolerant=tolerant)
                return _linked(pieces, end=asl.OPEN).states if pieces else []

    def task(self, block: Job, catch: str | None) -> asl.Task:
        """The Task of a job."""
        node = block.node
        return asl.Task(
            name=self.state_names[id(block)],
            resource=asl.Resource.SUBMIT_JOB_AND_WAIT if node.wait else asl.Resource.SUBMIT_JOB,
            arguments=step_functions_names(self.places.resolve(node.request)),
            keep={self.places.outputs[node.id]: "JobId"} if node.id in self.places.outputs else {},
            retriers=_retriers(node.retry),
            timeout=node.timeout,
            catch=catch,
            comment=node.comment,
        )

    def branch(self, block: Block, *, tolerant: bool, beside: int, keep_item: str | None = None) -> asl.States:
        """The states of a branch or a map's body; a tolerant one ends with its failure as output.

        :param beside: how many branches or items there are.
        """
        blocks = _series(block)
        first: list[Piece] = []
        if keep_item:
            first = [[asl.KeepItem(name=self.names.claim(f"Item of {first_name(block)}"), variable=keep_item)]]
        if not tolerant:
            return _linked(self.closed([*first, *self.pieces(blocks, catch=None, tolerant=False)]))
        suffix = "failed" if len(blocks) == 1 else "branch failed"
        caught = any(_can_catch(inner) for inner in blocks)
        end = self.names.claim(f"{first_name(block)} {suffix}") if caught else None
        linked = _linked(self.closed([*first, *self.pieces(blocks, catch=end, tolerant=True)]))
        ending = [asl.BranchFailed(name=end, collected=False, most=_share(beside))] if end else []
        return asl.States(states=(*linked.states, *ending))

    def map(self, block: Map, *, catch: str | None) -> asl.Map:
        """The Map of a mapped task or task group."""
        name = self.state_names[id(block)]
        return asl.Map(
            name=name,
            items=self.places.resolve(block.node.items) if self.items_inside else None,
            body=self.branch(
                block.body,
                tolerant=not block.fail_fast,
                beside=block.node.count,
                keep_item=self.places.item_variables.get(block.node.id),
            ),
            max_concurrency=block.node.max_concurrency,
            collect=not block.fail_fast,
            catch=catch if block.fail_fast else None,
            comment=block.node.comment,
        )

    def items(self, block: Map) -> list[asl.State]:
        """The state that makes a Map's items, where the Map can't."""
        if self.items_inside:
            return []
        target = self.state_names[id(block)]
        name = self.names.claim(f"Items of {target}")
        return [asl.MakeItems(name=name, items=self.places.resolve(block.node.items), next=target)]

    def closed(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of a branch, with an end to go to where the last one is a choice."""
        last = [state for state in pieces[-1] if isinstance(state, asl.Outcome)] if pieces else []
        return [*pieces, *([asl.Done(name=self.names.claim(f"{state.name} good"))] for state in last)]

    def with_outcome(self, state: asl.Parallel | asl.Map, *, tolerant: bool) -> Piece:
        """The state and what asks, when all branches or items are done, whether one failed."""
        outcome, failed = self.names.claim(f"{state.name} outcome"), self.names.claim(f"{state.name} failed")
        end = asl.BranchFailed(name=failed, collected=True) if tolerant else asl.Failed(name=failed)
        return [replace(state, next=outcome), asl.Outcome(name=outcome, failed=failed), end]


def _linked(pieces: Sequence[Piece], *, end: str | None = None) -> asl.States:
    """One list of states in which each piece goes on to the next, and the last to `end`."""
    filled = [piece for piece in pieces if piece]
    targets = [*(piece[0].name for piece in filled[1:]), end]
    return asl.States(
        states=tuple(_to(state, target) for piece, target in zip(filled, targets, strict=True) for state in piece)
    )


def _to(state: asl.State, target: str | None) -> asl.State:
    match state:
        case asl.Failed() | asl.BranchFailed() | asl.ParamsFailed() | asl.Done():
            return state
        case _:
            return replace(state, next=target) if state.next == asl.OPEN else state


def _series(block: Block) -> tuple[Block, ...]:
    return block.blocks if isinstance(block, Series) else (block,)


def _share(branches: int) -> int | None:
    """How many characters of a Cause each of many branches may hand on; None when there are few.

    A failed job's Cause is its description, of some thousand characters, and all outputs together must fit 256 KiB.
    """
    return None if branches <= 30 else max(20, 200_000 // branches - 100)


def _can_catch(block: Block) -> bool:
    """True when the block's own state can fail: without fail_fast a Parallel or Map collects failures instead."""
    match block:
        case Job():
            return True
        case Parallel(fail_fast=fail_fast) | Map(fail_fast=fail_fast):
            return fail_fast
        case Series(blocks=blocks):
            return any(_can_catch(inner) for inner in blocks)


def _name(block: Job | Parallel | Map) -> str:
    return block.name if isinstance(block, Parallel) else block.node.name


def _in_order(root: Block) -> list[Job | Parallel | Map]:
    """All blocks that become a state with a name of its own: tasks first, because their names weigh more."""
    tasks: list[Job | Parallel | Map] = []
    groups: list[Job | Parallel | Map] = []
    waiting: list[Block] = [root]
    while waiting:
        match waiting.pop():
            case Job() as job:
                tasks.append(job)
            case Map() as mapped:
                tasks.append(mapped)
                waiting.append(mapped.body)
            case Parallel() as parallel:
                groups.append(parallel)
                waiting.extend(reversed(parallel.branches))
            case Series(blocks=blocks):
                waiting.extend(reversed(blocks))
    return tasks + groups


def _retriers(plan: RetryPlan | None) -> tuple[asl.Retrier, ...]:
    if plan is None:
        return ()
    own = asl.Retrier(
        errors=("States.ALL",),
        attempts=plan.attempts,
        interval=plan.delay,
        backoff=plan.backoff,
        max_delay=plan.max_delay,
        jitter=plan.spread,
    )
    return (_THROTTLED, own)
