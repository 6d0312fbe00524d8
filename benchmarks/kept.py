"""Results as a file, with what they were measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any


def keep(path: Path, packages: Mapping[str, str], measured: Mapping[str, Any]) -> None:
    """Write what was measured, and when, and on what."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "packages": dict(packages),
        **measured,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def versions(*packages: str) -> dict[str, str]:
    """The versions of installed packages."""
    return {package: version(package) for package in packages}
