"""Which job of one run is which of the other, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asl_export.verify.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same job in both runs; None where a run has no such job."""

    direct: Job | None
    exported: Job | None

    @property
    def name(self) -> str:
        """The job's name."""
        job = self.direct or self.exported
        return job.name if job else ""


def pair_jobs(direct: Sequence[Job], exported: Sequence[Job]) -> tuple[Pair, ...]:
    """Match jobs by name, among equal names by equal requests, then by age; in the order of the direct run."""
    rest: dict[str, list[Job]] = {}
    for job in exported:
        rest.setdefault(job.name, []).append(job)
    exact = {job.id: _take(rest, job, same_request=True) for job in direct}
    named = {job.id: exact[job.id] or _take(rest, job, same_request=False) for job in direct}
    matched = [Pair(direct=job, exported=named[job.id]) for job in direct]
    left = {job.id for jobs in rest.values() for job in jobs}
    return (*matched, *(Pair(direct=None, exported=job) for job in exported if job.id in left))


def _take(jobs: Mapping[str, list[Job]], like: Job, *, same_request: bool) -> Job | None:
    rest = jobs.get(like.name, [])
    found = next((job for job in rest if not same_request or job.request == like.request), None)
    if found is not None:
        rest.remove(found)
    return found


def value_differences(direct: Any, exported: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Each leaf of two JSON values that differs: its path, and what either has."""
    if isinstance(direct, Mapping) and isinstance(exported, Mapping):
        for key in [*direct, *(key for key in exported if key not in direct)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from value_differences(direct.get(key), exported.get(key), inner)
    elif isinstance(direct, list) and isinstance(exported, list) and len(direct) == len(exported):
        for index, (ours, theirs) in enumerate(zip(direct, exported, strict=True)):
            yield from value_differences(ours, theirs, f"{path}[{index}]")
    elif direct != exported or type(direct) is not type(exported):
        plain = all(value is None or isinstance(value, str) for value in (direct, exported))
        yield path, _shown(direct, plain), _shown(exported, plain)


def _shown(value: Any, plain: bool) -> str:
    """A value to read; text in quotes where it could be taken for something else."""
    return "not set" if value is None else str(value) if plain else repr(value)
