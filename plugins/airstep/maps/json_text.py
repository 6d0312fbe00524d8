"""JSON as this room writes it: the same value has the same text."""

from __future__ import annotations

import json

json_text = json.JSONEncoder(allow_nan=False, sort_keys=True, separators=(",", ":")).encode
"""The compact JSON text of a value, the keys of its objects in order.

:raises ValueError: for a number that JSON has not.
:raises TypeError: for a value that JSON has not.
"""
