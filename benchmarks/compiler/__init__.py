"""Benchmarks of the compiler: how long an export takes, how large it gets, how both grow, and Metaflow beside it."""
