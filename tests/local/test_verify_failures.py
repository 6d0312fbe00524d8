"""`asl-export verify --fail-each` on real runs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from asl_export.pipeline import QueryLanguage
from asl_export.verify.controls import Controls
from asl_export.verify.errors import VerifyError
from asl_export.verify.fail_report import fail_report
from asl_export.verify.verification import Verification, verify
from asl_export.verify.what_ran import what_both_did
from tests.local.local_aws_server import serving
from tests.local.test_verify_runs import plan

CHAIN = '    job("first") >> job("last")\n'
MAPPED = """
    both = BatchJobOperator.partial(
        task_id="both", job_queue="queue", job_definition="shell", command=["sh", "-c", "exit 0"], retries=1,
        retry_delay=timedelta(seconds=1),
    ).expand(environment=[{"N": "1"}, {"N": "2"}])
    [job("first") >> both, job("other")] >> job("last", AFTER="{{ run_id }}")
"""
UNLIKE = """
    rule = "all_done" if "fail-each" in os.environ.get("AIRFLOW_HOME", "") else "all_success"
    last = job("last")
    last.trigger_rule = rule
    job("first") >> last
"""
AHEAD = """
    with ParallelBranches("fast", submit_ahead=True) as fast:
        job("first") >> job("second")
        with ParallelBranches("inside"):
            last = job("last")
            last.retries, last.retry_delay = 1, timedelta(seconds=1)
            job("beside", script="sleep 1") >> last
    with ParallelBranches("free", fail_fast=False, submit_ahead=True) as free:
        job("a") >> job("b") >> job("c")
        job("d")
    fast >> free >> job("after")
"""
RESULTS = """
    BatchJobOperator(
        task_id="writes", job_queue="queue", job_definition="result", result="s3://results/of",
        command=['{"n": 5, "run": "{{ run_id }}"}', "exit 0"],
    ) >> job("last", WHEN="{{ ts }} {{ ds }}")
"""


def verified(folder: Path, body: str, *, language: QueryLanguage = QueryLanguage.JSONATA) -> Verification:
    made = replace(plan(folder, body), fail_each=True, query_language=language)
    return verify(made, Console(file=io.StringIO()))


def told(verification: Verification) -> list[tuple[str, str]]:
    good = verification.comparison
    return sorted((runs.job.label, what_both_did(runs.comparison, good)) for runs in verification.failed)


def page(verification: Verification) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(fail_report(verification))
    return [line.strip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.slow
@pytest.mark.parametrize("language", list(QueryLanguage))
def test_each_job_and_each_item_of_a_map_is_made_to_fail_in_both_ways(tmp_path: Path, language: QueryLanguage) -> None:
    verification = verified(tmp_path, MAPPED, language=language)
    assert told(verification) == [
        ("both (N=1)", "both failed; 4 of 5 jobs ran"),
        ("both (N=2)", "both failed; 4 of 5 jobs ran"),
        ("first", "both failed; 2 of 5 jobs ran"),
        ("last", "both failed; 5 of 5 jobs ran"),
        ("other", "both failed; 4 of 5 jobs ran"),
    ]
    assert [runs.comparison.differences for runs in verification.failed] == [()] * 5
    mapped = next(runs for runs in verification.failed if runs.job.label == "both (N=1)")
    tries = [job.status for job in mapped.comparison.exported.jobs if job.request["environment"].get("N") == "1"]
    assert tries == ["FAILED", "FAILED"]


@pytest.mark.slow
def test_jobs_that_airflow_submits_ahead_are_no_difference_whichever_fails(tmp_path: Path) -> None:
    verification = verified(tmp_path, AHEAD)
    assert verification.comparison.differences == ()
    ahead = [job.name for job in verification.comparison.direct.jobs if "dependsOn" in job.request]
    assert ahead == ["second", "last", "b", "c"]
    assert [runs.comparison.differences for runs in verification.failed] == [()] * 9
    free = dict(told(verification))
    assert (free["a"], free["b"]) == ("both failed; 6 of 9 jobs ran", "both failed; 7 of 9 jobs ran")


@pytest.mark.slow
def test_runs_that_differ_only_when_a_job_fails_are_shown(tmp_path: Path) -> None:
    verification = verified(tmp_path, UNLIKE)
    assert verification.comparison.same
    assert not verification.same
    lines = page(verification)
    assert "first     Airflow succeeded, Step Functions failed; 2 and 1 of 2 jobs ran; they differ" in lines
    diff = lines[lines.index("With first failing") :]
    assert diff[diff.index("last") :][:4] == ["last", "job", "- SUCCEEDED", "+ never submitted"]
    assert lines[-1] == "the same with each job failing: no: 1 of 2 jobs differ"


@pytest.mark.slow
def test_on_a_local_aws_that_runs_already_the_jobs_to_fail_are_as_before_in_the_end(tmp_path: Path) -> None:
    made = replace(plan(tmp_path, CHAIN), fail_each=True)
    with serving() as server:
        controls = Controls(endpoint=server.endpoint)
        controls.fail([{"name": "somebody-else-s"}])
        verification = verify(replace(made, endpoint=server.endpoint), Console(file=io.StringIO()))
        assert controls.failing() == [{"name": "somebody-else-s", "used": 0}]
    assert verification.same
    assert told(verification) == [("first", "both failed; 1 of 2 jobs ran"), ("last", "both failed; 2 of 2 jobs ran")]


def test_where_jobs_can_t_be_told_to_fail_nothing_is_run_and_it_is_said(tmp_path: Path) -> None:
    made = replace(plan(tmp_path, CHAIN), fail_each=True, folder=tmp_path / "subject")
    with (
        serving() as server,
        pytest.raises(VerifyError, match=r"--fail-each needs a local AWS.*no /local-aws/fail-jobs"),
    ):
        verify(replace(made, endpoint=f"{server.endpoint}/somewhere"), Console(file=io.StringIO()))


@pytest.mark.slow
def test_both_runs_have_one_date_and_results_that_are_compared_without_the_run_ids(tmp_path: Path) -> None:
    made = plan(tmp_path, RESULTS)
    stack = (tmp_path / "stack.yaml").read_text()
    bucket = "  Results:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: results}\n"
    definition = stack[stack.index("  Definition:") :].replace("  Definition", "  Other").replace("shell", "result")
    (tmp_path / "stack.yaml").write_text(stack + bucket + definition)
    comparison = verify(made, Console(file=io.StringIO())).comparison
    assert comparison.differences == ()
    assert [pair.exported.result for pair in comparison.pairs if pair.exported] == [({"n": 5, "run": "{run id}"},), ()]
    last = comparison.exported.jobs[1].request["environment"]
    assert last["WHEN"] == "2026-01-31T00:00:00+00:00 2026-01-31"
