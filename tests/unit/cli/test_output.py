"""Files are written whole or not at all, and standard output is kept for the result."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asl_export.output import chatter_on_stderr, target_file, write_whole


def test_chatter_of_python_and_of_child_processes_goes_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with chatter_on_stderr():
        print("from python")
        os.system("echo from a child")
    print("the result")
    said = capfd.readouterr()
    assert said.out == "the result\n"
    assert ("from python" in said.err, "from a child" in said.err) == (True, True)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "half \ud800")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])


def test_a_new_file_has_the_permissions_that_a_plain_write_gives(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_whole(tmp_path / "whole", "text")
    assert (tmp_path / "whole").stat().st_mode == plain.stat().st_mode


def test_an_old_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch(0o640)
    link.symlink_to(file)
    target = target_file(str(link), "unused")
    assert target is not None
    write_whole(target, "new")
    assert (link.is_symlink(), file.read_text(), file.stat().st_mode & 0o777) == (True, "new", 0o640)


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path("/dev/null"), "text")
    assert not Path("/dev/null").is_file()
