"""How far a soak is: kept in a file after each chunk, so that it goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

CHUNK = 25
"""Examples of one Hypothesis run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkResult:
    """What came of a chunk: how many examples ran, which were left out and why, and the DAG that isn't the same."""

    number: int
    ran: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    counterexample: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakState:
    """Chunks are numbered from 0; a chunk's number and the seed give its examples.

    `ahead`: chunks that were done before an earlier one was.
    """

    seed: int
    next_chunk: int = 0
    ahead: tuple[int, ...] = ()
    ran: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    found: tuple[str, ...] = ()

    def chunk_seed(self, number: int) -> int:
        """What Hypothesis starts from in a chunk."""
        return self.seed * 1_000_003 + number

    def open_chunks(self, count: int, *, begun: frozenset[int] = frozenset()) -> tuple[int, ...]:
        """The next so many chunks that are neither done nor begun."""
        found: list[int] = []
        number = self.next_chunk
        while len(found) < count:
            if number not in self.ahead and number not in begun:
                found.append(number)
            number += 1
        return tuple(found)

    def after(self, result: ChunkResult, *, file: str | None = None) -> SoakState:
        """The state with a chunk done; `file` holds its counterexample."""
        done = {*self.ahead, result.number}
        next_chunk = self.next_chunk
        while next_chunk in done:
            done.remove(next_chunk)
            next_chunk += 1
        left_out = dict(self.left_out)
        for why, count in result.left_out.items():
            left_out[why] = left_out.get(why, 0) + count
        return replace(
            self,
            next_chunk=next_chunk,
            ahead=tuple(sorted(done)),
            ran=self.ran + result.ran,
            left_out=left_out,
            found=(*self.found, *([file] if file else [])),
        )


def load(folder: Path, *, seed: int) -> SoakState:
    """The state kept in a folder, or a new one with this seed."""
    file = folder / "state.json"
    if not file.exists():
        return SoakState(seed=seed)
    kept = json.loads(file.read_text(encoding="utf-8"))
    return SoakState(**{**kept, "ahead": tuple(kept["ahead"]), "found": tuple(kept["found"])})


def save(state: SoakState, folder: Path) -> None:
    """Keep the state; a crash leaves the one before."""
    new = folder / "state.json.new"
    new.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    new.replace(folder / "state.json")


def keep(counterexample: str, folder: Path, number: int) -> str:
    """Write a counterexample, a DAG file, into the folder; its path in there."""
    name = f"counterexamples/chunk_{number:05}.py"
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(counterexample, encoding="utf-8")
    return name
