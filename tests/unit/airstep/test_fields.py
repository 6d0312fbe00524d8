"""What BatchJobOperator says about its arguments while the DAG is parsed."""

from typing import Any

import pytest

from airstep.operators import BatchJobOperator
from airstep.operators.fields import default_job_name


def operator(**arguments: Any) -> BatchJobOperator:
    return BatchJobOperator(**{"task_id": "t", "job_definition": "d", "job_queue": "q", **arguments})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"job_queue": ""}, "job_queue is empty; give a name or an ARN"),
        ({"job_name": "a b"}, "job_name 'a b' must be 1 to 128 letters, digits, hyphens and underscores"),
        ({"command": "ls -l"}, "command must be a list of words, not one text: 'ls -l'"),
        ({"command": ["a", None]}, "command[1] must be text or a number, not NoneType"),
        ({"environment": {"A": ["b"]}}, "environment['A'] must be text, a number or a boolean, not list"),
        ({"environment": [{"name": "A", "value": "b"}]}, "environment must be a mapping, not list"),
        ({"vcpus": 0}, "vcpus is 0; it must be more than 0"),
        ({"vcpus": "many"}, "vcpus must be a number, not 'many'"),
        ({"memory": 1.5}, "memory must be a whole number, not 1.5"),
        ({"memory": float("inf")}, "memory must be a whole number, not inf"),
        ({"vcpus": float("inf")}, "vcpus must be a number, not inf"),
        ({"gpus": 10**400}, "gpus must be a whole number, not 1000"),
        ({"poll_interval": "soon"}, "poll_interval must be a number of seconds above 0, not 'soon'"),
        ({"poll_interval": 0}, "poll_interval must be a number of seconds above 0, not 0"),
        ({"gpus": True}, "gpus must be a whole number, not True"),
        ({"submit_job_timeout": 59}, "submit_job_timeout is 59 seconds; the least is 60 seconds"),
        ({"array_properties": {"size": 0}}, "array_properties['size'] is 0; the least is 1"),
        ({"array_properties": {"size": 10_001}}, "array_properties['size'] is 10001; the most is 10000"),
        ({"scheduling_priority_override": 10_000}, "scheduling_priority_override is 10000; the most is 9999"),
        ({"depends_on": [str(n) for n in range(21)]}, "depends_on names 21 jobs; AWS Batch allows 20"),
        ({"depends_on": "job"}, "depends_on must be a list of job ids"),
        (
            {"retry_strategy": {"Attempts": 3}},
            "retry_strategy has no key 'Attempts'; there are attempts, evaluateOnExit",
        ),
        ({"retry_strategy": {"attempts": 11}}, "retry_strategy['attempts'] is 11; the most is 10"),
        ({"retry_strategy": {"evaluateOnExit": [{"action": "EXIT"}] * 6}}, "has 6 rules; AWS Batch allows 5"),
        (
            {"retry_strategy": {"evaluateOnExit": [{"action": "STOP"}]}},
            "retry_strategy['evaluateOnExit'][0]['action'] must be RETRY or EXIT, not 'STOP'",
        ),
        (
            {"retry_strategy": {"evaluateOnExit": [{"onExit": "1", "action": "EXIT"}]}},
            "retry_strategy['evaluateOnExit'][0] has no key 'onExit'",
        ),
        (
            {"memory": 5, "container_overrides": {"resourceRequirements": []}},
            "container_overrides and the shorthand arguments both set resourceRequirements: keep one",
        ),
        ({"job_id": "x"}, "job_id: the stock operator replaces it"),
        ({"waiters": object()}, "waiters: waiting has one schedule here"),
        ({"max_retries": 3}, "max_retries: a job is waited for until it ends; limit that with execution_timeout"),
        ({"status_retries": 3}, "status_retries: errors of DescribeJobs are retried"),
        ({"region": "eu-west-1"}, "region: it is called region_name"),
    ],
)
def test_a_wrong_argument_is_named_with_its_task(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^BatchJobOperator 't': ") as caught:
        operator(**arguments)
    assert sentence in str(caught.value)


def test_all_wrong_arguments_are_said_at_once() -> None:
    with pytest.raises(ValueError, match="vcpus") as caught:
        operator(vcpus=-1, memory=0, job_queue="")
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        {"vcpus": "{{ params.vcpus }}", "submit_job_timeout": "{{ params.limit }}"},
        {"job_name": "{{ params.name }}", "command": "{{ params.command }}", "depends_on": "{{ params.jobs }}"},
        {"retry_strategy": {"attempts": "{{ params.n }}", "evaluateOnExit": [{"action": "retry", "onExitCode": "1"}]}},
        {"array_properties": {"size": "{{ params.n }}"}, "max_retries": 4200},
        {"container_overrides": {"command": ["a"]}, "vcpus": 0.25},
        {"environment": "{{ params.environment }}", "container_overrides": "{{ params.overrides }}"},
    ],
)
def test_templates_and_the_defaults_of_the_stock_operator_pass(arguments: dict[str, Any]) -> None:
    assert operator(**arguments).task_id == "t"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Extract Metadata", "Extract_Metadata"),
        ("_x.y", "x_y"),
        ("größe", "gr__e"),
        ("--", "job"),
        ("a" * 200, "a" * 128),
    ],
)
def test_the_default_job_name_is_the_label_in_letters_that_batch_allows(label: str, name: str) -> None:
    assert default_job_name(label) == name
