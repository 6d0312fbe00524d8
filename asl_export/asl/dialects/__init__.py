"""One object per query language: how values and state data are written."""
