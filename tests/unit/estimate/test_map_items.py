"""Numbers of items, from the command line and from the DAG."""

import pytest

from asl_export.estimate.items import GivenItems, ItemsError, MapItems

UNKNOWN = MapItems(id="group.each", count=None)
LISTED = MapItems(id="listed", count=3)
LIMITED = MapItems(id="limited", count=None, most=100)


@pytest.mark.parametrize(
    ("given", "by_map", "others"),
    [
        ([], {}, None),
        (["3_000_000"], {}, 3_000_000),
        (["group.each=5", "7"], {"group.each": 5}, 7),
        (["a=b=2"], {"a=b": 2}, None),
    ],
)
def test_numbers_are_for_a_map_or_for_all_others(given: list[str], by_map: dict[str, int], others: int | None) -> None:
    assert GivenItems.parse(given) == GivenItems(by_map=by_map, others=others)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["many"], "'many' must be a whole number above 0"),
        (["0"], "'0' must be a whole number above 0"),
        (["-3"], "'-3' must be"),
        (["each="], "'each=' must be"),
        (["_"], "'_' must be"),
        (["²"], "'²' must be"),
        (["1", "2"], "1 and 2 are both for all maps"),
        (["each=1", "each=2"], "'each' is given twice"),
    ],
)
def test_what_is_no_number_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(ItemsError, match=said):
        GivenItems.parse(given)


def test_a_map_has_what_the_dag_says_or_else_what_is_given() -> None:
    given = GivenItems.parse(["group.each=5", "7"])
    assert given.counts([UNKNOWN, LISTED, LIMITED]) == {"group.each": 5, "listed": 3, "limited": 7}


def test_max_items_is_the_number_where_none_is_given_and_the_most_where_one_is() -> None:
    assert GivenItems.parse([]).counts([LIMITED]) == {"limited": 100}
    assert GivenItems.parse(["500"]).counts([LIMITED]) == {"limited": 100}


@pytest.mark.parametrize(
    ("given", "maps", "said"),
    [
        ([], [UNKNOWN], "how many items has 'group.each'"),
        (["other=3"], [UNKNOWN, LISTED], "no map 'other'; its maps: group.each, listed"),
        (["listed=4"], [LISTED], "the DAG itself says that 'listed' has 3 items"),
        (["4"], [LISTED], "the DAG itself says how many"),
        (["4"], [], "the DAG has no maps"),
    ],
)
def test_numbers_that_do_not_fit_the_dag_are_refused(given: list[str], maps: list[MapItems], said: str) -> None:
    with pytest.raises(ItemsError, match=said):
        GivenItems.parse(given).counts(maps)
