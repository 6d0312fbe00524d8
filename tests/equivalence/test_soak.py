"""A soak goes on where it stopped, and keeps what it finds."""

from pathlib import Path

import pytest

from tests.equivalence.engines import engines, local_aws
from tests.equivalence.soak import progress
from tests.equivalence.soak_chunk import run_chunk
from tests.equivalence.soak_state import ChunkResult, SoakState, keep, load, save


def test_a_new_soak_begins_with_the_first_chunks(tmp_path: Path) -> None:
    assert load(tmp_path, seed=7).open_chunks(2) == (0, 1)


def test_a_soak_goes_on_after_the_chunks_that_were_done(tmp_path: Path) -> None:
    state = SoakState(seed=7).after(ChunkResult(number=0, ran=25)).after(ChunkResult(number=2, ran=25))
    save(state, tmp_path)
    again = load(tmp_path, seed=8)
    assert (again, again.ran, again.open_chunks(2)) == (state, 50, (1, 3))


def test_a_chunk_that_was_done_early_is_not_done_again() -> None:
    state = SoakState(seed=7).after(ChunkResult(number=1, ran=25)).after(ChunkResult(number=0, ran=25))
    assert (state.next_chunk, state.ahead) == (2, ())


def test_a_chunk_that_has_begun_is_not_begun_again() -> None:
    assert SoakState(seed=7).open_chunks(2, begun=frozenset({0, 2})) == (1, 3)


def test_each_chunk_has_examples_of_its_own() -> None:
    assert len({SoakState(seed=seed).chunk_seed(number) for seed in (1, 2) for number in range(1000)}) == 2000


def test_a_counterexample_is_kept_as_a_file_and_counted(tmp_path: Path) -> None:
    file = keep("the DAG", tmp_path, 3)
    state = SoakState(seed=7).after(ChunkResult(number=3, ran=4, counterexample="the DAG"), file=file)
    assert (tmp_path / state.found[0]).read_text() == "the DAG"


def test_the_progress_says_how_many_how_fast_and_how_long_still() -> None:
    state = SoakState(seed=7, ran=1000, left_out={"race": 3}, found=("x.py",))
    line = "1000 of 4000 · 2.00 a second · 25 min left · 1 not the same, 3 left out (race)"
    assert progress(state, 4000, 500, 250.0) == line


@pytest.mark.slow
def test_a_run_that_airflow_does_not_end_is_a_find(tmp_path: Path) -> None:
    with local_aws() as aws, engines(aws, limit=0) as opened:
        found = run_chunk(opened, 0, 1, shrink=False)
    assert found.counterexample
    assert "Airflow did not end the run in 0 s" in found.counterexample
