"""Whether two runs of a DAG did the same: the jobs they asked for, their order, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asl_export.verify.edges import Edge, check_order
from asl_export.verify.jobs import Job
from asl_export.verify.run import Run


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that both runs should share and don't: in which job or part, and what each run has."""

    where: str
    what: str
    direct: str
    exported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side; `notes` are what a reader should know and no difference."""

    direct: Run
    exported: Run
    pairs: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    edges_checked: int

    @property
    def same(self) -> bool:
        """Whether both runs did the same."""
        return not self.differences


def compare(
    direct: Run, exported: Run, edges: Sequence[Edge], *, same_text: Mapping[str, str] | None = None
) -> Comparison:
    """Compare two runs of one DAG.

    :param same_text: texts of the exported run's requests that stand for other texts in the direct run's, such as an
        output folder of its own.
    """
    pairs = pair_jobs(direct.jobs, [_with_text(job, same_text or {}) for job in exported.jobs])
    both_failed = not direct.outcome.succeeded and not exported.outcome.succeeded
    lone = [pair for pair in pairs if not pair.direct or not pair.exported]
    differences = [*_outcome(direct, exported), *_order(direct, edges), *_order(exported, edges)]
    differences += [found for pair in pairs for found in _job(pair, both_failed=both_failed)]
    # A failure stops other branches at a moment that differs: Airflow's test runs one task after another.
    if not both_failed:
        differences += [_missing(pair) for pair in lone]
    check = check_order(edges, direct.jobs)
    notes = [f"the order of {text}" for text in check.unknown]
    notes += [_unreached(pair, direct, exported) for pair in lone] if both_failed else []
    return Comparison(
        direct=direct,
        exported=exported,
        pairs=pairs,
        differences=tuple(differences),
        notes=tuple(notes),
        edges_checked=check.checked,
    )


def pair_jobs(direct: Sequence[Job], exported: Sequence[Job]) -> tuple[Pair, ...]:
    """Match jobs by name, among equal names by equal requests, then by age; in the order of the direct run."""
    rest = list(exported)
    exact = {job.id: _take(rest, lambda other, job=job: other.request == job.request) for job in direct}
    named = {job.id: exact[job.id] or _take(rest, lambda other, job=job: other.name == job.name) for job in direct}
    matched = [Pair(direct=job, exported=named[job.id]) for job in direct]
    return (*matched, *(Pair(direct=None, exported=job) for job in rest))


def _take(jobs: list[Job], wanted: Any) -> Job | None:
    found = next((job for job in jobs if wanted(job)), None)
    if found is not None:
        jobs.remove(found)
    return found


def _outcome(direct: Run, exported: Run) -> Iterator[Difference]:
    if direct.outcome.succeeded != exported.outcome.succeeded:
        yield Difference(
            where="the run", what="final state", direct=describe_end(direct), exported=describe_end(exported)
        )


def describe_end(run: Run) -> str:
    """`succeeded`, or `failed` and why."""
    return "succeeded" if run.outcome.succeeded else f"failed: {run.outcome.reason}"


def _order(run: Run, edges: Sequence[Edge]) -> Iterator[Difference]:
    for broken in check_order(edges, run.jobs).broken:
        ours = run.outcome.engine
        yield Difference(where="order", what=f"{ours}: {broken}", direct="", exported="")


def _job(pair: Pair, *, both_failed: bool) -> Iterator[Difference]:
    if not pair.direct or not pair.exported:
        return
    direct, exported = pair.direct, pair.exported
    for field, left, right in request_differences(direct.request, exported.request):
        yield Difference(where=pair.name, what=field, direct=left, exported=right)
    if both_failed and not (direct.ended_by_itself and exported.ended_by_itself):
        return
    for field, left, right in (
        ("status", direct.status, exported.status),
        ("exit code", str(direct.exit_code), str(exported.exit_code)),
    ):
        if left != right:
            yield Difference(where=pair.name, what=field, direct=left, exported=right)


def request_differences(direct: Any, exported: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Each leaf of two SubmitJob requests that differs: its path, and what either has."""
    if isinstance(direct, Mapping) and isinstance(exported, Mapping):
        for key in [*direct, *(key for key in exported if key not in direct)]:
            inner = f"{path}.{key}" if path else key
            yield from request_differences(direct.get(key), exported.get(key), inner)
    elif direct != exported:
        plain = all(value is None or isinstance(value, str) for value in (direct, exported))
        yield path, _shown(direct, plain), _shown(exported, plain)


def _shown(value: Any, plain: bool) -> str:
    """A value to read; text in quotes where it could be taken for something else."""
    return "not set" if value is None else str(value) if plain else repr(value)


def _missing(pair: Pair) -> Difference:
    return Difference(
        where=pair.name,
        what="job",
        direct=pair.direct.status if pair.direct else "never submitted",
        exported=pair.exported.status if pair.exported else "never submitted",
    )


def _unreached(pair: Pair, direct: Run, exported: Run) -> str:
    only, other = (direct, exported) if pair.direct else (exported, direct)
    return f"{pair.name}: submitted by {only.outcome.engine} only; {other.outcome.engine} had failed before it"


def _with_text(job: Job, same_text: Mapping[str, str]) -> Job:
    return replace(job, request=_replaced(job.request, same_text)) if same_text else job


def _replaced(value: Any, same_text: Mapping[str, str]) -> Any:
    match value:
        case str():
            for theirs, ours in same_text.items():
                value = value.replace(theirs, ours)
            return value
        case Mapping():
            return {key: _replaced(item, same_text) for key, item in value.items()}
        case list():
            return [_replaced(item, same_text) for item in value]
        case _:
            return value
