"""The names of two runs' jobs are compared without what a direct run adds to them."""

import pytest

from asl_export.verify.compare import compare
from asl_export.verify.jobs import plain_name
from tests.unit.verify.runs import direct_run, exported_run, job

ID = "0b8e2f3a-94c1-4c57-9d6e-2f6a1f0c9e11"
OTHER_ID = "7c1d9a44-0f2b-4d0e-8a55-6b3f4e2d1c00"


@pytest.mark.parametrize("name", ["encode", ID, f"after-{ID}", "a-89abcdef-0123456789ab-b"])
def test_a_name_is_what_the_dag_gave_it_in_both_runs(name: str) -> None:
    assert plain_name(name) == plain_name(f"{name}-89abcdef-0123456789ab") == name


def test_a_job_named_by_another_jobs_id_is_the_same_in_both_runs() -> None:
    direct = direct_run(job("plain", id=ID), job(plain_name(f"{ID}-89abcdef-0123456789ab"), at=1))
    exported = exported_run(job("plain", id=OTHER_ID), job(plain_name(OTHER_ID), at=1))
    assert compare(direct, exported, ()).differences == ()
