"""An estimate as a person reads it, and as a program does."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from asl_export.estimate.limits import MOST_EVENTS
from asl_export.estimate.walk import REST
from asl_export.estimate.ways import Cost, Estimate, Runner, Way

_ALL = "the whole run"


def report(found: Estimate) -> RenderableType:
    """The table of ways, part by part, and what to know about it."""
    table = Table(title=_title(found), title_justify="left", title_style="bold", show_edge=False, box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("SubmitJob", "at least", "DescribeJobs", "at least", "transitions", "price", "events"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in _parts(found):
        table.add_row(Text(_named(part, found), style="bold"))
        for way in found.ways:
            table.add_row(*_row(way, way.whole if part == _ALL else way.parts.get(part, Cost(submits=0)), found))
        table.add_section()
    return Group(table, *(Text(note, style="dim") for note in notes(found)))


def notes(found: Estimate) -> list[str]:
    """What the numbers leave out and what they take for granted, a sentence each."""
    said = [
        f"Nothing fails or is tried again; a job takes {found.job_seconds:,} s from submission to end (--job-seconds).",
        "Least times: AWS Batch takes 50 calls of a kind a second. The price is that of the transitions, not of jobs.",
    ]
    if not found.exact:
        said.append("Where the machine chooses, the costliest way is counted: these are upper bounds.")
    for strategy, diagnostics in found.refused.items():
        reasons = "; ".join(dict.fromkeys(f"{each.message} ({each.location.task})" for each in diagnostics))
        said.append(f"No machine with strategy={str(strategy or 'as it is')!r}: {reasons}.")
    for way in found.ways:
        for events, whose in ((way.whole.events, "an execution"), (way.child_events, "a child execution")):
            if events > MOST_EVENTS:
                said.append(
                    f"{_name(way, found)}: {whose} would have {events:,} events, and is ended after {MOST_EVENTS:,}."
                )
    return said


def as_json(found: Estimate) -> dict[str, Any]:
    """All of an estimate as JSON types; the part "" is what is beside the maps."""
    return {
        "dag_id": found.dag_id,
        "items": dict(found.items),
        "job_seconds": found.job_seconds,
        "exact": found.exact,
        "ways": [
            {
                "runner": way.runner.name.lower(),
                "strategy": way.strategy,
                "own": _is_own(way, found),
                "child_events": way.child_events,
                "total": _cost(way.whole),
                "parts": {part: _cost(cost) for part, cost in way.parts.items()},
            }
            for way in found.ways
        ],
        "refused": {str(strategy or "own"): [str(each) for each in given] for strategy, given in found.refused.items()},
    }


def duration(seconds: float) -> str:
    """A time as a person says it: 0.02 s, 33 min, 16.7 h, 9.0 days."""
    for limit, unit, name in ((120, 1, "s"), (120 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{_short(seconds / unit)} {name}"
    return f"{seconds / 86400:,.1f} days"


def price(dollars: float) -> str:
    """Dollars, with two digits that say something."""
    return f"${dollars:,.2f}" if dollars >= 1 or not dollars else f"${float(f'{dollars:.3g}'):f}".rstrip("0")


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 20 else f"{number:.3g}"


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "submits": cost.submits,
        "submit_seconds": cost.submit_seconds,
        "describes": cost.describes,
        "describe_seconds": cost.describe_seconds,
        "transitions": cost.transitions,
        "dollars": round(cost.dollars, 9),
        "events": cost.events,
    }


def _parts(found: Estimate) -> list[str]:
    """The parts worth telling apart; the whole where there are several."""
    used = [part for part in found.items if any(part in way.parts for way in found.ways)]
    if not used:
        return [_ALL]
    return [*used, REST, _ALL]


def _named(part: str, found: Estimate) -> str:
    if part == REST:
        return "beside the maps"
    return f"{part}: {found.items[part]:,} items" if part in found.items else part


def _row(way: Way, cost: Cost, found: Estimate) -> list[Text | str]:
    name = Text(f"  {_name(way, found)}", style="cyan" if _is_own(way, found) else "")
    asks = [f"{cost.submits:,}", duration(cost.submit_seconds)]
    if way.runner is not Runner.STEP_FUNCTIONS:
        return [name, *asks, f"{cost.describes:,}", duration(cost.describe_seconds), "", "", ""]
    events = Text(f"{cost.events:,}", style="red" if cost.events > MOST_EVENTS else "")
    return [name, *asks, "", "", f"{cost.transitions:,}", price(cost.dollars), events]


def _name(way: Way, found: Estimate) -> str:
    if way.strategy is not None:
        own = " (the DAG's)" if way.strategy == found.own else ""
        return f"{way.runner}, {way.strategy}{own}"
    if way.runner is Runner.STOCK:
        return f"{way.runner}, a job an item" if found.items else str(way.runner)
    return f"{way.runner}, as written" if any(each.strategy for each in found.ways) else str(way.runner)


def _is_own(way: Way, found: Estimate) -> bool:
    return way.runner is not Runner.STOCK and way.strategy == found.own


def _title(found: Estimate) -> str:
    return f"What a run of {found.dag_id} asks of AWS"
