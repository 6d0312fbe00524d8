"""Benchmarks: the stock operator and ours, side by side in one go."""
