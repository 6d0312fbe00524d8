"""``python -m local_aws``: arguments, the ready line, exit codes; nothing else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.errors import LocalAwsError
from local_aws.images import checked_folder, default_folder
from local_aws.isolation import isolate
from local_aws.settings import RunnerName, Settings

if TYPE_CHECKING:
    from local_aws.server import RunningServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop: 0 after a clean stop, 1 when it can't start, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    isolate()
    from local_aws.server import serve  # it imports moto, which reads the AWS settings

    try:
        settings = Settings(
            host=options.host,
            port=options.port,
            runner=RunnerName(options.runner),
            images=checked_folder(options.images) if options.images else default_folder(),
            stop_timeout=options.stop_timeout,
            minimum_timeout=options.minimum_timeout,
            rate_limit=options.rate_limit,
            record_expressions=options.record_expressions,
        )
        serve(settings, _say_ready)
    except LocalAwsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _say_ready(server: RunningServer) -> None:
    print(f"local_aws ready at {server.endpoint}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local_aws",
        description="AWS on this machine: Batch runs the jobs, Step Functions executes the state machines.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s, this machine only)"
    )
    parser.add_argument("--port", type=_port, default=4566, help="port; 0 takes any free one (default: %(default)s)")
    parser.add_argument(
        "--runner",
        choices=[name.value for name in RunnerName],
        default=RunnerName.PROCESS.value,
        help="run a job as a process or as a Docker container (default: %(default)s)",
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="folder with <name>/Dockerfile for each image airstep/<name> (default: the project's containers/)",
    )
    parser.add_argument(
        "--stop-timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="from SIGTERM to SIGKILL of a job (default: %(default)s, as ECS)",
    )
    parser.add_argument(
        "--minimum-timeout",
        type=int,
        default=60,
        metavar="SECONDS",
        help="the least attemptDurationSeconds a job may have (default: %(default)s, as Batch)",
    )
    parser.add_argument(
        "--rate-limit",
        type=_seconds,
        metavar="N",
        help="answer 429 beyond N calls a second of a Batch operation (AWS: 50; default: no limit)",
    )
    parser.add_argument(
        "--record-expressions",
        type=_appendable,
        metavar="FILE",
        help="append each JSONata expression that is evaluated to FILE, with what it read and came to",
    )
    return parser


def _appendable(text: str) -> Path:
    path = Path(text)
    try:
        path.open("a").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} can't be written: {error.strerror}") from error
    return path


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 (any free port) to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
