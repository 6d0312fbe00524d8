"""The HTTP server: one moto application in which Batch runs the jobs and Step Functions executes the machines."""

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local_aws import cloudformation, glue, stepfunctions
from local_aws.batch.install import install_batch
from local_aws.calls import CountedCalls
from local_aws.errors import LocalAwsError
from local_aws.fail_jobs import fail_jobs
from local_aws.fault_rules import FaultRules
from local_aws.faults import FaultyCalls, faults
from local_aws.images import Images
from local_aws.runners.docker import DockerRunner
from local_aws.runners.interface import Runner
from local_aws.runners.processes import ProcessRunner
from local_aws.settings import RunnerName, Settings

STOPPING = {signal.SIGTERM, signal.SIGINT}
LOOPBACK = "127.0.0.1"
# Seconds a busy thread keeps the interpreter from another: a request needs it several times, and the scheduler is busy.
SWITCH_INTERVAL = 0.0005
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound


class PortInUseError(LocalAwsError):
    """The address to listen on isn't free, or isn't ours."""


class Connection(MotoRequestHandler):  # type: ignore[misc]  # moto has no types for us
    """A client's connection, which is closed when it is to be dropped."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:  # noqa: ARG002  # werkzeug's
        """Read no further request: the server closes the socket."""
        self.close_connection = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """What a server that is about to serve can be asked: where it is, and to end."""

    endpoint: str


def serve(settings: Settings, ready: Callable[[RunningServer], None]) -> None:
    """Serve until SIGTERM or SIGINT, then kill every job's processes.

    ``ready`` is called once connections are accepted. Must run in the main thread, which owns the signals.
    Raises PortInUseError when the port can't be bound, LocalAwsError when the runner can't work.
    """
    listener = listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    reached_at = LOOPBACK if host in ANY_ADDRESS else f"[{host}]" if ":" in host else host
    endpoint = f"http://{reached_at}:{port}"
    os.environ["MOTO_PORT"] = str(port)  # moto's own calls to itself go to localhost:$MOTO_PORT
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    scheduler = install_batch(settings=settings, runner=make_runner(settings), endpoint=endpoint)
    stepfunctions.install(endpoint=endpoint, record_expressions=settings.record_expressions)
    cloudformation.install()
    glue.install()
    rules = FaultRules()
    counted = CountedCalls(FaultyCalls(DomainDispatcherApplication(create_backend_app), rules))
    application = faults(fail_jobs(counted, scheduler.failing), rules)
    server = make_server(host, port, application, threaded=True, request_handler=Connection, fd=listener.fileno())
    server.daemon_threads = True  # an open request doesn't hold up the stop

    signals = caught(signal.SIGCHLD, *STOPPING)
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.freeze()  # moto's tables live as long as we do; walking them again and again holds up requests for 100 ms
    scheduler.start()
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    try:
        ready(RunningServer(endpoint=endpoint))
        while not STOPPING & set(os.read(signals, 4096)):
            scheduler.wake()  # a child has ended
    finally:
        server.shutdown()
        scheduler.stop()
        listener.close()


def caught(*numbers: signal.Signals) -> int:
    """A pipe that has a byte with the number of each of these signals that comes, and whose read waits for one.

    The kernel may give a signal to any thread, and a lock that the main thread waits for doesn't end its wait for
    that: one that came right after another was seen to be lost until a third.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, lambda *_: None)
    return read


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        raise PortInUseError(
            f"local_aws can't listen on {host}:{port}: {error.args[-1]}. "
            "Stop what listens there, or choose another with --port (0 takes any free port)."
        ) from error
    return listener


def make_runner(settings: Settings) -> Runner:
    """The runner that ``--runner`` names."""
    match settings.runner:
        case RunnerName.PROCESS:
            return ProcessRunner(images=Images(settings.images))
        case RunnerName.DOCKER:
            return DockerRunner()
    assert_never(settings.runner)
