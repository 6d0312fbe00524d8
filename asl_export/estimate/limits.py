"""What AWS asks for and allows, as the estimate counts with it.

Prices and rates are those of eu-west-1 and us-east-1; some regions ask for a little more.
"""

from __future__ import annotations

CALLS_A_SECOND = 50
"""SubmitJob calls a second that AWS Batch takes from an account in a region; DescribeJobs is counted with the same.

Source: https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
"""

DOLLARS_A_TRANSITION = 0.025 / 1000
"""Of standard workflows; the 4,000 transitions a month that are free are left out.

Source: https://aws.amazon.com/step-functions/pricing/
"""

TRANSITIONS_A_CHILD = 1
"""What a distributed Map adds for each execution that it starts, beside the states in it.

Source: https://aws.amazon.com/step-functions/pricing/
"""

MOST_EVENTS = 25_000
"""In the history of one standard execution, after which Step Functions ends it.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

IDS_A_CALL = 100
"""Jobs that one DescribeJobs call asks for.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html
"""
