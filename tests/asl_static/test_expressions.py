"""What expressions and paths read, as far as it can be seen from their text."""

import pytest

from tests.asl_static.jsonata import read_jsonata
from tests.asl_static.jsonpath import read_path, read_reference_path, read_selector


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$a.b[c = $d]", "a d"),
        ("'$a' & \"$b\" & `$c`.$d", "d"),
        ("/* $a */ $match($b, /$c/)", "b"),
        ("($x := $a; $x & $y)", "a y"),
        ("($y & ($x := 1; $x)) & $x", "x y"),
        ("($x := 1; ($x := 2; $z); $x)", "z"),
        ("$map($list, function($v, $i) { $v + $i + $far })", "far list"),
        ("($f := function($n) { $n < 1 ? $base : $f($n - 1) }; $f(3))", "base"),
        ("$map($list, $string) ~> $join(',')", "list"),
        ("$list^(>$key).{'a': $b}", "b key list"),
        ("$list@$l.items#$i[$l.n = $i].{'x': $l & $free}", "free list"),
        ("{'a': [$a, 1..$b]}", "a b"),
        ("$c ? $t : $e", "c e t"),
        ("-$a in [$b]", "a b"),
        ("$states.input.x & $states.context.Execution.Name", ""),
        ("$substring(?, 0, $n)", "n"),
        ("$list{key: $sum($w)}", "list w"),
        ("$doc ~> |$|{'x': $new}|", "doc new"),
    ],
)
def test_the_variables_of_jsonata_are_those_that_are_bound_nowhere_inside(text: str, names: str) -> None:
    found = read_jsonata(text)
    assert sorted(found.variables) == names.split()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a.b", "reads the field 'a' of nothing"),
        ("$.a", "reads $, and there is no input document"),
        ("$x[$$.a = 1]", "reads $$, and there is no input document"),
        ("$map([1], function($v) { a })", "reads the field 'a' of nothing"),
        ("$x.($f(1))", "calls $f, and there is no such function"),
        ("$a +", "isn't JSONata: "),
    ],
)
def test_what_jsonata_cant_mean_in_a_machine_is_a_fault(text: str, fault: str) -> None:
    assert "\n".join(read_jsonata(text).faults).startswith(fault)


@pytest.mark.parametrize("text", ["$x[a = 1]", "$x.($.a)", "$x.$uppercase(a)", "$x[$ > 1]", "$x^(a)", "$x{a: b}"])
def test_fields_of_something_are_no_fault(text: str) -> None:
    assert read_jsonata(text).faults == ()


def test_what_is_read_of_states_is_known_by_its_path() -> None:
    found = read_jsonata("$states.context.Map.Item.Value.x & $states.result[0].y & $states.input")
    assert sorted(found.states) == [("context", "Map", "Item", "Value", "x"), ("input",), ("result", "y")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$", ""),
        ("$.a-b['c d'][0][*][1:2]..e[?(@.x == 'it''s' && (@.y > 1))]", ""),
        ("$a.b", "a"),
        ("$$.Execution.Input.x", ""),
        ("$list[?(@.x == $wanted)]", "list wanted"),
        ("States.Format('{} $no \\'\\{\\}', $a)", "a"),
        ("States.Array($a, 'x, $b)', States.ArrayGetItem($.c, 0), -1.5, null, true)", "a"),
        ("States.JsonMerge($a.x, $b, false)", "a b"),
        ("States.UUID()", ""),
    ],
)
def test_the_variables_of_jsonpath_are_those_in_paths(text: str, names: str) -> None:
    found = read_selector(text)
    assert (found.faults, sorted(found.variables)) == ((), names.split())


@pytest.mark.parametrize("text", ["", "x", "$.", "$a b", "$.a[", "$.a[?(@.x]", "$['a]", "States.UUID()"])
def test_what_isnt_a_path_is_a_fault(text: str) -> None:
    assert read_path(text).faults


@pytest.mark.parametrize("text", ["$..a", "$.a[*]", "$.a[0:1]", "$.a[?(@.x)]"])
def test_a_path_to_several_places_is_no_reference_path(text: str) -> None:
    assert read_path(text).faults == ()
    assert read_reference_path(text).faults


@pytest.mark.parametrize(("number", "faults"), [(9, ()), (10, ("nests 11 functions, more than 10",))])
def test_a_field_takes_ten_intrinsic_functions(number: int, faults: tuple[str, ...]) -> None:
    calls = ", ".join(["States.UUID()"] * number)
    assert read_selector(f"States.Array({calls})").faults == faults
