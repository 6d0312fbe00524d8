"""What came of letting each job fail, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from asl_export.verify.fail_each import FailedRuns
from asl_export.verify.report import differences_of
from asl_export.verify.verification import Verification
from asl_export.verify.what_ran import what_both_did

STOPPED = (
    "Two counts: the failure stopped jobs beside it, more or fewer of them by the time it came. "
    "airflow dags test runs one task after another, Step Functions all at once."
)


def fail_report(verification: Verification) -> RenderableType:
    """A line for each job that was made to fail, a diff where the runs differ, and the verdict."""
    failed, good = verification.failed, verification.comparison
    if verification.not_failed:
        return Text(verification.not_failed, style="bold")
    table = Table(
        title="With each job failing", title_justify="left", title_style="bold", show_edge=False, box=SIMPLE_HEAD
    )
    table.add_column("failing", no_wrap=True)
    table.add_column("what both runs did")
    for runs in failed:
        style = "green" if runs.comparison.same else "red"
        table.add_row(runs.job.label, Text(what_both_did(runs.comparison, good), style=style))
    parts: list[RenderableType] = [table]
    if any(runs.comparison.same and runs.comparison.notes for runs in failed):
        parts.append(Text(STOPPED, style="dim"))
    for runs in failed:
        if not runs.comparison.same:
            heading = Text(f"With {runs.job.label} failing", style="bold")
            parts += [Text(), heading, Padding(differences_of(runs.comparison), (0, 0, 0, 2))]
    return Group(*parts, Text(), _verdict(failed))


def _verdict(failed: Sequence[FailedRuns]) -> Text:
    differing = sum(not runs.comparison.same for runs in failed)
    jobs = f"{len(failed)} job{'' if len(failed) == 1 else 's'}"
    verdict = (f"no: {differing} of {jobs} differ", "bold red") if differing else ("yes", "bold green")
    return Text.assemble(
        ("the same with each job failing: ", "bold"), verdict, ("" if differing else f"  ({jobs})", "dim")
    )
