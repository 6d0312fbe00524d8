"""`python -m demo`: a real video through ten Batch jobs, from Airflow and from Step Functions, and a comparison."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console

from asl_export.verify.children import interruptible
from asl_export.verify.errors import VerifyError
from asl_export.verify.folder import make_folder
from demo.preflight import NotReadyError, find_aws, find_ffmpeg, find_video

FOLDER = Path(".airstep/demo")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--video", help="a video of your own (make demo VIDEO=path); a clip is built in")
    parser.add_argument("--keep", action="store_true", help="leave the local AWS running at the end, until Ctrl-C")
    return parser.parse_args(argv)


def main() -> int:
    """Run the demo; 0 when both engines did the same, 1 when not or when something is missing."""
    chosen = arguments()
    console = Console()
    began = time.monotonic()
    try:
        video, aws = find_video(chosen.video), find_aws()
        find_ffmpeg()
        folder = make_folder(FOLDER)
        with interruptible():
            # Only now what takes seconds to import: a missing file is told at once.
            from demo.show import show

            same = show(video, aws, folder, console, keep=chosen.keep)
    except (NotReadyError, VerifyError) as error:
        console.print(f"demo: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("demo: interrupted; everything it started is stopped", style="yellow")
        return 130
    console.print(f"The whole demo took {time.monotonic() - began:.0f} s.", style="dim")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
