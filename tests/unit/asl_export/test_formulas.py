"""Formulas keep their meaning when they are made simple, and what is known of a place is true in all that may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from asl_export.ir.status import Status
from asl_export.outcomes.formula import (
    FALSE,
    TRUE,
    Ended,
    Every,
    Formula,
    Not,
    Some,
    atoms,
    ended,
    every,
    negation,
    some,
    substituted,
)
from asl_export.outcomes.world import FAILURE, MOST_WORLDS, End, World, combined, distinct, holds, one_of

TASKS = ("a", "b", "c")
WAYS = [str(status) for status in Status]
PROFILE = settings(derandomize=True, database=None, deadline=None, max_examples=150)

some_ways = st.frozensets(st.sampled_from(WAYS), min_size=1)


def formulas_of(tasks: Sequence[str]) -> st.SearchStrategy[Formula]:
    """Formulas over some tasks."""
    return st.recursive(
        st.builds(Ended, task=st.sampled_from(tasks), ways=some_ways),
        lambda part: (
            st.builds(Not, part=part)
            | st.builds(Every, parts=st.lists(part, max_size=3).map(tuple))
            | st.builds(Some, parts=st.lists(part, max_size=3).map(tuple))
        ),
        max_leaves=8,
    )


formulas = formulas_of(TASKS)
complete = st.fixed_dictionaries({task: st.sampled_from(WAYS) for task in TASKS})
partial = st.fixed_dictionaries({}, optional={task: some_ways.map(one_of) for task in TASKS})
clauses = st.frozensets(st.frozensets(st.sampled_from(TASKS), min_size=1), max_size=2)


def truth(formula: Formula, ends: Mapping[str, str]) -> bool:
    """What a formula means when all is known of tasks that aren't mapped."""
    match formula:
        case Ended(task=task, ways=ways):
            return ends[task] in ways
        case Not(part=part):
            return not truth(part, ends)
        case Every(parts=parts):
            return all(truth(part, ends) for part in parts)
        case Some(parts=parts):
            return any(truth(part, ends) for part in parts)


def completions(world: World) -> Iterator[dict[str, str]]:
    """Every way in which a world may really be."""
    may = [sorted(world.ends[task].may) if task in world.ends else WAYS for task in TASKS]
    for ways in product(*may):
        ends = dict(zip(TASKS, ways, strict=True))
        if all(any(ends[task] in FAILURE for task in clause) for clause in world.clauses):
            yield ends


def known(ends: Mapping[str, str]) -> World:
    return World(ends={task: one_of([way]) for task, way in ends.items()})


@PROFILE
@given(parts=st.lists(formulas, max_size=4), ends=complete)
def test_joined_formulas_mean_what_their_parts_mean(parts: list[Formula], ends: dict[str, str]) -> None:
    truths = [truth(part, ends) for part in parts]
    assert truth(every(parts), ends) == all(truths)
    assert truth(some(parts), ends) == any(truths)
    assert [truth(negation(part), ends) for part in parts] == [not value for value in truths]


@PROFILE
@given(formula=formulas, ends=complete)
def test_where_all_is_known_a_formula_holds_or_does_not(formula: Formula, ends: dict[str, str]) -> None:
    assert holds(formula, known(ends)) is truth(formula, ends)


@PROFILE
@given(formula=formulas, ends=partial, clauses=clauses)
def test_what_holds_in_a_world_holds_in_all_that_it_may_be(
    formula: Formula, ends: dict[str, End], clauses: frozenset[frozenset[str]]
) -> None:
    world = World(ends=ends, clauses=clauses)
    said = holds(formula, world)
    assert said is None or {truth(formula, full) for full in completions(world)} <= {said}


@PROFILE
@given(formula=formulas, meaning=st.dictionaries(st.sampled_from(WAYS), formulas_of(("b", "c"))), ends=complete)
def test_a_task_is_replaced_by_what_its_ways_mean(
    formula: Formula, meaning: dict[str, Formula], ends: dict[str, str]
) -> None:
    true = {way for way, part in meaning.items() if truth(part, ends)}
    replaced = substituted(formula, {"a": meaning})
    assert truth(replaced, ends) == _truth_with(formula, true, ends)


def _truth_with(formula: Formula, true: set[str], ends: Mapping[str, str]) -> bool:
    """The truth of a formula when `a` has ended in all of the ways that are true."""
    match formula:
        case Ended(task="a", ways=ways):
            return bool(ways & true)
        case Not(part=part):
            return not _truth_with(part, true, ends)
        case Every(parts=parts):
            return all(_truth_with(part, true, ends) for part in parts)
        case Some(parts=parts):
            return any(_truth_with(part, true, ends) for part in parts)
        case Ended():
            return truth(formula, ends)


@PROFILE
@given(formula=formulas, worlds=st.lists(partial.map(lambda ends: World(ends=ends)), min_size=1, max_size=40))
def test_taking_worlds_together_invents_nothing(formula: Formula, worlds: list[World]) -> None:
    kept = distinct(worlds)
    assert len(kept) <= MOST_WORLDS
    before = {holds(formula, world) for world in worlds}
    assert {holds(formula, world) for world in kept} - {None} <= before


def test_formulas_are_made_simple() -> None:
    a, b = ended("a", ["failed"]), ended("b", ["failed"])
    assert ended("a", []) == FALSE
    assert every([]) == TRUE
    assert some([]) == FALSE
    assert every([a, TRUE, every([b, a])]) == Every(parts=(a, b))
    assert every([a, FALSE]) == FALSE
    assert some([a, TRUE]) == TRUE
    assert some([a]) == every([a]) == a
    assert some([a, some([b, ended("a", ["skipped"])])]) == Some(parts=(ended("a", ["failed", "skipped"]), b))
    assert negation(negation(a)) == a
    assert [part.task for part in atoms(every([a, negation(some([b, a]))]))] == ["a", "b", "a"]


def test_of_a_mapped_task_some_and_other_instances_are_known_apart() -> None:
    mixed = World(ends={"m": End(must=frozenset({"failed"}), may=frozenset({"failed", "success"}))})
    assert holds(ended("m", ["failed"]), mixed) is True
    assert holds(ended("m", ["success"]), mixed) is None
    assert holds(ended("m", ["skipped"]), mixed) is False
    assert holds(ended("m", ["failed", "success"]), mixed) is True


def test_a_clause_says_that_one_of_several_has_failed() -> None:
    may = one_of(["success", "failed"])
    world = World(ends={"a": may, "b": may}, clauses=frozenset({frozenset({"a", "b"})}))
    failed = {task: ended(task, FAILURE) for task in TASKS}
    assert holds(some([failed["a"], failed["b"]]), world) is True
    assert holds(some([failed["a"], failed["c"]]), world) is None
    assert holds(failed["a"], world) is None
    assert holds(failed["a"], world.only({"a"})) is None
    assert world.only({"a"}).clauses == frozenset()


def test_worlds_side_by_side_are_all_combinations_up_to_a_limit() -> None:
    ways = [{"a": one_of(["success"])}, {"a": one_of(["failed"])}]
    others = [{"b": one_of([way])} for way in WAYS]
    assert len(combined([World(ends={})], [ways, others])) == 8
    many = [[{f"t{number}": one_of([way])} for way in WAYS] for number in range(4)]
    [together] = combined([World(ends={})], many)
    assert together.ends["t0"] == End(must=frozenset(), may=frozenset(WAYS))
