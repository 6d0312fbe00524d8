"""How long it will take is said before it begins."""

from __future__ import annotations

import pytest

from asl_export.verify.errors import VerifyError
from asl_export.verify.failing_jobs import failing_jobs
from asl_export.verify.forecast import Forecast, duration
from asl_export.verify.patience import Limits
from tests.unit.verify.runs import direct_run, exported_run, flow, job

DIRECT, EXPORTED = direct_run(job("a", at=4), job("b", at=6)), exported_run(job("a"), job("b"))


def forecast(*, retry_seconds: float = 0.0, shared: bool = False) -> Forecast:
    """Of runs in which Airflow needed 4 s to start and 5 for the rest, Step Functions 9."""
    dag = flow("a b", retry_seconds=retry_seconds)
    return Forecast.of(failing_jobs(DIRECT), DIRECT, EXPORTED, dag, shared=shared)


def test_the_sum_names_what_the_retries_wait() -> None:
    assert str(forecast()) == "Failing each of 2 jobs in turn, on every try: at most about 25 s"
    assert str(forecast(retry_seconds=60)) == (
        "Failing each of 2 jobs in turn, on every try: at most about 2 min 25 s, 2 min 0 s of it between retries"
    )


def test_runs_on_one_aws_are_one_after_the_other() -> None:
    assert forecast(shared=True).run == forecast().run + 5


def test_retries_that_wait_longer_than_a_run_may_take_are_refused_before_anything_runs() -> None:
    with pytest.raises(VerifyError, match=r"a fail on every try.*wait 2 min 0 s.*may take 1 min 30 s.*--timeout"):
        forecast(retry_seconds=120).check(Limits(total=90))
    forecast(retry_seconds=80).check(Limits(total=90))


def test_a_run_may_stand_still_while_its_retries_wait() -> None:
    (first, _) = failing_jobs(DIRECT)
    assert forecast(retry_seconds=900).limits(first, Limits(idle=600)).idle == 1860
    assert forecast().limits(first, Limits(idle=600)).idle == 600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s"), (3599.9, "1 h 0 min"), (4200, "1 h 10 min")],
)
def test_a_duration_reads_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text
