"""Stands in the way of rich; see `benchmarks.installed`."""

raise ImportError("rich is here for tests and training alone")
