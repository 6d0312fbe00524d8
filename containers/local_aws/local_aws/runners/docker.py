"""Runs a job as a Docker container, through the ``docker`` command: one process each, which pulls, starts and follows.

The container shares the host's network, so that it finds this server on the loopback address; on macOS, where
containers live in a virtual machine, it is given the name that Docker Desktop has for the host.
"""

import contextlib
import fcntl
import os
import re
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.runners.guardian_process import Guardian
from local_aws.runners.interface import Exit, Launch, StartError

# `docker run` exits with these when the container didn't start: docs.docker.com/engine/containers/run/#exit-status.
NOT_STARTED = frozenset({125, 126, 127})
PULL_FAILED = re.compile(r"pull access denied|manifest unknown|not found: manifest|No such image|Unable to find image")
# Of the output, what is kept to tell why a container didn't start.
TAIL = 8192
READ_SIZE = 65536


class DockerUnavailableError(LocalAwsError):
    """No ``docker`` command, or no engine that answers it."""


class DockerRunner:
    """Starts each container with ``docker run``. Raises DockerUnavailableError when it is made without an engine."""

    def __init__(self) -> None:
        check_engine()
        self._label = f"local_aws={uuid.uuid4().hex}"
        self._folder = Path(tempfile.mkdtemp(prefix="local_aws-"))
        self._guardian = Guardian(self._folder, container_label=self._label)

    def start(self, launch: Launch) -> "DockerContainer":
        """Start ``docker run``, which may still have to pull the image. Raises StartError."""
        name = f"local_aws-{re.sub('[^A-Za-z0-9_.-]', '-', launch.name)}"
        output, write_end = os.pipe()
        try:
            process = subprocess.Popen(
                run_command(launch, name=name, label=self._label),
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            os.close(output)
            raise StartError(f"CannotStartContainerError: {error}") from error
        finally:
            os.close(write_end)
        self._guardian.watch(process.pid)
        return DockerContainer(process, output, name, self._guardian)

    def sweep(self) -> None:
        """Nothing to do: a container takes all its processes with it."""

    def close(self) -> None:
        """End the guardian."""
        self._guardian.close()


class DockerContainer:
    """A container, by the ``docker run`` that follows it."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: int, name: str, guardian: Guardian) -> None:
        fcntl.fcntl(output, fcntl.F_SETFL, os.O_NONBLOCK)
        self._process = process
        self._output = output
        self._name = name
        self._guardian = guardian
        self._tail = b""
        self._kill: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> int:
        """The read end of the container's output."""
        return self._output

    def read(self) -> bytes:
        """What the container, or ``docker`` itself, has written."""
        read = os.read(self._output, READ_SIZE)
        self._tail = (self._tail + read)[-TAIL:]
        return read

    def exit(self) -> Exit | None:
        """The container's exit code, or why it didn't start."""
        code = self._process.poll()
        if code is None:
            return None
        if code in NOT_STARTED:
            self._read_rest()
            if why := why_not_started(self._tail.decode("utf-8", "replace")):
                return Exit(code=None, reason=why)
        return Exit(code=128 - code if code < 0 else code)

    def terminate(self) -> None:
        """``docker run`` passes SIGTERM on to the container."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """Kill the container; without waiting, as the engine may be slow."""
        if self._kill is None or self._kill.poll() is not None:
            self._kill = subprocess.Popen(
                ["docker", "kill", self._name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def close(self) -> None:
        """Forget the container, which removes itself."""
        self._process.wait()
        if self._kill is not None:
            self._kill.wait()
        self._guardian.forget(self._process.pid)
        os.close(self._output)

    def _read_rest(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.read():
                pass


def run_command(launch: Launch, *, name: str, label: str) -> list[str]:
    """The ``docker run`` of a launch; limits as Amazon ECS sets them: memory is hard, vCPUs are shares."""
    network = [] if sys.platform == "darwin" else ["--network", "host"]
    variables = [part for variable in launch.environment for part in ("--env", "=".join(_seen_from_inside(variable)))]
    return [
        "docker",
        "run",
        "--rm",
        "--name",
        name,
        "--label",
        label,
        *network,
        "--cpu-shares",
        str(max(2, int(launch.vcpus * 1024))),
        "--memory",
        f"{launch.memory}m",
        *(["--gpus", str(launch.gpus)] if launch.gpus else []),
        *variables,
        launch.image,
        *launch.command,
    ]


def why_not_started(output: str) -> str | None:
    """Batch's reason for a container that didn't start, None when ``docker`` doesn't say that it didn't."""
    lines = [line for line in output.splitlines() if line.startswith("docker: ")]
    if not lines:
        return None
    message = lines[-1].removeprefix("docker: ").removeprefix("Error response from daemon: ")
    kind = "CannotPullContainerError" if PULL_FAILED.search(output) else "CannotStartContainerError"
    return f"{kind}: {message}"


def check_engine() -> None:
    """Raise DockerUnavailableError unless an engine answers."""
    advice = "Start Docker, set DOCKER_HOST, or use --runner process."
    try:
        answer = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DockerUnavailableError(f"--runner docker: the docker command doesn't work: {error}. {advice}") from error
    if answer.returncode != 0:
        said = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
        raise DockerUnavailableError(
            f"--runner docker: no engine answers: {said[-1] if said else 'no reason'}. {advice}"
        )


def _seen_from_inside(variable: tuple[str, str]) -> tuple[str, str]:
    name, value = variable
    if name == "AWS_ENDPOINT_URL" and sys.platform == "darwin":
        return name, value.replace("127.0.0.1", "host.docker.internal")
    return variable
