"""The other side of `airflow_process`: one Airflow that runs DAGs, one after another, with Airflow's own `dag.test()`.

`python -m asl_export.verify.airflow_child ANSWERS` reads a request a line from standard input, and writes the answer to
the file descriptor ANSWERS; what Airflow prints goes where standard output and standard error go.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from asl_export.pipeline import load_dag


def main() -> None:
    """Answer requests until standard input ends, or SIGTERM comes: the job that is waited for is ended then."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as answers:
            for line in sys.stdin:
                answers.write(json.dumps(_answer(json.loads(line))) + "\n")
                answers.flush()
    finally:
        sys.stdout.flush()
        os._exit(0)  # Airflow takes seconds to take its leave, and has nothing to save


def _end_with(parent: int) -> None:
    """End this process when its parent was killed: a run may wait for ever for an AWS that has gone with it."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """The DAG run's id and state, and its tasks' states; or the error that let there be no run."""
    moments: dict[str, Any] = {
        name: datetime.fromisoformat(request[name]) for name in ("logical_date", "run_after") if request[name]
    }
    try:
        run = load_dag(request["dag_id"], Path(request["path"])).test(run_conf=request["conf"], **moments)
        instances = run.get_task_instances()
    except Exception:
        print(traceback.format_exc(), file=sys.stderr)
        return {"error": traceback.format_exc()}
    states = sorted((each.task_id, each.map_index, each.state) for each in instances)
    return {"run_id": run.run_id, "state": str(run.state), "instances": states}


if __name__ == "__main__":
    main()
