"""A param's pattern as a regular expression of JSONata, where it means the same."""

import pytest

from asl_export.asl.dialects.jsonata_rules import broken_test
from asl_export.asl.states import ParamRule, Rule


def written(pattern: str) -> str | None:
    return broken_test("$x", ParamRule(param="x", rule=Rule.PATTERN, operand=pattern, problem=""))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^a+$", "/^a+$/"),
        ("a/b", r"/a\/b/"),
        (r"a\/b", r"/a\/b/"),
        (r"a\\/b", r"/a\\\/b/"),
        (r"\[]", r"/\[]/"),
        (r"\++", r"/\++/"),
    ],
)
def test_a_pattern_ends_where_it_does_in_the_dag(pattern: str, expected: str) -> None:
    assert f"$contains($x, {expected})" in str(written(pattern))


@pytest.mark.parametrize("pattern", ["", "(?P<n>a)", r"a\Z", "a++", "a{2}+", "a{,3}", "[]a]", "[^]a]", "a%}", "a\nb"])
def test_a_pattern_that_means_something_else_elsewhere_is_not_written(pattern: str) -> None:
    assert written(pattern) is None
