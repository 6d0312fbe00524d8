"""Benchmarks of BatchMapOperator: its calls, time and memory, from ten thousand items to three million."""
