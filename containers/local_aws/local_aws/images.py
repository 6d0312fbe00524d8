"""Which program an image name stands for: the Dockerfile in ``<images>/<name>/`` says it.

``[registry/]airstep/<name>[:tag]`` is the folder ``<name>``. Of its Dockerfile count the exec-form ENTRYPOINT and CMD,
the ENV lines, the files that COPY puts into a folder of PATH, and what FROM or ``COPY --from`` takes of these from
another stage or another ``airstep/<name>``. The rest (what is installed) must already be on this machine.
"""

import itertools
import json
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from local_aws.errors import LocalAwsError

REPOSITORY = re.compile(r"(?:^|/)airstep/(?P<name>[a-z0-9][a-z0-9._-]*)(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$")
# The folders of PATH in a container whose image doesn't set it.
PATH_FOLDERS = frozenset({"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"})
# The project's own images, unless local_aws was installed without them.
CONTAINERS = Path(__file__).resolve().parents[2]

Instructions = tuple[tuple[str, str], ...]


class ImagesFolderError(LocalAwsError):
    """The folder of ``--images`` doesn't exist, or none was given and the project's isn't there."""


class ImageNotFoundError(Exception):
    """No folder with a Dockerfile has this name; its text is how a registry says it."""


class BadDockerfileError(Exception):
    """The Dockerfile says something that can't be run as a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What an image runs on this machine: ``entrypoint`` before the job's command, ``command`` when it has none.

    ``installed`` are the programs that were copied into it: the name of each, and its file on this machine.
    """

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    installed: tuple[tuple[str, Path], ...] = ()


class Images:
    """The images of one folder, and those of the project that it doesn't have; read again when a Dockerfile changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders = (folder, CONTAINERS) if CONTAINERS.name == "containers" else (folder,)
        self._read: dict[Path, tuple[int, Instructions]] = {}

    def find(self, image: str) -> Program:
        """The program of ``image``. Raises ImageNotFoundError, BadDockerfileError."""
        dockerfile = self._dockerfile(image)
        if dockerfile is None:
            raise ImageNotFoundError(
                f"failed to resolve ref {image}: not found. local_aws runs airstep/<name> from "
                f"{self._folder}/<name>/Dockerfile."
            )
        return self._program(dockerfile, ())

    def _dockerfile(self, image: str) -> Path | None:
        match = REPOSITORY.search(image)
        files = [folder / match["name"] / "Dockerfile" for folder in self._folders] if match else []
        return next((file for file in files if file.is_file()), None)

    def _program(self, dockerfile: Path, built_upon: tuple[Path, ...]) -> Program:
        if dockerfile in built_upon:
            raise BadDockerfileError(f"{dockerfile} needs itself: see its FROM and COPY --from.")

        def of_image(image: str) -> Program:
            other = self._dockerfile(image)
            return self._program(other, (*built_upon, dockerfile)) if other else Program()

        return read_program(dockerfile, self._instructions(dockerfile), of_image)

    def _instructions(self, dockerfile: Path) -> Instructions:
        changed = dockerfile.stat().st_mtime_ns
        cached = self._read.get(dockerfile)
        if cached is None or cached[0] != changed:
            cached = self._read[dockerfile] = (changed, read_instructions(dockerfile.read_text(encoding="utf-8")))
        return cached[1]


def default_folder() -> Path:
    """The project's containers/ folder. Raises ImagesFolderError where local_aws is installed without it."""
    if CONTAINERS.name == "containers":
        return CONTAINERS
    raise ImagesFolderError(
        "local_aws was installed without the project's containers/ folder: say where the images are with "
        "--images DIR (a folder with <name>/Dockerfile for each image airstep/<name>)."
    )


def checked_folder(folder: Path) -> Path:
    """``folder``, absolute. Raises ImagesFolderError when it isn't a folder."""
    if not folder.is_dir():
        raise ImagesFolderError(f"--images {folder}: no such folder. Give one with <name>/Dockerfile for each image.")
    return folder.resolve()


def read_program(dockerfile: Path, instructions: Instructions, of_image: Callable[[str], Program]) -> Program:
    """What the last stage runs; ``of_image`` knows other images. Raises BadDockerfileError for the shell's form."""
    program, own_command = Program(), False
    stages: dict[str, Program] = {}
    numbers = itertools.count()
    names: tuple[str, ...] = ()

    def named(reference: str) -> Program:
        return stages[reference.lower()] if reference.lower() in stages else of_image(reference)

    for instruction, argument in instructions:
        match instruction:
            case "FROM":
                base, *name = [word for word in argument.split() if not word.startswith("--")]
                names = (str(next(numbers)), *(word.lower() for word in name[1:2]))  # FROM base AS name
                program, own_command = named(base), False
            case "ENTRYPOINT":
                words = _exec_form(dockerfile, instruction, argument)
                entrypoint = tuple(_on_this_machine(word, dockerfile.parent) for word in words)
                program = replace(program, entrypoint=entrypoint, command=program.command if own_command else ())
            case "CMD":
                program, own_command = replace(program, command=_exec_form(dockerfile, instruction, argument)), True
            case "ENV":
                environment = dict(program.environment) | _variables(argument)
                program = replace(program, environment=tuple(environment.items()))
            case "COPY":
                installed = dict(program.installed) | _copied(dockerfile.parent, argument, named)
                program = replace(program, installed=tuple(installed.items()))
        stages |= dict.fromkeys(names, program)
    return program


def on_this_machine(program: Program, command: tuple[str, ...]) -> tuple[str, ...]:
    """The whole command line of a job: an image without ENTRYPOINT runs the command itself."""
    arguments = command or program.command
    entrypoint = tuple(_by_name(word, program) for word in program.entrypoint)
    if entrypoint or not arguments:
        return (*entrypoint, *arguments)
    return (_interpreter(_by_name(arguments[0], program)), *arguments[1:])


def read_instructions(text: str) -> Instructions:
    """The instructions of a Dockerfile, each with what follows it."""
    joined = re.sub(r"\\[ \t]*\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", text))
    words = (line.strip().split(None, 1) for line in joined.splitlines() if line.strip())
    return tuple((parts[0].upper(), parts[1] if len(parts) > 1 else "") for parts in words)


def _copied(folder: Path, argument: str, named: Callable[[str], Program]) -> dict[str, Path]:
    """The programs that a COPY puts into a folder of PATH: files of the Dockerfile's folder, or another's programs."""
    words = argument.split()
    flags = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if word not in flags] or [""]
    origin = next((flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")), None)
    there = None if origin is None else dict(named(origin).installed)
    into_folder = target.rstrip("/") in PATH_FOLDERS
    copied = {}
    for source in map(PurePosixPath, sources):
        path = PurePosixPath(target, source.name) if into_folder else PurePosixPath(target)
        file = _in_context(folder, source) if there is None else there.get(source.name)
        if str(path.parent) in PATH_FOLDERS and file and file.is_file():
            copied[path.name] = file
    return copied


def _in_context(folder: Path, source: PurePosixPath) -> Path:
    """A file of the build's context: the Dockerfile's folder, or one around it whose way to that folder is written."""
    inside = folder / source
    return inside if inside.is_file() else folder / source.name


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


def _by_name(word: str, program: Program) -> str:
    path = PurePosixPath(word)
    return path.name if str(path.parent) in PATH_FOLDERS and path.name in dict(program.installed) else word


def _interpreter(program: str) -> str:
    return sys.executable if program in {"python3", "python"} else program
