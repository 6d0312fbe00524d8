"""What the last lines of a verification say, and whether a CI job may go on."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from asl_export.verify.compare import Comparison, compare
from asl_export.verify.report import report
from asl_export.verify.verification import Verification
from tests.unit.verify.runs import direct_run, exported_run, job

NO_QUEUE = "there is no queue"


def page(comparison: Comparison) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(report(comparison))
    return console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of the line before


def test_runs_that_both_failed_before_a_job_compare_nothing_and_say_why() -> None:
    ended = {"reason": NO_QUEUE}
    comparison = compare(direct_run(tasks={"a": ("failed",), "b": ("skipped",)}, **ended), exported_run(**ended), ())
    assert not Verification(comparison=comparison).same
    said = page(comparison)
    assert "nothing was compared: neither run submitted a job" in said
    assert said.count(f"failed: {NO_QUEUE}") == 2
    assert "failed in Airflow: a\n" in said.replace(" \n", "\n")
    assert "same result: yes" not in said


def test_a_failed_submission_that_a_rule_makes_good_is_nothing_compared_either() -> None:
    tasks = {"a": ("failed",), "end": ("success",)}
    assert not Verification(comparison=compare(direct_run(tasks=tasks), exported_run(), ())).same


@pytest.mark.parametrize("reason", [None, NO_QUEUE])
def test_a_run_without_a_job_to_run_and_runs_with_jobs_are_compared(reason: str | None) -> None:
    jobs = [job("a")] if reason else []
    tasks = {"a": ("failed" if reason else "skipped",)}
    comparison = compare(direct_run(*jobs, reason=reason, tasks=tasks), exported_run(*jobs, reason=reason), ())
    assert Verification(comparison=comparison).same
    assert "same result: yes" in page(comparison)


def test_one_run_that_failed_is_a_difference() -> None:
    comparison = compare(direct_run(reason=NO_QUEUE), exported_run(), ())
    assert not Verification(comparison=comparison).same
    assert "same result: no: result differ" in page(comparison)
