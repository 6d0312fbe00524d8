"""A folder that can't be used is one sentence, before anything is started."""

from pathlib import Path

import pytest

from asl_export.verify.errors import VerifyError
from asl_export.verify.folder import make_folder
from asl_export.verify.session import open_session


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_way_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(VerifyError, match=r"file/logs can't be written \(Not a directory\)"),
        open_session(tmp_path / "file" / "logs"),
    ):
        pass
