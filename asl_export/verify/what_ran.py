"""Two runs in a line."""

from __future__ import annotations

from collections import Counter

from asl_export.verify.compare import Comparison
from asl_export.verify.run import Run


def what_both_did(comparison: Comparison, good: Comparison) -> str:
    """`both failed; 3 of 10 jobs ran`."""
    runs = (comparison.direct, comparison.exported)
    ends = ["succeeded" if run.outcome.succeeded else "failed" for run in runs]
    ran = [_ran(run, good.direct) for run in runs]
    counts = str(ran[0]) if ran[0] == ran[1] else f"{ran[0]} and {ran[1]}"
    end = f"both {ends[0]}"
    if ends[0] != ends[1]:
        end = ", ".join(f"{run.outcome.engine} {word}" for run, word in zip(runs, ends, strict=True))
    differs = "" if comparison.same else "; they differ"
    return f"{end}; {counts} of {len(good.direct.jobs)} jobs ran{differs}"


def _ran(run: Run, good: Run) -> int:
    """How many jobs of the good run were started in this one, however often."""
    started = Counter(job.name for job in run.jobs if job.started is not None)
    usual = Counter(job.name for job in good.jobs)
    return sum(min(started[name], usual[name]) for name in usual)
