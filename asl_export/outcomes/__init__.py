"""How tasks end: which of them run, are skipped or blocked, depending on how those before them ended."""
