"""Digests while everything fails: `python -m benchmarks.chaos.run` counts what was lost and what came twice."""
