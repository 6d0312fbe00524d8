"""How often the local AWS's Batch was called."""

from __future__ import annotations

import json
from collections import Counter
from urllib.request import urlopen


def batch_calls(endpoint: str) -> Counter[str]:
    """How often each Batch operation was called on the local AWS so far."""
    with urlopen(f"{endpoint}/local-aws/calls") as answer:
        return Counter(json.load(answer).get("batch", {}))
