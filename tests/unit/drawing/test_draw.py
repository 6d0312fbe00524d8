"""The drawing shows every state and transition of a definition, as valid SVG whatever the names are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from asl_export.drawing import draw
from asl_export.drawing.layout import Box, Picture, place
from asl_export.drawing.scopes import read_machine

SVG = "{http://www.w3.org/2000/svg}"
RESOURCE = "arn:aws:states:::batch:submitJob.sync"


def task(after: str | None = None, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": RESOURCE, **({"Next": after} if after else {"End": True}), **more}


def chain(*names: str) -> dict[str, Any]:
    states = {name: task(after) for name, after in zip(names, [*names[1:], None], strict=True)}
    return {"StartAt": names[0], "States": states}


def parallel(*branches: Mapping[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **({"Next": after} if after else {"End": True})}


VIDEO = {
    "StartAt": "Extract Metadata",
    "States": {
        "Extract Metadata": task("Process Video"),
        "Process Video": parallel(
            chain("Extract Features"),
            {"StartAt": "Transcode", "States": {"Transcode": parallel(chain("4k-1", "4k-2"), chain("1080p-1"))}},
        ),
    },
}

LOOP = {
    "StartAt": "Poll",
    "States": {
        "Poll": task("Ready?", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Gone"}]),
        "Ready?": {"Type": "Choice", "Choices": [{"Condition": "{% $ready %}", "Next": "Done"}], "Default": "Nap"},
        "Nap": {"Type": "Wait", "Seconds": 30, "Next": "Poll"},
        "Done": {"Type": "Succeed"},
        "Gone": {"Type": "Fail", "Error": "Gone"},
    },
}


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def boxes(picture: Picture, x: float = 0, y: float = 0) -> list[tuple[Box, float, float]]:
    """Every box of a picture with its place on the whole page."""
    own = [(box, x + box.x, y + box.y) for box in picture.boxes]
    inner = [
        found
        for box in picture.boxes
        for branch_x, branch_y, branch in box.branches
        for found in boxes(branch, x + box.x + branch_x + 16, y + box.y + branch_y + 16)
    ]
    return own + inner


def overlaps(one: tuple[Box, float, float], two: tuple[Box, float, float]) -> bool:
    (a, ax, ay), (b, bx, by) = one, two
    return ax < bx + b.width and bx < ax + a.width and ay < by + b.height and by < ay + a.height


def test_every_state_of_nested_parallels_is_named_once() -> None:
    shown = texts(draw(VIDEO, title="video"))
    names = ["Start", "End", "Extract Metadata", "Process Video", "Extract Features", "Transcode", "4k-1", "4k-2"]
    assert [shown.count(name) for name in names] == [1] * len(names)


def test_choices_and_catches_are_labelled() -> None:
    shown = texts(draw(LOOP, title="loop"))
    assert {"$ready", "otherwise", "on States.ALL", "Seconds: 30"} <= set(shown)


def test_a_jsonpath_choice_is_labelled_with_its_whole_rule() -> None:
    rule = {"And": [{"Variable": "$.a", "NumericGreaterThan": 3}, {"Not": {"Variable": "$.b", "IsNull": True}}]}
    machine = {
        "StartAt": "x",
        "States": {"x": {"Type": "Choice", "Choices": [{**rule, "Next": "y"}]}, "y": {"Type": "Succeed"}},
    }
    titles = [element.text for element in ET.fromstring(draw(machine, title="t")).iter(f"{SVG}title")]
    assert "($.a NumericGreaterThan 3) and (not ($.b IsNull True))" in titles


def test_no_two_boxes_of_one_scope_overlap() -> None:
    found = boxes(place(read_machine(LOOP)))
    assert [
        (a[0].state.name, b[0].state.name)
        for index, a in enumerate(found)
        for b in found[index + 1 :]
        if overlaps(a, b)
    ] == []


def test_a_transition_leads_down_and_a_loop_leads_back_up() -> None:
    paths = {(path.arrow.source, path.arrow.target): path.points for path in place(read_machine(LOOP)).paths}
    down, up = paths["Ready?", "Nap"], paths["Nap", "Poll"]
    assert (down[0][1] < down[-1][1], up[0][1] > up[-1][1]) == (True, True)


def test_every_piece_of_an_arrow_has_a_length() -> None:
    pieces = [piece for path in place(read_machine(LOOP)).paths for piece in pairwise(path.points)]
    assert [piece for piece in pieces if piece[0] == piece[1]] == []


def test_an_arrow_past_a_tall_frame_goes_straight_down_beside_it() -> None:
    machine = {
        "StartAt": "x",
        "States": {
            "x": {"Type": "Choice", "Choices": [{"Condition": "{% $a %}", "Next": "tall"}], "Default": "end"},
            "tall": parallel(chain("a", "b", "c"), after="end"),
            "end": {"Type": "Succeed"},
        },
    }
    picture = place(read_machine(machine))
    frame = next(box for box in picture.boxes if box.branches)
    past = next(path for path in picture.paths if (path.arrow.source, path.arrow.target) == ("x", "end"))
    beside = [
        piece for piece in pairwise(past.points) if piece[0][1] <= frame.y and piece[1][1] >= frame.y + frame.height
    ]
    assert [start[0] == end[0] and not frame.x < start[0] < frame.x + frame.width for start, end in beside] == [True]


def test_several_conditions_for_one_state_are_one_arrow_that_holds_them_all() -> None:
    rules = [{"Condition": "{% $a %}", "Next": "y"}, {"Condition": "{% $b %}", "Next": "y"}]
    machine = {"StartAt": "x", "States": {"x": {"Type": "Choice", "Choices": rules}, "y": {"Type": "Succeed"}}}
    root = ET.fromstring(draw(machine, title="t"))
    assert "$a $b" in [element.text for element in root.iter(f"{SVG}title")]
    assert "one of 2 conditions" in [element.text for element in root.iter(f"{SVG}text")]


def test_branches_lie_inside_their_frame_side_by_side() -> None:
    frame = next(box for box in place(read_machine(VIDEO)).boxes if box.branches)
    (first_x, first_y, first), (second_x, second_y, second) = frame.branches
    assert first_y == second_y
    assert first_x + first.width < second_x
    assert second_x + second.width < frame.width
    assert second_y + second.height < frame.height


@pytest.mark.parametrize(
    "name", ['<script>alert("x")</script>', "a & b", "]]>", "\x00\x1b[31mred", "\ud800", "名前", ""]
)
def test_a_hostile_name_stays_text(name: str) -> None:
    root = ET.fromstring(draw(chain(name or " ", "last"), title=name).encode("utf-8"))
    assert [element.tag for element in root.iter() if "script" in element.tag] == []


def test_two_branches_of_fifty_states_and_a_chain_of_three_thousand_are_drawn() -> None:
    wide = {"StartAt": "P", "States": {"P": parallel(*(chain(f"{n}-a", f"{n}-b") for n in range(50)))}}
    long = chain(*(f"step {number}" for number in range(3000)))
    assert (texts(draw(wide, title="w")).count("49-b"), texts(draw(long, title="l")).count("step 2999")) == (1, 1)


def test_many_branches_are_wrapped_so_that_the_picture_stays_readable() -> None:
    wide = {"StartAt": "P", "States": {"P": parallel(*(chain(f"job {n}") for n in range(100)))}}
    picture = place(read_machine(wide))
    assert picture.width < 1700


def test_the_same_definition_gives_the_same_bytes() -> None:
    assert draw(LOOP, title="t") == draw(LOOP, title="t")


def test_both_light_and_dark_are_styled() -> None:
    assert "prefers-color-scheme: dark" in draw(VIDEO, title="t")


@pytest.mark.parametrize(
    ("retry", "words"),
    [
        ([{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}], ["retried up to 2 times"]),
        ([{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}], ["retried once"]),
        ([{"ErrorEquals": ["States.ALL"]}], ["retried up to 3 times"]),
        ([], []),
    ],
)
def test_the_retries_told_are_the_tasks_own_and_not_those_for_throttling(
    retry: list[dict[str, Any]], words: list[str]
) -> None:
    throttled = {"ErrorEquals": ["Batch.AWSBatchException"], "MaxAttempts": 5}
    svg = draw({"StartAt": "a", "States": {"a": task(Retry=[throttled, *retry])}}, title="retries")
    assert [text for text in texts(svg) if text.startswith("retried ")] == words
