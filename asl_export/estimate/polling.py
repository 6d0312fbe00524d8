"""How often Airflow asks AWS Batch how jobs are getting on."""

from __future__ import annotations

import math

from airstep.pace import look_interval
from asl_export.estimate.limits import IDS_A_CALL

_STOCK_INTERVAL = 30
# When it has submitted the job, to link to its queue; for its log; and whether it has succeeded.
_STOCK_BESIDE = 3


def stock_describes(jobs: int, seconds: int) -> int:
    """DescribeJobs calls of the stock `BatchOperator`, deferrable and with its default `poll_interval` of 30 s.

    One job a call: at once and every 30 s until it has ended, and three times beside.
    Source: `operators/batch.py` and `utils/waiter_with_logging.py` of apache-airflow-providers-amazon 9.39.
    """
    return jobs * (1 + math.ceil(seconds / _STOCK_INTERVAL) + _STOCK_BESIDE)


def own_describes(jobs: int, seconds: int) -> int:
    """DescribeJobs calls of our operators' poller for jobs that are submitted together: 100 of them a call."""
    looks, age = 0, 0.0
    while age < seconds:
        age += look_interval(age)
        looks += 1
    return math.ceil(jobs / IDS_A_CALL) * max(looks, 1)
