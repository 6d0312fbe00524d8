"""Two runs in a line."""

from __future__ import annotations

from collections import Counter

from asl_export.verify.compare import Comparison
from asl_export.verify.run import Run


def what_both_did(comparison: Comparison, good: Comparison) -> str:
    """`both failed; 3 of 10 jobs ran`; jobs that the good run lacks, say one behind `one_failed`, are counted apart."""
    runs = (comparison.direct, comparison.exported)
    ends = ["succeeded" if run.outcome.succeeded else "failed" for run in runs]
    ran = [_ran(run, good.direct) for run in runs]
    counts = _both(*ran)
    others = [_others(run, good.direct) for run in runs]
    more = f", {_both(*others)} other{'' if max(others) == 1 else 's'}" if any(others) else ""
    end = f"both {ends[0]}"
    if ends[0] != ends[1]:
        end = ", ".join(f"{run.outcome.engine} {word}" for run, word in zip(runs, ends, strict=True))
    differs = "" if comparison.same else "; they differ"
    return f"{end}; {counts} of {len(good.direct.jobs)} jobs ran{more}{differs}"


def _both(ours: int, theirs: int) -> str:
    return str(ours) if ours == theirs else f"{ours} and {theirs}"


def _others(run: Run, good: Run) -> int:
    """How many jobs were started of names that the good run doesn't have."""
    usual = {job.name for job in good.jobs}
    return len({job.name for job in run.jobs if job.started is not None} - usual)


def _ran(run: Run, good: Run) -> int:
    """How many jobs of the good run were started in this one, however often."""
    started = Counter(job.name for job in run.jobs if job.started is not None)
    usual = Counter(job.name for job in good.jobs)
    return sum(min(started[name], usual[name]) for name in usual)
