"""Files are written whole or not at all, and standard output is kept for the result."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asl_export.output import chatter_on_stderr, file_name, target_file, write_whole


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


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), "text")
    assert [len(file.name) for file in tmp_path.iterdir()] == [255]


def test_a_name_that_fits_is_kept_and_a_longer_one_shortened_so_that_two_stay_two() -> None:
    assert file_name("x" * 246, ".asl.json") == "x" * 246 + ".asl.json"
    one, two = file_name("x" * 250 + "1", ".asl.json"), file_name("x" * 250 + "2", ".asl.json")
    assert (len(one), one.endswith(".asl.json"), one[:237] == two[:237], one == two) == (255, True, True, False)


def test_bytes_count_and_no_letter_is_cut_in_two() -> None:
    name = file_name("ü" * 200, ".svg")
    assert (len(name.encode()) <= 255, name.startswith("ü" * 120), name.endswith(".svg")) == (True, True, True)


@pytest.mark.parametrize("output", ["no/", "no/.", "no/../no/", "file/"])
def test_a_slash_at_the_end_means_a_folder_that_must_be_there(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="there is no folder"):
        target_file(output, "name")
    assert target_file("./", "name") == tmp_path / "name"
