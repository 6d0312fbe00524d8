"""Benchmarks of the operators beside the stock one: ten jobs, a thousand, and what it costs to wait for 5,000."""
