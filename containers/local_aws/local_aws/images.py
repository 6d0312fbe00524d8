"""Which program an image name stands for: the Dockerfile in ``<images>/<name>/`` says it.

``[registry/]airstep/<name>[:tag]`` is the folder ``<name>``. Of its Dockerfile the exec-form ENTRYPOINT, the exec-form
CMD and the ENV lines count; the rest (what is installed) must already be on this machine.
"""

import json
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from local_aws.errors import LocalAwsError

REPOSITORY = re.compile(r"(?:^|/)airstep/(?P<name>[a-z0-9][a-z0-9._-]*)(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$")


class ImagesFolderError(LocalAwsError):
    """The folder of ``--images`` doesn't exist, or none was given and the project's isn't there."""


class ImageNotFoundError(Exception):
    """No folder with a Dockerfile has this name; its text is how a registry says it."""


class BadDockerfileError(Exception):
    """The Dockerfile says something that can't be run as a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What an image runs on this machine: ``entrypoint`` before the job's command, ``command`` when it has none."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


class Images:
    """The images of one folder, read again whenever a Dockerfile changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, Program]] = {}

    def find(self, image: str) -> Program:
        """The program of ``image``. Raises ImageNotFoundError, BadDockerfileError."""
        match = REPOSITORY.search(image)
        dockerfile = self._folder / match["name"] / "Dockerfile" if match else None
        if dockerfile is None or not dockerfile.is_file():
            raise ImageNotFoundError(
                f"failed to resolve ref {image}: not found. local_aws runs airstep/<name> from "
                f"{self._folder}/<name>/Dockerfile."
            )
        changed = dockerfile.stat().st_mtime_ns
        cached = self._read.get(dockerfile)
        if cached is None or cached[0] != changed:
            cached = (changed, read_program(dockerfile))
            self._read[dockerfile] = cached
        return cached[1]


def default_folder() -> Path:
    """The project's containers/ folder. Raises ImagesFolderError where local_aws is installed without it."""
    folder = Path(__file__).resolve().parents[2]
    if folder.name == "containers":
        return folder
    raise ImagesFolderError(
        "local_aws was installed without the project's containers/ folder: say where the images are with "
        "--images DIR (a folder with <name>/Dockerfile for each image airstep/<name>)."
    )


def checked_folder(folder: Path) -> Path:
    """``folder``, absolute. Raises ImagesFolderError when it isn't a folder."""
    if not folder.is_dir():
        raise ImagesFolderError(f"--images {folder}: no such folder. Give one with <name>/Dockerfile for each image.")
    return folder.resolve()


def read_program(dockerfile: Path) -> Program:
    """What the last stage of ``dockerfile`` runs. Raises BadDockerfileError for a shell-form ENTRYPOINT."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    for instruction, argument in _instructions(dockerfile.read_text(encoding="utf-8")):
        if instruction == "FROM":
            entrypoint, command, environment = (), (), {}
        elif instruction == "ENTRYPOINT":
            entrypoint = _exec_form(dockerfile, instruction, argument)
        elif instruction == "CMD":
            command = _exec_form(dockerfile, instruction, argument)
        elif instruction == "ENV":
            environment |= _variables(argument)
    here = dockerfile.parent
    return Program(
        entrypoint=tuple(_on_this_machine(part, here) for part in entrypoint),
        command=command,
        environment=tuple(environment.items()),
    )


def on_this_machine(program: Program, command: tuple[str, ...]) -> tuple[str, ...]:
    """The whole command line of a job: an image without ENTRYPOINT runs the command itself."""
    arguments = command or program.command
    if program.entrypoint or not arguments:
        return (*program.entrypoint, *arguments)
    return (_interpreter(arguments[0]), *arguments[1:])


def _instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\[ \t]*\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", text))
    words = (line.strip().split(None, 1) for line in joined.splitlines() if line.strip())
    return [(parts[0].upper(), parts[1] if len(parts) > 1 else "") for parts in words]


def _exec_form(dockerfile: Path, instruction: str, argument: str) -> tuple[str, ...]:
    try:
        parts = json.loads(argument)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadDockerfileError(
            f'{dockerfile}: {instruction} {argument} is in shell form; write {instruction} ["program", "argument"].'
        )
    return tuple(parts)


def _variables(argument: str) -> dict[str, str]:
    words = shlex.split(argument)
    if words and "=" not in words[0]:  # the old form: ENV NAME the value
        return {words[0]: " ".join(words[1:])}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _on_this_machine(part: str, folder: Path) -> str:
    beside = folder / Path(part).name
    if "/" in part and beside.is_file():
        return str(beside)
    return _interpreter(part)


def _interpreter(program: str) -> str:
    return sys.executable if program in {"python3", "python"} else program
