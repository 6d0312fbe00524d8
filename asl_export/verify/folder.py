"""The folder that a run's files and logs go to, known to be writable before anything is started."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from asl_export.verify.errors import VerifyError


def make_folder(folder: Path) -> Path:
    """The folder as an absolute path, made if it wasn't there, and to be written into.

    :raises VerifyError: when it can't be made or written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder.resolve()
    except OSError as error:
        reason = error.strerror or error
        raise VerifyError(f"{folder} can't be written ({reason}): run it in a folder that is yours") from error
