"""What came of letting each job fail: a line for each, a diff where the runs differ."""

from __future__ import annotations

import io

from rich.console import Console

from asl_export.verify.compare import Comparison, compare
from asl_export.verify.fail_each import FailedRuns
from asl_export.verify.fail_progress import FailProgress
from asl_export.verify.fail_report import fail_report
from asl_export.verify.failing_jobs import failing_jobs
from asl_export.verify.forecast import Forecast
from asl_export.verify.verification import Verification
from tests.unit.verify.runs import blocked, direct_run, exported_run, failed, flow, job

DAG = flow("a b", "c")
JOBS = (job("a"), job("b", at=2), job("c"))
GOOD = compare(direct_run(*JOBS), exported_run(*JOBS), DAG.edges, flow=DAG)
CASES = failing_jobs(GOOD.direct)
ALIKE = compare(
    direct_run(failed("a"), job("c"), reason="a failed"),
    exported_run(failed("a"), blocked("b", "a"), job("c"), reason="a failed"),
    DAG.edges,
    flow=DAG,
)
UNLIKE = compare(
    direct_run(job("a"), failed("b", at=2), job("c"), reason="b failed"),
    exported_run(job("a"), failed("b", at=2)),
    DAG.edges,
    flow=DAG,
)


def page(verification: Verification) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(fail_report(verification))
    return [line.strip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # a StringIO


def verification(*comparisons: Comparison) -> Verification:
    failed = (FailedRuns(job=job, comparison=found) for job, found in zip(CASES, comparisons, strict=False))
    return Verification(comparison=GOOD, failed=tuple(failed))


def test_a_line_says_what_both_runs_did() -> None:
    lines = page(verification(ALIKE))
    assert "a         both failed; 2 of 3 jobs ran" in lines
    assert lines[-1] == "the same with each job failing: yes  (1 job)"
    assert verification(ALIKE).same


def test_jobs_that_run_only_after_a_failure_are_counted_apart() -> None:
    jobs = (failed("a"), job("c"), job("mail"))
    found = compare(direct_run(*jobs, reason="a failed"), exported_run(*jobs, reason="a failed"), (), flow=DAG)
    assert "a         both failed; 2 of 3 jobs ran, 1 other" in page(verification(found))


def test_counts_that_differ_since_jobs_were_stopped_are_explained() -> None:
    stopping = flow("a", "b", "c", stopped_early="a b c")
    direct, exported = direct_run(failed("a"), reason="x"), exported_run(failed("a"), job("b"), reason="x")
    lines = page(verification(compare(direct, exported, (), flow=stopping)))
    assert "a         both failed; 1 and 2 of 3 jobs ran" in lines
    assert any(line.startswith("Two counts: the failure stopped jobs beside it") for line in lines)


def test_runs_that_differ_are_shown_as_a_diff_and_counted() -> None:
    lines = page(verification(ALIKE, UNLIKE))
    assert "b         Airflow failed, Step Functions succeeded; 3 and 2 of 3 jobs ran; they differ" in lines
    diff = lines[lines.index("With b failing") :]
    assert diff[diff.index("c") :][:4] == ["c", "job", "- SUCCEEDED", "+ never submitted"]
    assert lines[-1] == "the same with each job failing: no: 1 of 2 jobs differ"
    assert not verification(ALIKE, UNLIKE).same


def test_where_no_job_was_made_to_fail_the_reason_is_said() -> None:
    assert page(Verification(comparison=GOOD, not_failed="no job was made to fail: x")) == [
        "no job was made to fail: x"
    ]


def test_progress_says_which_of_how_many_and_how_long_it_took() -> None:
    console, times = Console(file=io.StringIO(), width=120), iter([0.0, 1.0, 1.0, 5.5])
    forecast = Forecast.of(CASES, GOOD.direct, GOOD.exported, DAG, shared=False)
    progress = FailProgress(console, console.status(""), CASES, forecast, GOOD, clock=lambda: next(times))
    progress.begin(CASES[0])
    progress.end(CASES[0], ALIKE)
    said = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    assert said == "  1/3 failing a: both failed; 2 of 3 jobs ran  (4.5 s)\n"
