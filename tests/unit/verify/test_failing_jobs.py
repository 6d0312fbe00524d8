"""A job that is made to fail is known again in other runs, in both ways to run a DAG."""

from __future__ import annotations

import re
from typing import Any

from asl_export.verify.failing_jobs import FailingJob, failing_jobs
from asl_export.verify.jobs import Job, plain_name
from tests.unit.verify.runs import DIRECT_ID, direct_run, exported_run, failed, job

OTHER_RUN = "manual__2027-03-01T00-00-00.5+00-00"
JOB_ID = "0b8e2f3a-94c1-4c57-9d6e-2f6a1f0c9e11"


def item(**environment: str) -> dict[str, Any]:
    return {"environment": environment, "command": ["render"]}


def labels(found: tuple[FailingJob, ...]) -> list[str]:
    return [each.label for each in found]


def test_a_name_alone_tells_a_job_apart_with_and_without_what_a_direct_run_adds() -> None:
    (found,) = failing_jobs(direct_run(job("encode.1", request=item(SIZE="1"))))
    rule = found.rule(OTHER_RUN)
    assert set(rule) == {"name"}
    names = ("encode.1", "encode.1-89abcdef-0123456789ab", "encode-1")
    assert [bool(re.fullmatch(rule["name"], name)) for name in names] == [True, True, False]


def test_a_name_that_a_direct_run_cut_is_known_by_its_beginning() -> None:
    long = "n" * 120
    (found,) = failing_jobs(direct_run(job(plain_name(f"{long[:106]}-89abcdef-0123456789ab"))))
    assert re.fullmatch(found.rule(OTHER_RUN)["name"], long)
    assert re.fullmatch(found.rule(OTHER_RUN)["name"], f"{long[:106]}-fedcba98-ba9876543210")


def test_jobs_of_one_name_are_told_apart_by_what_they_were_asked_and_named_by_it() -> None:
    found = failing_jobs(direct_run(*(job("m", id=size, request=item(SAME="x", SIZE=size)) for size in ("1", "2"))))
    assert labels(found) == ["m (SIZE=1)", "m (SIZE=2)"]
    assert found[1].rule(OTHER_RUN)["request"] == {
        "queue": "queue",
        "environment": {"SAME": "x", "SIZE": "2"},
        "command": ["render"],
    }


def test_a_word_of_the_command_names_a_job_where_nothing_else_does() -> None:
    found = failing_jobs(direct_run(*(job("m", id=word, request={"command": ["sh", word]}) for word in "ab")))
    assert labels(found) == ["m (command[1]=a)", "m (command[1]=b)"]


def test_a_long_value_names_a_job_by_its_end() -> None:
    found = failing_jobs(
        direct_run(*(job("m", id=word, request=item(IN="s3://bucket/" + "d" * 40 + word)) for word in "ab"))
    )
    assert labels(found)[1] == f"m (…{'d' * 38}b)"


def test_the_run_id_in_a_request_is_that_of_the_run_in_which_the_job_fails() -> None:
    found = failing_jobs(direct_run(*(job("m", id=n, request=item(OUT=f"s3://b/{DIRECT_ID}/{n}")) for n in "01")))
    assert found[0].rule(OTHER_RUN)["request"]["environment"] == {"OUT": f"s3://b/{OTHER_RUN}/0"}


def test_the_run_id_in_a_job_s_name_may_be_any() -> None:
    (found,) = failing_jobs(direct_run(job("a-manual__2026-01-31T08-00-00-123456-00-00-z")))
    assert re.fullmatch(found.rule(OTHER_RUN)["name"], "a-anything-z")


def test_ids_of_jobs_are_of_one_run_and_tell_nothing() -> None:
    first = job("a", id=JOB_ID)
    jobs = [job("m", id=size, request=item(AFTER=JOB_ID, SIZE=size)) for size in ("1", "2")]
    found = failing_jobs(direct_run(first, *jobs))
    assert found[1].rule(OTHER_RUN)["request"]["environment"] == {"SIZE": "1"}


def test_json_that_both_runs_write_otherwise_tells_nothing_and_json_that_they_write_alike_does() -> None:
    def runs(blank: str) -> list[Job]:
        both = ({"WRITTEN": '{"a": 1}', "MADE": f'{{"n":{blank}{number}}}', "N": number} for number in "12")
        return [job("m", id=each["N"], request=item(**each)) for each in both]

    found = failing_jobs(direct_run(*runs(" ")), exported_run(*runs("")))
    assert found[1].rule(OTHER_RUN)["request"]["environment"] == {"WRITTEN": '{"a": 1}', "N": "2"}


def test_jobs_that_nothing_tells_apart_fail_together() -> None:
    assert labels(failing_jobs(direct_run(job("m", id="1"), job("m", id="2")))) == ["m"]


def test_a_job_that_fails_by_itself_is_left_out() -> None:
    assert labels(failing_jobs(direct_run(job("a"), failed("b")))) == ["a"]


def test_a_job_that_succeeded_at_its_second_try_is_not_left_out() -> None:
    assert labels(failing_jobs(direct_run(failed("b"), job("b", at=2)))) == ["b"]
