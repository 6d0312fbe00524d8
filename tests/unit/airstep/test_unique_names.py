"""A job of a direct run is known by its name: which run's it is, and which task's."""

import re

import pytest

from airstep.job_names import is_of_run, run_digits, unique_name

DIGITS = run_digits("dag", "run")


@pytest.mark.parametrize("length", [1, 106, 128, 300])
def test_a_name_keeps_to_128_characters_and_ends_in_the_digits_of_run_and_job(length: int) -> None:
    name = unique_name("n" * length, "dag", "run", "task", 3, 1)
    assert len(name) == min(length, 106) + 22
    assert re.fullmatch(rf"n+-{DIGITS}-[0-9a-f]{{12}}", name)
    assert name != unique_name("n" * length, "dag", "run", "task", 4, 1)


def test_the_digits_of_a_run_are_those_of_its_dag_and_id() -> None:
    assert len({DIGITS, run_digits("dag", "run2"), run_digits("dag2", "run"), run_digits("dagr", "un")}) == 4


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (unique_name("encode", "dag", "run", "task", -1, 1), True),
        (unique_name("a-b-c", "dag", "run", "other", 4, 2, "graph"), True),
        (unique_name("encode", "dag", "other", "task", -1, 1), False),
        (f"encode-{DIGITS}", False),
        (f"encode-{DIGITS}-0123456789aB", False),
        (f"encode-{DIGITS}-0123456789", False),
        (f"encode-{DIGITS}-0123456789ab-more", False),
        (f"{DIGITS}-0123456789ab", False),
        ("encode", False),
        ("", False),
    ],
)
def test_a_job_is_of_a_run_if_its_name_ends_in_the_run_s_digits_and_twelve_of_its_own(name: str, known: bool) -> None:
    assert is_of_run(name, DIGITS) is known
