"""Benchmarks, a room each: operators beside the stock one, maps of millions of items, the compiler beside Metaflow."""
