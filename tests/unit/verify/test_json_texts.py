"""The same JSON in two texts is the same, whatever its blanks, escapes and order of keys; all else counts."""

from __future__ import annotations

import pytest

from asl_export.verify.compare import compare
from asl_export.verify.json_texts import in_one_form
from tests.unit.verify.runs import direct_run, exported_run, job

AIRFLOW = r'{"a": "q\u0026\u00e9", "b": [1, 2.5, {"x": null}]}'
MACHINE = '{"b":[1,2.5,{"x":null}],"a":"q&é"}'


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (AIRFLOW, MACHINE),
        (f"run {AIRFLOW} [now", f"run {MACHINE} [now"),
        (r'"a\u003cb\u003e"', '"a<b>"'),
        ("[0.30000000000000004, 3.0, 1e20]", "[0.3,3,100000000000000000000]"),
        ({"command": ["sh", AIRFLOW]}, {"command": ["sh", MACHINE]}),
    ],
)
def test_the_same_json(ours: object, theirs: object) -> None:
    assert ours != theirs
    assert in_one_form(ours) == in_one_form(theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ('{"a": true}', '{"a": 1}'),
        ('{"a": "1"}', '{"a": 1}'),
        ("[1, 2]", "[2, 1]"),
        ("[1, 2", "[1,2"),
        ("a  b", "a b"),
        ("3.0", "3"),
    ],
)
def test_what_differs_still_does(ours: str, theirs: str) -> None:
    assert in_one_form(ours) != in_one_form(theirs)


@pytest.mark.parametrize("text", ["", "plain", "[", '{"', "[" * 5000, '5" [or so', "[[1 2]]"])
def test_a_text_without_json_stays(text: str) -> None:
    assert in_one_form(text) == text


def test_jobs_of_one_name_are_matched_by_the_json_that_they_were_asked_for() -> None:
    ours, theirs = ([f'{{"n":{blank}{number}}}' for number in (1, 2)] for blank in (" ", ""))
    runs = [
        [job("m", id=text, request={"environment": {"N": text}}) for text in texts] for texts in (ours, theirs[::-1])
    ]
    assert compare(direct_run(*runs[0]), exported_run(*runs[1]), ()).same
