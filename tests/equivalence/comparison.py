"""What may differ between both runs of a plan, and what may not: stricter than `verify`, which knows no plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asl_export.diagnostics import Code, Diagnostic
from asl_export.verify.compare import Comparison, Difference, compare
from asl_export.verify.edges import Edge
from asl_export.verify.pairs import Pair
from asl_export.verify.run import Run
from tests.equivalence.plans import GroupKind, Plan


def compare_runs(
    plan: Plan,
    direct: Run,
    exported: Run,
    edges: Sequence[Edge],
    warnings: Sequence[Diagnostic],
    *,
    same_text: Mapping[str, str],
) -> tuple[Comparison, tuple[str, ...]]:
    """The comparison, and each difference as a sentence."""
    found = compare(direct, exported, edges, same_text=same_text)
    differences = [_said(difference) for difference in found.differences]
    if not direct.outcome.succeeded and not exported.outcome.succeeded:
        differences += _lone(plan, found.pairs, waits_longer=any(item.code is Code.BARRIER for item in warnings))
    return found, tuple(differences)


def _lone(plan: Plan, pairs: Sequence[Pair], *, waits_longer: bool) -> Iterator[str]:
    """The jobs that only one of two failed runs had, though neither a fail-fast group nor a barrier explains it."""
    stopped = plan.inside(GroupKind.FAIL_FAST)
    for pair in pairs:
        if (pair.direct and pair.exported) or pair.name in stopped:
            continue
        if pair.direct and waits_longer:
            continue  # a barrier makes it wait for a task that failed
        engine = "Airflow" if pair.direct else "Step Functions"
        yield f"{pair.name}: submitted by {engine} only"


def _said(difference: Difference) -> str:
    if not difference.direct and not difference.exported:
        return f"{difference.where}: {difference.what}"
    return f"{difference.where}: {difference.what}: Airflow: {difference.direct}; Step Functions: {difference.exported}"
