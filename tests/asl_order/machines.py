"""Parts of hand-written machines, in the fewest words."""

from __future__ import annotations

from typing import Any

WAIT, SUBMIT = "arn:aws:states:::batch:submitJob.sync", "arn:aws:states:::batch:submitJob"


def scope(start: str, /, **states: dict[str, Any]) -> dict[str, Any]:
    """The states of a machine, a branch or a map's body."""
    return {"StartAt": start, "States": states}


def on(following: str | None) -> dict[str, Any]:
    """Where a state goes on; None ends its scope."""
    return {"Next": following} if following else {"End": True}


def task(following: str | None = None, **more: Any) -> dict[str, Any]:
    """A job that is waited for."""
    return {"Type": "Task", "Resource": WAIT, **on(following), **more}


def submit(name: str, following: str | None, *after: str) -> dict[str, Any]:
    """A job that isn't waited for, whose id is then in the variable `job_…`; `after`: the jobs it depends on."""
    kept = {f"job_{name}": "{% $states.result.JobId %}"}
    return {**task(following), "Resource": SUBMIT, "Assign": kept, "Arguments": depends(*after)}


def depends(*jobs: str) -> dict[str, Any]:
    """The arguments of a job that depends on others."""
    return {"DependsOn": [{"JobId": f"{{% $job_{name} %}}"} for name in jobs]}


def catch(handler: str) -> dict[str, Any]:
    """A Catch of everything."""
    return {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": handler}]}


def parallel(following: str | None, *branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Branches side by side."""
    return {"Type": "Parallel", "Branches": list(branches), **on(following), **more}


def per_item(following: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """A body once per item."""
    return {"Type": "Map", "ItemProcessor": body, **on(following)}


def choice(default: str, *following: str) -> dict[str, Any]:
    """One of several ways on."""
    return {"Type": "Choice", "Choices": [{"Condition": "{% $x %}", "Next": name} for name in following]} | {
        "Default": default
    }
