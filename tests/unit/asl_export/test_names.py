"""State names are unique, short and printable, whatever the tasks are called."""

from hypothesis import given
from hypothesis import strategies as st

from asl_export.asl.names import LONGEST, Names

WANTED = st.lists(st.text(max_size=200) | st.sampled_from(["a", "a (2)", "x" * 90]), max_size=12)


@given(WANTED)
def test_names_are_unique_short_and_printable(wanted: list[str]) -> None:
    names = Names()
    given_names = [names.claim(name) for name in wanted]
    assert len(set(given_names)) == len(wanted)
    assert all(1 <= len(name) <= LONGEST and name.isprintable() for name in given_names)


@given(WANTED)
def test_the_same_wishes_give_the_same_names(wanted: list[str]) -> None:
    first, second = Names(), Names()
    assert [first.claim(name) for name in wanted] == [second.claim(name) for name in wanted]


def test_a_short_name_stays_as_it_is() -> None:
    assert Names().claim("Extract Metadata") == "Extract Metadata"


@given(st.text(min_size=1, max_size=300), st.sampled_from(["failed", "done?", "?", "branch failed"]))
def test_a_word_that_follows_is_never_cut_off(wanted: str, word: str) -> None:
    names = Names()
    first, second = names.claim(wanted, word=word), names.claim(wanted, word=word)
    assert first.endswith(word)
    assert second.endswith(f"{word} (2)")
    assert len(second) <= LONGEST


def test_two_long_names_that_begin_alike_stay_two_with_their_words() -> None:
    names = Names()
    one, two = names.claim("x" * 250 + "1", word="failed"), names.claim("x" * 250 + "2", word="failed")
    assert one != two
    assert (one[-7:], two[-7:]) == (" failed", " failed")
