"""What one pass over the blocks takes for granted, and what it finds that the next must know.

Which ends of tasks the machine asks for is known only when it is written, and writing it depends on that: the passes
are repeated until one finds nothing new; then until one finds all that it took for granted, as an early pass, which
knew less, may have asked for more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from asl_export.asl.lower.scopes import Scope, Scopes, scopes_of
from asl_export.asl.lower.variables import Fact, Read, Variables
from asl_export.ir.blocks import Block

ScopeKey = tuple[int, int] | None
"""Which scope, from pass to pass: the id of a Parallel or Map and the number of the branch; None for the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the passes have found: facts read in a scope, blocks that report, those inlined, those that never may be."""

    reads: dict[tuple[Fact, ScopeKey], None] = field(default_factory=dict)
    reporting: set[int] = field(default_factory=set)
    inlined: set[int] = field(default_factory=set)
    barred: set[int] = field(default_factory=set)

    def anew(self) -> Needs:
        """Nothing found yet, with the same blocks inlined and barred."""
        return Needs(inlined=self.inlined, barred=self.barred)

    def both(self, other: Needs) -> Needs:
        """What was found here or there."""
        reads, reporting = {**self.reads, **other.reads}, self.reporting | other.reporting
        return Needs(reads=reads, reporting=reporting, inlined=self.inlined, barred=self.barred)

    def size(self) -> int:
        """How much was found."""
        return len(self.reads) + len(self.reporting)

    def inline(self, block: int) -> None:
        """From the next pass on, the branches of a Parallel lie in the scope around it."""
        self.inlined.add(block)

    def bar(self, block: int) -> None:
        """From now on, the branches of a Parallel have scopes of their own.

        :raises RestartError: they have none in this pass.
        """
        self.barred.add(block)
        raise RestartError

    def scopes_changed(self, plan: Plan) -> bool:
        """Whether the next pass will have other scopes, so that all that this one has found is void."""
        return self.inlined - self.barred != plan.inlined


class RestartError(Exception):
    """The pass can't go on with the scopes that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a pass goes by."""

    scopes: Scopes
    variables: Variables
    keys: dict[int, ScopeKey]
    reporting: frozenset[int]
    inlined: frozenset[int]

    @classmethod
    def of(cls, root: Block, needs: Needs) -> Plan:
        """The plan that the needs found so far make."""
        inlined = frozenset(needs.inlined - needs.barred)
        scopes = scopes_of(root, inlined)
        keys: dict[int, ScopeKey] = {id(scopes.root): None}
        for key, scope in scopes.of_part.items():
            keys.setdefault(id(scope), key)
        reads = [
            Read(fact=fact, scope=scopes.root if key is None else scopes.of_part[key]) for fact, key in needs.reads
        ]
        return cls(
            scopes=scopes,
            variables=Variables.of(reads, scopes),
            keys=keys,
            reporting=frozenset(needs.reporting),
            inlined=inlined,
        )

    def key(self, scope: Scope) -> ScopeKey:
        """The name of a scope that lasts from pass to pass."""
        return self.keys[id(scope)]
