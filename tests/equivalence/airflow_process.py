"""One Airflow for many DAGs: a child process that runs each with Airflow's own `dag.test()`.

`python -m tests.equivalence.airflow_process ANSWERS` reads a request a line from standard input, and writes the answer
to the file descriptor ANSWERS; what Airflow prints goes where standard output and standard error go.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer requests until standard input ends."""
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as answers:
        for line in sys.stdin:
            answers.write(json.dumps(_answer(**json.loads(line))) + "\n")
            answers.flush()


def _answer(*, dag_id: str, file: str, conf: dict[str, Any]) -> dict[str, Any]:
    """The DAG run's id and state, and its tasks' states; or the error that let there be no run."""
    from asl_export.pipeline import load_dag

    try:
        run = load_dag(dag_id, Path(file)).test(run_conf=conf)
        tasks = {
            instance.task_id if instance.map_index < 0 else f"{instance.task_id}[{instance.map_index}]": instance.state
            for instance in run.get_task_instances()
        }
    except Exception:
        return {"error": traceback.format_exc()}
    return {"run_id": run.run_id, "state": str(run.state), "tasks": tasks}


if __name__ == "__main__":
    main()
