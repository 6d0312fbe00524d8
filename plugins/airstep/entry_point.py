"""What the entry point `airflow.plugins` gives Airflow: the plugin, unless the plugins folder has brought it already.

Airflow loads the folder first, and lists a second plugin of the same name as an error on its pages; an entry point that
is None it leaves out without a word.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

PLUGIN: Any = None if "airstep_plugin" in sys.modules else importlib.import_module("airstep_plugin").AirstepPlugin
