"""Runs a job as a process of this machine: its own session, a scratch folder for its working directory.

Not kept of a container: the image's file system, users, volumes, memory and CPU limits, its own network.
"""

import contextlib
import fcntl
import itertools
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from local_aws.images import BadDockerfileError, ImageNotFoundError, Images, on_this_machine
from local_aws.runners.guardian import job_processes
from local_aws.runners.guardian_process import Guardian
from local_aws.runners.interface import Exit, Launch, StartError

# What a program needs of this machine; nothing else of our own environment reaches a job.
INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
READ_SIZE = 65536


class ProcessRunner:
    """Starts each container as a process group of its own."""

    def __init__(self, *, images: Images) -> None:
        self._images = images
        self._scratch = Path(tempfile.mkdtemp(prefix="local_aws-")).resolve()  # macOS has it behind a link
        self._numbers = itertools.count()
        self._live: set[int] = set()
        self._installed: dict[tuple[tuple[str, Path], ...], Path] = {}
        self._guardian = Guardian(self._scratch)

    def start(self, launch: Launch) -> "ProcessContainer":
        """Start the program that the launch's image stands for. Raises StartError."""
        try:
            program = self._images.find(launch.image)
        except ImageNotFoundError as error:
            raise StartError(f"CannotPullContainerError: {error}") from error
        except BadDockerfileError as error:
            raise StartError(f"CannotStartContainerError: {error}") from error
        command = on_this_machine(program, launch.command)
        if not command:
            raise StartError(
                f"CannotStartContainerError: no command: {launch.image} has no ENTRYPOINT or CMD, and the job none."
            )
        number = next(self._numbers)
        folder = self._scratch / str(number)
        folder.mkdir()
        environment = {**_machine_environment(folder), **dict(program.environment), **dict(launch.environment)}
        if program.installed:
            environment["PATH"] = os.pathsep.join([str(self._folder_of(program.installed)), environment["PATH"]])
        output, write_end = os.pipe()
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                start_new_session=True,
                close_fds=False,  # every descriptor of ours is close-on-exec; closing thousands one by one isn't quick
            )
        except OSError as error:
            os.close(output)
            shutil.rmtree(folder, ignore_errors=True)
            raise StartError(
                f'CannotStartContainerError: exec: "{command[0]}": {error.strerror} on this machine.'
            ) from error
        except (ValueError, TypeError) as error:  # an argument with a NUL byte, or one that is no text
            os.close(output)
            shutil.rmtree(folder, ignore_errors=True)
            raise StartError(f"CannotStartContainerError: {error}") from error
        finally:
            os.close(write_end)
        self._guardian.watch(process.pid)
        self._live.add(number)
        return ProcessContainer(process, output, folder, self._guardian, lambda: self._live.discard(number))

    def _folder_of(self, installed: tuple[tuple[str, Path], ...]) -> Path:
        """A folder with the programs of an image, under their names."""
        folder = self._installed.get(installed)
        if folder is None:
            folder = self._scratch / f"programs-{len(self._installed)}"
            folder.mkdir()
            for name, file in installed:
                if file.suffix == ".py":
                    script = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(file))} "$@"\n'
                    (folder / name).write_text(script)
                    (folder / name).chmod(0o755)
                else:
                    (folder / name).symlink_to(file)
            self._installed[installed] = folder
        return folder

    def sweep(self) -> None:
        """Kill the daemons of ended jobs: a container's other processes end with its first."""
        for process, number in job_processes(str(self._scratch)):
            if number not in self._live:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """Remove the scratch folders."""
        self.sweep()
        self._guardian.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


class ProcessContainer:
    """A process group, led by the job's program."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        output: int,
        folder: Path,
        guardian: "Guardian",
        ended: Callable[[], None],
    ) -> None:
        fcntl.fcntl(output, fcntl.F_SETFL, os.O_NONBLOCK)
        self._process = process
        self._output = output
        self._folder = folder
        self._guardian = guardian
        self._ended = ended

    @property
    def output(self) -> int:
        """The read end of the program's output."""
        return self._output

    def read(self) -> bytes:
        """What the program has written."""
        return os.read(self._output, READ_SIZE)

    def exit(self) -> Exit | None:
        """The exit code, as a shell counts it: 128 + the signal for a killed program."""
        code = self._process.poll()
        if code is None:
            return None
        _signal_group(self._process.pid, signal.SIGKILL)  # a container's other processes end with its first
        return Exit(code=128 - code if code < 0 else code)

    def terminate(self) -> None:
        """Ask the whole group to end."""
        _signal_group(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group."""
        _signal_group(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Forget the ended group and remove its scratch folder."""
        self._process.wait()
        self._guardian.forget(self._process.pid)
        self._ended()
        os.close(self._output)
        shutil.rmtree(self._folder, ignore_errors=True)


def _signal_group(group: int, number: signal.Signals) -> None:
    # A job that changed its user, or ended between two looks, isn't an error. macOS says EPERM for zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _machine_environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(folder), "TMPDIR": str(folder)}
