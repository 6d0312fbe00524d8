#!/usr/bin/env python3
"""`greet NAME`: greets, or fails for who is called nobody."""

import os
import sys

(name,) = sys.argv[1:]
if name == "nobody":
    sys.exit(3)
print(os.environ.get("GREETING", "hello"), name)
