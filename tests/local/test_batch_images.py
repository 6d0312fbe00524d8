"""What of a Dockerfile counts when its image runs as processes: programs that it copies, and what it builds upon."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.images import BadDockerfileError, Images, Program, on_this_machine

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a Dockerfile, and empty files beside it; the image's folder."""

    def image(name: str, *lines: str, files: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "Dockerfile").write_text("".join(f"{line}\n" for line in lines))
        for file in files:
            (folder / file).touch()
        return folder

    return image


def found(tmp_path: Path, name: str = "own") -> Program:
    return Images(tmp_path).find(f"1.dkr.ecr.eu-west-1.amazonaws.com/airstep/{name}:2")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("COPY run.py /usr/local/bin/run", ["run"]),
        ("COPY --chmod=755 --chown=a:b run.py /usr/bin/run", ["run"]),
        ("COPY run.py b.sh /usr/local/bin/", ["run.py", "b.sh"]),
        ("COPY run.py /bin", ["run.py"]),
        ("COPY --from=airstep/item_runner /usr/local/bin/airstep-item /usr/local/bin/item", ["item"]),
        ("COPY run.py /opt/run", []),
        ("COPY missing.py /usr/local/bin/missing", []),
        ("COPY --from=debian:bookworm /bin/run.py /bin/run.py", []),
        ("COPY", []),
    ],
)  # fmt: skip
def test_what_copy_puts_into_a_folder_of_path_is_a_program(
    write: Write, tmp_path: Path, line: str, names: list[str]
) -> None:
    write("own", "FROM debian:bookworm-slim", line, files=("run.py", "b.sh"))
    assert [name for name, _ in found(tmp_path).installed] == names


def test_a_program_copied_from_an_image_is_that_folders_file(write: Write, tmp_path: Path) -> None:
    runner = write("runner", "FROM x", "COPY item.py /usr/local/bin/airstep-item", files=("item.py",))
    write("own", "FROM x", "COPY --from=airstep/runner:1 /usr/local/bin/airstep-item /usr/local/bin/airstep-item")
    assert found(tmp_path).installed == (("airstep-item", runner / "item.py"),)


def test_an_image_has_what_it_is_built_upon(write: Write, tmp_path: Path) -> None:
    base = write(
        "base",
        "FROM x",
        "ENV A=1 B=1",
        "COPY one.py /bin/one",
        'ENTRYPOINT ["one"]',
        'CMD ["-v"]',
        files=("one.py",),
    )
    own = write("own", "FROM --platform=linux/arm64 airstep/base", "ENV B=2", "COPY 2.py /bin/two", files=("2.py",))
    assert found(tmp_path) == Program(
        entrypoint=("one",),
        command=("-v",),
        environment=(("A", "1"), ("B", "2")),
        installed=(("one", base / "one.py"), ("two", own / "2.py")),
    )


def test_an_entrypoint_drops_the_command_of_what_it_is_built_upon(write: Write, tmp_path: Path) -> None:
    """docs.docker.com/reference/dockerfile, "Understand how CMD and ENTRYPOINT interact"."""
    write("base", "FROM x", 'CMD ["inherited"]')
    write("own", "FROM airstep/base", 'ENTRYPOINT ["echo"]')
    assert found(tmp_path).command == ()
    write("other", "FROM airstep/base", 'CMD ["own"]', 'ENTRYPOINT ["echo"]')
    assert found(tmp_path, "other").command == ("own",)


def test_stages_are_known_by_name_and_number_and_only_the_last_is_the_image(write: Write, tmp_path: Path) -> None:
    own = write(
        "own",
        "FROM x AS Tools",
        "COPY a.py /bin/a",
        "FROM x",
        "COPY b.py /bin/b",
        "FROM tools",
        "COPY --from=1 /bin/b /usr/bin/from-one",
        "COPY --from=Tools /bin/a /usr/bin/from-tools",
        files=("a.py", "b.py"),
    )
    installed = {"a": own / "a.py", "from-one": own / "b.py", "from-tools": own / "a.py"}
    assert dict(found(tmp_path).installed) == installed


def test_an_image_that_is_built_upon_itself_is_refused(write: Write, tmp_path: Path) -> None:
    write("own", "FROM airstep/other")
    write("other", "FROM x", "COPY --from=airstep/own /bin/a /bin/a")
    with pytest.raises(BadDockerfileError, match=r"needs itself: see its FROM and COPY --from\."):
        found(tmp_path)


def test_a_change_of_what_it_is_built_upon_counts_at_once(write: Write, tmp_path: Path) -> None:
    write("base", "FROM x", "ENV A=1")
    write("own", "FROM airstep/base")
    images = Images(tmp_path)
    assert images.find("airstep/own").environment == (("A", "1"),)
    write("base", "FROM x", "ENV A=2222")
    assert images.find("airstep/own").environment == (("A", "2222"),)


def test_a_copied_program_is_meant_by_its_path_too(write: Write, tmp_path: Path) -> None:
    write("own", "FROM x", "COPY a.py /usr/local/bin/run", files=("a.py",))
    program = found(tmp_path)
    assert on_this_machine(program, ("/usr/local/bin/run", "/usr/local/bin/run")) == ("run", "/usr/local/bin/run")
    assert on_this_machine(program, ("/usr/bin/env",)) == ("/usr/bin/env",)
    assert on_this_machine(program, ("python3", "x.py")) == (sys.executable, "x.py")
