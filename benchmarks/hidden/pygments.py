"""Stands in the way of pygments; see `benchmarks.installed`."""

raise ImportError("pygments is here for tests and training alone")
