"""Wait: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines, machine

NO_TIMES = ["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z", "05-12-2016T21:29:29Z"]


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


@pytest.mark.parametrize(
    "moment", ["2016-12-05T21:29:29Z", "2016-12-05T21:29:29.123456789Z", "2016-12-05T21:29:29.1+01:00"]
)
def test_a_moment_that_has_passed_is_not_waited_for(machines: StateMachines, moment: str) -> None:
    literal, computed = ({"Type": "Wait", "Timestamp": text} for text in (moment, "{% $states.input %}"))

    assert machines.run(machine(A=literal, B=computed), moment).status == "SUCCEEDED"


@pytest.mark.parametrize("moment", NO_TIMES)
def test_a_text_that_is_no_time_is_refused_when_the_machine_is_created(machines: StateMachines, moment: str) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition, match="does not match RFC3339 timestamp"):
        machines.create(machine(Only={"Type": "Wait", "Timestamp": moment}))


@pytest.mark.parametrize("moment", NO_TIMES)
def test_an_expression_without_a_time_is_a_query_evaluation_error(machines: StateMachines, moment: str) -> None:
    execution = machines.state({"Type": "Wait", "Timestamp": "{% $states.input %}"}, moment)

    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause.endswith(f"ISO-8601 extended offset date-time format string: {moment}")


@pytest.mark.parametrize("seconds", [-1, 1.5, "1", True, 100_000_000])
def test_seconds_are_a_whole_number_that_is_not_negative(machines: StateMachines, seconds: Any) -> None:
    in_jsonata = machines.state({"Type": "Wait", "Seconds": "{% $states.input %}"}, seconds)
    in_jsonpath = machines.state({"Type": "Wait", "SecondsPath": "$"}, seconds, language="JSONPath")

    assert (in_jsonata.error, in_jsonpath.error) == ("States.QueryEvaluationError", "States.Runtime")


def test_a_moment_too_far_away_is_a_runtime_error(machines: StateMachines) -> None:
    execution = machines.state({"Type": "Wait", "Timestamp": "2199-01-01T00:00:00Z"})

    assert (execution.error, "Wait state delay is too long" in execution.cause) == ("States.Runtime", True)
