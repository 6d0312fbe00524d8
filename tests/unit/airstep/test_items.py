"""How a job's fields name the item, and what becomes of that."""

import copy
from typing import Any

import pytest
from jinja2 import Template

from airstep.items import ItemField, S3Objects, changed_texts, filled, for_runner, has_field, item, parts, plain


@pytest.mark.parametrize(
    ("text", "runner", "found"),
    [
        (item["Key"], "{Key}", "in/a b.wav"),
        (item["size"]["w"], "{size.w}", "640"),
        ("s3://b/" + item["Key"] + ".mp4", "s3://b/{Key}.mp4", "s3://b/in/a b.wav.mp4"),
        (f"<{item['Key']}|{item['n']}>", "<{Key}|{n}>", "<in/a b.wav|2>"),
        (item["ok"], "{ok}", "true"),
        (item["half"], "{half}", "0.5"),
        (item["a/b %"], "{a/b %}", "odd"),
        ("{x}" + item["n"] + "{{y}}", "{{x}}{n}{{{{y}}}}", "{x}2{{y}}"),
        ("plain", "plain", "plain"),
    ],
)
def test_a_text_with_fields_is_filled_here_as_the_runner_does_it(text: str, runner: str, found: str) -> None:
    value = {"Key": "in/a b.wav", "size": {"w": 640}, "n": 2.0, "ok": True, "half": 0.5, "a/b %": "odd"}
    assert for_runner(text) == runner
    assert filled(text, value) == found


def test_the_whole_item_is_a_text_too() -> None:
    assert (for_runner(f"-{item}"), filled(item, "one"), filled(item, 3)) == ("-{}", "one", "3")


def test_templates_leave_the_item_alone() -> None:
    text = Template("{{ prefix }}" + item["Key"] + "{% if true %}!{% endif %}").render(prefix="p/")
    assert list(parts(text)) == ["p/", ("Key",), "!"]


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        (item["a"], {"b": 1, "c": 2}, "there is no item['a']: its fields are 'b', 'c'"),
        (item["a"]["b"], {"a": 1}, "there is no item['a']['b']"),
        (item["a"], [1], "there is no item['a']"),
        (item["a"], {"a": None}, "item['a']: expected text, a number or a boolean, not NoneType"),
        (item, {"a": 1}, "item: expected text, a number or a boolean, not dict"),
    ],
)
def test_what_an_item_lacks_is_said_in_a_sentence(text: str, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match="item") as error:
        filled(text, value)
    assert str(error.value).startswith(why)


@pytest.mark.parametrize("name", ["a.b", "a{", "a}", "a[0]", "a!r", "a:b", ""])
def test_a_name_that_the_runner_could_not_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="rename the field"):
        for_runner(item["x"][name])


def test_fields_are_found_in_nested_values_and_their_names() -> None:
    assert has_field({"a": [1, ("x", item["k"])]})
    assert has_field({item["k"]: 1})
    assert not has_field({"a": [1, ("x", "k")], "b": None})


def test_a_field_survives_copies_and_becomes_a_plain_text_for_airflow() -> None:
    field = copy.deepcopy([item["k"]])[0]
    assert (type(field), type(plain({"a": [field, (field,)]})["a"][0])) == (ItemField, str)
    assert plain({"a": (field,)})["a"] == (field,)
    assert plain(S3Objects("b")) == S3Objects("b")


def test_texts_are_changed_and_names_are_not() -> None:
    assert changed_texts({"a": ["b", {"c": ("d", 1)}]}, str.upper) == {"a": ["B", {"c": ["D", 1]}]}


def test_a_slice_of_a_field_is_a_slice_of_its_text() -> None:
    assert item["k"][1:-1] == "k"
