"""Where a command's result goes: standard output kept clean of chatter, and files written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

STDOUT = "-"

LONGEST_NAME = 255
"""Bytes that a file's name may have, with most file systems."""


@contextlib.contextmanager
def chatter_on_stderr() -> Iterator[None]:
    """Send whatever Airflow, plugins and DAG files print to standard error while the block runs.

    Child processes and C code write to the descriptor, not to `sys.stdout`, so the descriptor itself is moved.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def file_name(name: str, ending: str = "") -> str:
    """Name and ending as a file's name; what doesn't fit leaves a hash of the whole, so that two names stay two."""
    stem = os.fsencode(name)
    if len(stem) + len(ending) <= LONGEST_NAME:
        return name + ending
    ending = f"~{hashlib.sha256(stem).hexdigest()[:8]}{ending}"
    return stem[: LONGEST_NAME - len(ending)].decode(errors="ignore") + ending


def target_file(output: str, default_name: str) -> Path | None:
    """The file that `--output` means: in a folder the default name, None for standard output.

    :raises OSError: when the folder doesn't exist or the file can't be written there, said before any work is done.
    """
    if output == STDOUT:
        return None
    path = Path(output)
    # Path leaves a slash at the end out, and with it that a folder is meant.
    if path.is_dir() or output.rpartition("/")[2] in ("", ".", ".."):
        path /= default_name
    path = path.resolve()
    if not path.parent.is_dir():
        raise NotADirectoryError(f"there is no folder {path.parent}: make it first")
    writable = path if path.exists() else path.parent
    if not os.access(writable, os.W_OK):
        raise PermissionError(f"no permission to write {path}")
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    :raises OSError: when it can't be written; the old file is then untouched.
    """
    if path.exists() and not path.is_file():  # a device or a pipe: it can't be replaced
        path.write_text(text, encoding="utf-8")
        return
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=path.parent, prefix=".asl-export-", delete=False
    ) as draft:
        try:
            draft.write(text)
            draft.close()
            Path(draft.name).chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
