"""The exported video_processing is the published workflow: same states, same nesting, same SubmitJob fields."""

from pathlib import Path
from typing import Any

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag

DAGS = Path(__file__).parents[3] / "dags"
START = {"Params", "Check params", "Params refused"}


@pytest.fixture(scope="module", params=list(QueryLanguage))
def machine(request: pytest.FixtureRequest) -> Any:
    return export_dag(load_dag("video_processing", DAGS), query_language=request.param).definition


def nesting(states: dict[str, Any]) -> Any:
    """Names in the order of Next, with the branches of a Parallel behind its name; START left out."""
    name, found = states["StartAt"], []
    while name:
        state = states["States"][name]
        inner = [nesting(branch) for branch in state.get("Branches", [])]
        found += [] if name in START else [(name, inner)] if inner else [name]
        name = state.get("Next") or state.get("Default")
    return found


def tasks(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, state in states["States"].items():
        found |= {name: state} if state["Type"] == "Task" else {}
        for branch in state.get("Branches", []):
            found |= tasks(branch)
    return found


def test_its_states_nest_as_published(machine: Any) -> None:
    renditions = [[f"Transcode_{name}-1", f"Transcode_{name}-2"] for name in ("4k", "1080p", "720p", "480p")]
    assert nesting(machine) == [
        "Extract Metadata",
        ("Process Video", [["Extract Features"], [("Transcode Video", renditions)]]),
    ]


def test_no_failure_is_caught_so_that_a_failing_branch_stops_all(machine: Any) -> None:
    assert '"Catch"' not in str(machine).replace("'", '"')


def test_its_jobs_have_the_published_names_and_queues(machine: Any) -> None:
    found = tasks(machine)
    low = ["Extract Features", *(name for name in found if name.endswith("-2"))]
    fields = {name: state.get("Arguments", state.get("Parameters")) for name, state in found.items()}
    names = {name: request["JobName"] for name, request in fields.items()}
    assert names == {
        **{name: name for name in found},
        "Extract Metadata": "SplitVideo",
        "Extract Features": "ExtractFeatures",
    }
    queues = {name: "Low" if "LowPriorityQueue" in str(request) else "High" for name, request in fields.items()}
    assert queues == {name: "Low" if name in low else "High" for name in found}


def test_every_task_waits_for_its_job(machine: Any) -> None:
    found = tasks(machine)
    assert len(found) == 10
    assert {state["Resource"] for state in found.values()} == {"arn:aws:states:::batch:submitJob.sync"}
