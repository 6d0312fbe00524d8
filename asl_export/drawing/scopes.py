"""What there is to draw: the states of a machine and the arrows between them, nested as in its definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

START, END = "\0start", "\0end"  # no state can have these names


class Line(StrEnum):
    """What an arrow stands for; also its CSS class."""

    NEXT = "next"
    CHOICE = "choice"
    CATCH = "catch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A transition between two states of one scope; `detail` is the label in full, where it is a summary."""

    source: str
    target: str
    label: str = ""
    line: Line = Line.NEXT
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state: its `kind` is the ASL type, `notes` the small print, `inside` the branches of a Parallel or Map."""

    name: str
    kind: str
    notes: tuple[str, ...] = ()
    comment: str = ""
    inside: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A machine, a branch or a Map's processor: states whose transitions stay among them."""

    states: tuple[State, ...]
    arrows: tuple[Arrow, ...]


def read_machine(definition: Mapping[str, Any]) -> Scope:
    """The whole machine, with a start and an end."""
    scope = read_scope(definition)
    # A Fail state is an end of its own; an arrow would lead from where a run stopped to where it succeeded.
    last = [name for name, state in definition["States"].items() if state.get("End") or state["Type"] == "Succeed"]
    return Scope(
        states=(State(name=START, kind="Start"), *scope.states, State(name=END, kind="End")),
        arrows=(
            Arrow(source=START, target=definition["StartAt"]),
            *scope.arrows,
            *(Arrow(source=name, target=END) for name in last),
        ),
    )


def read_scope(definition: Mapping[str, Any]) -> Scope:
    """The states under `StartAt`, the first one first."""
    states: Mapping[str, Any] = definition["States"]
    names = sorted(states, key=lambda name: name != definition["StartAt"])
    return Scope(
        states=tuple(_state(name, states[name]) for name in names),
        arrows=tuple(arrow for name in names for arrow in _arrows(name, states[name])),
    )


def condition(rule: Mapping[str, Any]) -> str:
    """A Choice rule in one line, in either query language."""
    if "Condition" in rule:
        return str(rule["Condition"]).removeprefix("{%").removesuffix("%}").strip()
    for word, joint in (("And", " and "), ("Or", " or ")):
        if word in rule:
            return joint.join(f"({condition(inner)})" for inner in rule[word])
    if "Not" in rule:
        return f"not ({condition(rule['Not'])})"
    tests = [f"{key} {value}" for key, value in rule.items() if key not in ("Variable", "Next", "Comment", "Assign")]
    return f"{rule.get('Variable', '')} {', '.join(tests)}".strip()


def _arrows(name: str, state: Mapping[str, Any]) -> Iterator[Arrow]:
    rules: dict[str, list[str]] = {}
    for rule in state.get("Choices", ()):
        rules.setdefault(rule["Next"], []).append(condition(rule))
    for target, conditions in rules.items():
        label = conditions[0] if len(conditions) == 1 else f"one of {len(conditions)} conditions"
        yield Arrow(source=name, target=target, label=label, line=Line.CHOICE, detail="\n".join(conditions))
    if "Default" in state:
        yield Arrow(source=name, target=state["Default"], label="otherwise", line=Line.CHOICE)
    if "Next" in state:
        yield Arrow(source=name, target=state["Next"])
    errors: dict[str, list[str]] = {}
    for catcher in state.get("Catch", ()):
        errors.setdefault(catcher["Next"], []).extend(catcher["ErrorEquals"])
    for target, names in errors.items():
        yield Arrow(source=name, target=target, label=f"on {', '.join(names)}", line=Line.CATCH)


def _state(name: str, state: Mapping[str, Any]) -> State:
    inner = state.get("Branches") or [state[key] for key in ("ItemProcessor", "Iterator") if key in state]
    return State(
        name=name,
        kind=state["Type"],
        notes=tuple(_notes(state)),
        comment=str(state.get("Comment", "")),
        inside=tuple(read_scope(branch) for branch in inner),
    )


def _notes(state: Mapping[str, Any]) -> Iterator[str]:
    arguments = state.get("Arguments") or state.get("Parameters") or {}
    match state["Type"]:
        case "Task":
            yield str(state["Resource"]).replace("arn:aws:states:::", "")
            if isinstance(arguments, Mapping) and isinstance(job := arguments.get("JobName"), str) and "{%" not in job:
                yield f"job {job}"
        case "Wait":
            yield next((f"{key}: {state[key]}" for key in state if key.startswith(("Seconds", "Timestamp"))), "")
        case "Fail":
            yield str(state.get("Error") or state.get("ErrorPath") or "")
        case "Map":
            limit = state.get("MaxConcurrency") or state.get("MaxConcurrencyPath")
            yield f"for each item, at most {limit} at once" if limit else "for each item, all at once"
    # The task's own; others are for throttling, or a file that isn't there yet.
    own = next((rule for rule in state.get("Retry", ()) if "States.ALL" in rule["ErrorEquals"]), None)
    if own is not None:
        attempts = own.get("MaxAttempts", 3)  # the specification's default
        yield f"retried {'once' if attempts == 1 else f'up to {attempts} times'}"
